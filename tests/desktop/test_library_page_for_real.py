"""The page of the library with the engine in its own process: copies that come back, repairs that repair."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ritrova.encoding import fake
from ritrova.engine.base import Fault
from ritrova.engine.curation_requests import SetRating
from ritrova.engine.keeping_messages import Repair
from ritrova.engine.query import Query
from ritrova.engine.replies import DetailsOf, Results
from ritrova.engine.requests import AddFolder, Details, Search
from ritrova.paths import resource
from ritrova_desktop.engine import EngineState
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.models.rows import DETAIL
from ritrova_desktop.operations.keeping import put_settings_aside
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.library_page import LibraryPage
from ritrova_desktop.views.navigation import Kind, Place

PHOTOS = 2


@pytest.fixture
def context(words: Words, theme: Theme, tmp_path: Path, qtbot: QtBot) -> Iterator[Context]:
    """Around a real engine with the fake encoder, which has seen two photos."""
    folder, library = tmp_path / "Immagini", tmp_path / "library"
    folder.mkdir()
    library.mkdir()
    for photo in sorted((resource("samples") / "photos").glob("*.jpg"))[:PHOTOS]:
        shutil.copy(photo, folder)
    (library / "settings.json").write_text(f'{{"encoding": {{"model": "{fake.NAME}"}}, "decoding": {{"workers": 1}}}}')
    engine = ProcessEngine(engine_command(library))
    with qtbot.waitSignal(engine.index_ended):
        engine.start()
        engine.request(AddFolder(path=os.fsencode(folder)))
    yield Context.around(engine, words, theme, State(None))
    engine.close()


@pytest.fixture
def page(context: Context, qtbot: QtBot) -> LibraryPage:
    page = LibraryPage(context)
    qtbot.addWidget(page)
    page.resize(900, 1400)
    page.show()
    page.enter(Place(Kind.LIBRARY))
    qtbot.waitUntil(page.where.sizes.isVisible)
    return page


def press(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def stars(context: Context, qtbot: QtBot) -> list[int | None]:
    """Of all photos."""
    heard: list[DetailsOf] = []

    def found(reply: Results, _more: bool) -> None:
        context.engine.request(Details(files=reply.columns.files), lambda details, _more: heard.append(details))

    context.engine.request(Search(spec=Query()), found)
    qtbot.waitUntil(lambda: bool(heard))
    return [photo.rating for photo in heard[0].photos]


def rate(context: Context, rating: int, qtbot: QtBot) -> None:
    done: list[object] = []

    def found(reply: Results, _more: bool) -> None:
        context.engine.request(SetRating(files=reply.columns.files, rating=rating), lambda *answer: done.append(answer))

    context.engine.request(Search(spec=Query()), found)
    qtbot.waitUntil(lambda: bool(done))


def test_ratings_come_back_with_the_copy_and_go_again_with_the_undo(
    page: LibraryPage, context: Context, tmp_path: Path, qtbot: QtBot
) -> None:
    rate(context, 5, qtbot)
    copy = tmp_path / "copia.zip"
    page.copies.save_to(os.fsencode(copy))
    qtbot.waitUntil(lambda: copy.exists() and page.copies.save.isEnabled())
    rate(context, 1, qtbot)

    page.copies.ask_for(os.fsencode(copy))
    qtbot.waitUntil(page.confirm.isVisible)
    press(page.confirm.yes)
    qtbot.waitUntil(lambda: context.engine.state is EngineState.READY)
    assert stars(context, qtbot) == [5, 5]
    qtbot.waitUntil(lambda: "before going back to another" in str(page.copies.model.index(0).data(DETAIL)))

    (undo,) = context.notices.up[-1].remedies
    undo.run()
    qtbot.waitUntil(lambda: context.engine.state is EngineState.READY)
    assert stars(context, qtbot) == [1, 1]


def test_a_lost_thumbnail_is_found_and_made_anew(
    page: LibraryPage, context: Context, tmp_path: Path, qtbot: QtBot
) -> None:
    lost = next((tmp_path / "library" / "thumbnails").rglob("*.webp"))
    lost.unlink()
    press(page.check.check)
    qtbot.waitUntil(lambda: page.check.said.text() == "Something needs your attention.")
    assert not lost.exists()
    press(page.check.repair)
    qtbot.waitUntil(lambda: page.check.said.text() == "It was put right: all is in order now.")
    assert lost.exists()
    qtbot.waitUntil(page.check.check.isEnabled)
    assert stars(context, qtbot) == [None, None]  # and all is there to be asked again


def test_a_file_that_is_no_copy_is_refused_and_the_library_goes_on(
    page: LibraryPage, context: Context, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "altro.zip").write_bytes(b"no zip")
    with qtbot.waitSignal(context.engine.refused) as told:
        page.copies.ask_for(os.fsencode(tmp_path / "altro.zip"))
    assert told.args[0].whose == "usage"
    with qtbot.waitSignal(context.engine.refused):
        page.copies.go_back(os.fsencode(tmp_path / "altro.zip"))
    qtbot.waitUntil(lambda: context.engine.state is EngineState.READY)
    assert len(stars(context, qtbot)) == PHOTOS


def test_an_engine_that_does_something_alone_is_stopped_or_closed(context: Context, qtbot: QtBot) -> None:
    engine = context.engine
    answers: list[object] = []
    engine.request(Repair(), lambda *answer: answers.append(answer), alone=True)
    engine.stop_alone()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    assert len(stars(context, qtbot)) == PHOTOS
    assert answers == []
    engine.request(Repair(), lambda *answer: answers.append(answer), alone=True)
    engine.close()
    assert answers == []


def test_an_engine_that_is_killed_while_it_does_something_alone_is_told_and_comes_back(
    context: Context, qtbot: QtBot
) -> None:
    engine = context.engine
    assert isinstance(engine, ProcessEngine)
    refused: list[Fault] = []
    before = engine.process_id
    engine.request(Repair(), None, refused.append, alone=True)
    qtbot.waitUntil(lambda: engine.process_id not in (0, before))
    psutil.Process(engine.process_id).kill()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    assert [fault.type for fault in refused] == ["EngineLost"]
    assert len(stars(context, qtbot)) == PHOTOS


def test_no_new_library_is_begun_where_this_one_went(context: Context, tmp_path: Path, qtbot: QtBot) -> None:
    """As when its disk is pulled out: an empty library in its place would look like the loss of everything."""
    engine, library = context.engine, tmp_path / "library"
    assert isinstance(engine, ProcessEngine)
    library.rename(tmp_path / "altrove")
    with qtbot.waitSignal(engine.failed) as told:
        psutil.Process(engine.process_id).kill()
    assert told.args[0].title.key == "The folder of the library is gone."
    assert not library.exists()
    (tmp_path / "altrove").rename(library)
    qtbot.waitUntil(lambda: engine.process_id == 0)
    engine.start()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    assert len(stars(context, qtbot)) == PHOTOS


def test_settings_that_cannot_be_understood_are_put_aside(tmp_path: Path, qtbot: QtBot) -> None:
    settings = tmp_path / "library" / "settings.json"
    settings.parent.mkdir()
    settings.write_text("{damaged")
    engine = ProcessEngine(engine_command(settings.parent))
    try:
        with qtbot.waitSignal(engine.failed) as told:
            engine.start()
        assert told.args[0].path == os.fsencode(settings)
        put_settings_aside(engine)
        qtbot.waitUntil(lambda: engine.state is EngineState.READY)
        assert settings.with_suffix(".damaged.json").read_text() == "{damaged"
    finally:
        engine.close()


def test_a_library_that_cannot_be_opened_comes_back_from_one_of_its_copies(
    page: LibraryPage, context: Context, tmp_path: Path, words: Words, theme: Theme, qtbot: QtBot
) -> None:
    library = tmp_path / "library"
    rate(context, 4, qtbot)
    (library / "backups").mkdir(exist_ok=True)  # the week's copy may be there already
    newest = library / "backups" / "ritrova-21000101-120000-weekly.zip"
    page.copies.save_to(os.fsencode(newest))
    qtbot.waitUntil(lambda: newest.exists() and page.copies.save.isEnabled())
    context.engine.close()
    for one in library.glob("library.sqlite3*"):
        one.write_bytes(b"no database" * 1_000)

    engine = ProcessEngine(engine_command(library))
    with qtbot.waitSignal(engine.failed):
        engine.start()
    later = LibraryPage(Context.around(engine, words, theme, State(None)))
    qtbot.addWidget(later)
    later.resize(900, 1400)
    later.show()
    later.enter(Place(Kind.LIBRARY))
    try:
        qtbot.waitUntil(lambda: later.copies.back.isVisible() and later.copies.back.isEnabled())
        press(later.copies.back)
        press(later.confirm.yes)
        qtbot.waitUntil(lambda: engine.state is EngineState.READY)
        assert stars(later.context, qtbot) == [4, 4]
    finally:
        engine.close()
