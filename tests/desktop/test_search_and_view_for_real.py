"""Search bar and photo view with the engine in its own process, sample photos, and the fake encoder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ritrova.engine.requests import AddFolder, Index
from ritrova.paths import resource
from ritrova.text import msg
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.photo_view import PhotoPage
from ritrova_desktop.views.search_bar import SearchBar

PHOTOS = 4
PATIENCE_MS = 60_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "foto"
    folder.mkdir()
    for photo in sorted((resource("samples") / "photos").glob("*.jpg"))[:PHOTOS]:
        shutil.copy(photo, folder)
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "settings.json").write_text('{"encoding": {"model": "fake"}, "decoding": {"workers": 1}}')
    return folder


@pytest.fixture
def engine(folder: Path, qtbot: QtBot) -> Iterator[ProcessEngine]:
    """It has seen the photos."""
    engine = ProcessEngine(engine_command(folder.parent / "library"))
    with qtbot.waitSignal(engine.index_ended, timeout=PATIENCE_MS):
        engine.start()
        engine.request(AddFolder(path=os.fsencode(folder)))
    yield engine
    engine.close()


@pytest.fixture
def context(engine: ProcessEngine, words: Words, theme: Theme) -> Context:
    context = Context.around(engine, words, theme, State(None))
    context.search.answered.connect(lambda one: context.results.begin(one.results, one.number, keep=one.again))
    context.search.completed.connect(context.results.finish)
    return context


def test_a_photo_is_found_by_words_and_by_itself_looked_at_and_lost(
    context: Context, engine: ProcessEngine, folder: Path, qtbot: QtBot
) -> None:
    window = MainWindow(context, {**dict.fromkeys(Kind, Page), Kind.PHOTO: PhotoPage})
    qtbot.addWidget(window)
    bar = SearchBar(context)
    window.set_top_bar(bar)
    window.show_place(context.navigator.here)
    window.resize(1100, 700)
    window.show()
    results, search = context.results, context.search

    with qtbot.waitSignal(search.completed, timeout=PATIENCE_MS):
        QTest.keyClicks(bar.field, "mare")
    assert results.total == PHOTOS

    photo = sorted(folder.iterdir())[2]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo))])
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    none = Qt.KeyboardModifier.NoModifier
    bar.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))
    qtbot.waitUntil(lambda: bool(search.query.photos) and not search.busy, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not bar.chips.chips[0].picture.isNull(), timeout=PATIENCE_MS)

    context.navigator.go(Place(Kind.PHOTO, row=0))
    page = window.page
    assert isinstance(page, PhotoPage)
    qtbot.waitUntil(lambda: photo.name in page.info.texts, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(page.canvas._images), timeout=PATIENCE_MS)
    QTest.keyClick(page.canvas, Qt.Key.Key_Z)
    qtbot.waitUntil(lambda: page.canvas._full, timeout=PATIENCE_MS)
    QTest.keyClick(page.canvas, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: page.info.stars.stars == 3, timeout=PATIENCE_MS)

    photo.unlink()
    engine.request(Index())
    gone = msg("This photo is not there any more.")
    qtbot.waitUntil(lambda: gone in [one.title for one in context.notices.up], timeout=PATIENCE_MS)

    conto = folder.parent / "conto.jpg"
    conto.write_bytes(b"%PDF-1.4 no photo")
    mime.setUrls([QUrl.fromLocalFile(str(conto))])
    bar.search_by(mime)
    noticed = os.fsdecode(conto)
    qtbot.waitUntil(lambda: noticed in [one.path for one in context.notices.up], timeout=PATIENCE_MS)
    assert os.fsencode(conto) not in [one.path for one in search.query.photos]
    bar.close_files()
