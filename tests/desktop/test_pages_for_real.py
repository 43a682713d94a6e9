"""The pages with the engine in its own process: what they ask is what it does."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.encoding import fake
from ritrova.engine.query import Query
from ritrova.engine.replies import Albums, DetailsOf, Results
from ritrova.engine.requests import Details, ListAlbums, Search
from ritrova.paths import resource
from ritrova_desktop.engine import EngineState
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.operations.albums import delete_album, make_album, set_keywords
from ritrova_desktop.operations.settings import change_setting
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.failures import FailuresPage
from ritrova_desktop.views.first_run import FirstRunPage
from ritrova_desktop.views.folders import FoldersPage
from ritrova_desktop.views.models_page import ModelsPage
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.preferences import PreferencesPage

PHOTOS = 4
PATIENCE_MS = 60_000


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A few sample photos, and a file that is none."""
    folder = tmp_path / "Immagini"
    folder.mkdir()
    for photo in sorted((resource("samples") / "photos").glob("*.jpg"))[:PHOTOS]:
        shutil.copy(photo, folder)
    (folder / "rotta.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    return folder


@pytest.fixture
def real(qapp: QApplication, theme: Theme, words: Words, tmp_path: Path, qtbot: QtBot) -> Iterator[Context]:
    """What a view is given, around a real engine with the fake encoder."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "settings.json").write_text(f'{{"encoding": {{"model": "{fake.NAME}"}}}}', encoding="utf-8")
    engine = ProcessEngine(engine_command(library))
    engine.start()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY, timeout=PATIENCE_MS)
    yield Context.around(engine, words, theme, State(None))
    engine.close()


def index(real: Context, pictures: Path, qtbot: QtBot) -> None:
    """Go through the first run, and wait until all is indexed."""
    page = FirstRunPage(real, lambda: [bytes(pictures)])
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.FIRST_RUN))
    qtbot.waitUntil(page.start.isEnabled)
    with qtbot.waitSignal(real.engine.index_ended, timeout=PATIENCE_MS):
        QTest.mouseClick(page.start, Qt.MouseButton.LeftButton)
    assert real.navigator.here == Place(Kind.ALL)


def found(real: Context, qtbot: QtBot) -> Results:
    heard: list[Results] = []
    real.engine.request(Search(spec=Query()), lambda reply, _more: heard.append(reply))
    qtbot.waitUntil(lambda: bool(heard), timeout=PATIENCE_MS)
    return heard[0]


def test_from_the_first_run_to_folders_failures_and_models(real: Context, pictures: Path, qtbot: QtBot) -> None:
    index(real, pictures, qtbot)
    assert found(real, qtbot).total == PHOTOS
    folders, failures, models = FoldersPage(real), FailuresPage(real), ModelsPage(real)
    for page, kind in ((folders, Kind.FOLDERS), (failures, Kind.FAILURES), (models, Kind.MODELS)):
        qtbot.addWidget(page)
        page.show()
        page.enter(Place(kind))
    qtbot.waitUntil(lambda: folders.model.rowCount() == 1 and failures.model.rowCount() == 1, timeout=PATIENCE_MS)
    assert folders.chosen is not None
    assert (folders.chosen.path, folders.chosen.photos, folders.chosen.failed) == (bytes(pictures), PHOTOS, 1)
    assert failures.chosen[0].path == bytes(pictures / "rotta.jpg")
    qtbot.waitUntil(lambda: any(card.model.bundled for card in models.cards), timeout=PATIENCE_MS)
    (used,) = (card for card in models.cards if card.model.in_use)
    assert (used.model.name, used.model.seen, used.model.total) == (fake.NAME, PHOTOS, PHOTOS)

    QTest.mouseClick(folders.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: folders.model.rowCount() == 0 and real.undo.can_undo, timeout=PATIENCE_MS)
    assert len(list(pictures.iterdir())) == PHOTOS + 1  # all stay on the disk
    real.undo.undo()
    qtbot.waitUntil(lambda: folders.chosen is not None and folders.chosen.photos == PHOTOS, timeout=PATIENCE_MS)
    assert found(real, qtbot).total == PHOTOS


def test_albums_keywords_and_settings_are_kept_and_taken_back(real: Context, pictures: Path, qtbot: QtBot) -> None:
    index(real, pictures, qtbot)
    files = found(real, qtbot).columns.files
    albums: list[Albums] = []
    engine, undo = real.engine, real.undo

    def listed() -> list[tuple[str, int | None]]:
        albums.clear()
        engine.request(ListAlbums(), lambda reply, _more: albums.append(reply))
        qtbot.waitUntil(lambda: bool(albums), timeout=PATIENCE_MS)
        return [(album.name, album.photos) for album in albums[0].albums]

    with qtbot.waitSignal(undo.changed, timeout=PATIENCE_MS):
        make_album(engine, "Estate", files[:2], undo.push)
    assert listed() == [("Estate", 2)]
    with qtbot.waitSignal(undo.changed, timeout=PATIENCE_MS):
        delete_album(engine, albums[0].albums[0].id, "Estate", undo.push)
    assert listed() == []
    with qtbot.waitSignal(undo.applied, timeout=PATIENCE_MS):
        undo.undo()
    assert listed() == [("Estate", 2)]

    with qtbot.waitSignal(undo.changed, timeout=PATIENCE_MS):
        set_keywords(engine, files[:1], ("nonna",), (), undo.push)
    details: list[DetailsOf] = []
    engine.request(Details(files=files[:1]), lambda reply, _more: details.append(reply))
    qtbot.waitUntil(lambda: bool(details), timeout=PATIENCE_MS)
    assert "nonna" in details[0].photos[0].keywords


def test_preferences_are_what_the_engine_says_and_it_has_the_last_word(real: Context, qtbot: QtBot) -> None:
    page = PreferencesPage(real)
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.PREFERENCES))
    qtbot.waitUntil(lambda: page._advanced_form is not None, timeout=PATIENCE_MS)
    refusals: list[object] = []
    change_setting(real.engine, "index", "m", 3, lambda _: None, refusals.append)  # no field would send that
    qtbot.waitUntil(lambda: bool(refusals), timeout=PATIENCE_MS)
    kept: list[object] = []
    change_setting(real.engine, "index", "m", 32, kept.append)
    qtbot.waitUntil(lambda: bool(kept), timeout=PATIENCE_MS)
    page.enter(Place(Kind.PREFERENCES))
    qtbot.waitUntil(lambda: page._settings is not None and page._settings.values["index"]["m"] == 32)
