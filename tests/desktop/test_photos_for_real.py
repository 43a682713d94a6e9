"""What is done to photos in the grid, with the engine in its own process: bursts, copies, the trash, why."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from ritrova.encoding import fake
from ritrova.engine.replies import Because
from ritrova.engine.requests import AddFolder, Why
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.result_page import ResultPage
from ritrova_desktop.views.tile_painter import Spot

PATIENCE_MS = 120_000
BURST = ("raffica-1.jpg", "raffica-2.jpg", "raffica-3.jpg")
RED, GREEN, BLUE = (220, 30, 30), (40, 160, 50), (30, 50, 200)
_EXIF, _TAKEN = 0x8769, 0x9003


def write_photo(path: Path, colour: tuple[int, int, int], taken: str, side: int = 64) -> None:
    exif = Image.Exif()
    exif.get_ifd(_EXIF)[_TAKEN] = taken
    Image.new("RGB", (side, 48), colour).save(path, "JPEG", exif=exif)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A burst of three, and two other photos."""
    folder = tmp_path / "foto"
    folder.mkdir()
    for at, name in enumerate(BURST):
        write_photo(folder / name, RED, f"2024:07:01 12:00:0{at}", 64 + at)
    write_photo(folder / "verde.jpg", GREEN, "2024:06:01 10:00:00")
    write_photo(folder / "blu.jpg", BLUE, "2024:05:01 10:00:00")
    (tmp_path / "library").mkdir()
    settings = f'{{"encoding": {{"model": "{fake.NAME}"}}, "decoding": {{"workers": 1}}}}'
    (tmp_path / "library" / "settings.json").write_text(settings)
    return folder


@pytest.fixture
def page(
    folder: Path, theme: Theme, words: Words, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ResultPage]:
    """The results, around an engine that has seen the photos and whose trash is the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(folder.parent / "data"))
    (folder.parent / "data").mkdir()
    engine = ProcessEngine(engine_command(folder.parent / "library"))
    with qtbot.waitSignal(engine.index_ended, timeout=PATIENCE_MS):
        engine.start()
        engine.request(AddFolder(path=os.fsencode(folder)))
    page = ResultPage(Context.around(engine, words, theme, State(None)))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    page.enter(Place(Kind.ALL))
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 3, timeout=PATIENCE_MS)
    page.focus_first()
    yield page
    engine.close()


def titles(page: ResultPage) -> list[str]:
    return [str(notice.title) for notice in page.context.notices.up]


def click(page: ResultPage, row: int, spot: Spot) -> None:
    QTest.mouseClick(page.grid.viewport(), Qt.MouseButton.LeftButton, pos=page.grid.spots_of(row)[spot].center())


def test_bursts_copies_and_the_trash(page: ResultPage, folder: Path, qtbot: QtBot) -> None:
    grid, results = page.grid, page.grid.results
    assert [grid.look_of(row).folded for row in range(3)] == [2, 0, 0]  # the newest first
    click(page, 0, Spot.FOLDED)
    qtbot.waitUntil(lambda: results.rowCount() == 5, timeout=PATIENCE_MS)
    assert grid.look_of(0).unfolded

    target = folder.parent / "copie"
    target.mkdir()
    (target / "blu.jpg").write_bytes(b"another blue")
    QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    page.actions_of_photos.export()
    dialog = page.window().findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(target))
    dialog.close()
    qtbot.waitUntil(lambda: "5 photos were copied." in titles(page), timeout=PATIENCE_MS)
    copies = {path.name: path.read_bytes() for path in target.iterdir()}
    assert copies.pop("blu.jpg") == b"another blue", "written over"
    assert copies.pop("blu (2).jpg") == (folder / "blu.jpg").read_bytes()
    assert copies == {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "blu.jpg"}

    click(page, 0, Spot.FOLDED)
    assert results.rowCount() == 3
    grid.go(1)
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    QTest.keyClick(page.confirm.yes, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "One photo is in the trash now." in titles(page), timeout=PATIENCE_MS)
    assert results.rowCount() == 2
    assert not (folder / "verde.jpg").exists()
    assert (folder.parent / "data" / "Trash" / "files" / "verde.jpg").is_file()
    told = next(one for one in page.context.notices.up if str(one.title) == "One photo is in the trash now.")
    assert str(told.detail) == "The system's trash can bring them back."
    assert not page.context.undo.can_undo, "an undo that would bring nothing back"
    page.context.search.again()
    qtbot.waitUntil(lambda: not page.context.search.busy, timeout=PATIENCE_MS)
    assert results.rowCount() == 2, "it came back with the next answer"


def test_the_engine_knows_why(page: ResultPage, qtbot: QtBot) -> None:
    context, answers = page.context, list[Because]()
    with qtbot.waitSignal(context.search.completed, timeout=PATIENCE_MS):
        context.search.set_text("verde")
    results = context.results
    for row in (0, 1):
        request = Why(search=results.number, content=results.content(row))
        context.engine.request(request, lambda because, _more: answers.append(because))
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    assert [(one.rank, one.total, one.query.text, one.heat) for one in answers] == [
        (1, results.total, "verde", None),
        (2, results.total, "verde", None),
    ]
    assert [one.strength for one in answers] == pytest.approx([page.grid.look_of(row).strength for row in (0, 1)])
