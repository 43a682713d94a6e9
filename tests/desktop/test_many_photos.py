"""Very many photos: half a million in the grid, ten thousand in a drag."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import psutil
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ritrova.engine.replies import Columns, Results, ResultsPart
from ritrova.engine.requests import PART
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.photo_files import MOST_FILES
from ritrova_desktop.views.result_page import ResultPage
from ritrova_desktop.views.sidebar import PHOTOS_MIME

MANY = 500_000
MOST_SECONDS = 1.0
MOST_BYTES = 300 << 20
"""A guard against what grows without a bound, on any machine; the benchmark holds the window to less."""

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier
Drag = Callable[[QMimeData, QPixmap], object]


def page_of(engine: FakeEngine, words: Words, theme: Theme, qtbot: QtBot, drag: Drag | None = None) -> ResultPage:
    context = Context.around(engine, words, theme, State(None))
    page = ResultPage(context, None, drag)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def some(first: int, last: int) -> Columns:
    """Photos `first` to `last`, as an answer brings them."""
    count, numbers = last - first, np.arange(first, last, dtype=np.uint64)
    hashes = np.zeros((count, 4), np.uint64)
    hashes[:, 0] = numbers
    return Columns.model_construct(
        hashes=hashes.tobytes(),
        files=tuple(range(first + 1, last + 1)),
        widths=(4032, 3024) * (count // 2),
        heights=(3024, 4032) * (count // 2),
        taken=("2024-07-01",) * count,
        strengths=(None,) * count,
        folded=(0,) * count,
        marks=bytes(count),
    )


def test_half_a_million_photos_are_laid_out_walked_and_selected(
    engine: FakeEngine, words: Words, theme: Theme, qtbot: QtBot
) -> None:
    page = page_of(engine, words, theme, qtbot)
    grid, results = page.grid, page.context.results
    before, process = psutil.Process().memory_info().rss, psutil.Process()
    results.begin(Results(total=MANY, searchable=MANY, indexing=False, first=0, columns=some(0, 200)), 1)
    for first in range(200, MANY, PART):
        results.add(ResultsPart(first=first, columns=some(first, min(first + PART, MANY))))
    results.finish()
    grid.setFocus()

    def takes(deed: Callable[[], object]) -> None:
        start = time.perf_counter()
        deed()
        grid.grab()
        assert time.perf_counter() - start < MOST_SECONDS

    takes(lambda: QTest.keyClick(grid, Key.Key_End))
    assert grid.selection.rows() == [MANY - 1]
    assert grid.viewport().rect().contains(grid.tile_rect(MANY - 1))
    takes(lambda: QTest.keyClick(grid, Key.Key_Home))
    assert (grid.selection.rows(), grid.offset) == ([0], 0)
    bar = grid.verticalScrollBar()
    for share in range(1, 11):
        takes(partial(bar.setValue, bar.maximum() * share // 10))
    assert grid.geometry_of_tiles.tiles(grid.offset, grid.offset + 700)[-1].index == MANY - 1
    takes(lambda: QTest.keyClick(grid, Key.Key_A, Ctrl))
    assert grid.selection.runs == [(0, MANY - 1)]
    assert page.toolbar.count.text().startswith("500,000")
    assert process.memory_info().rss - before < MOST_BYTES


def test_ten_thousand_photos_are_dragged_and_those_that_are_not_there_are_left_out(
    words: Words, theme: Theme, qtbot: QtBot, qapp: object
) -> None:
    engine, dragged = FakeEngine(photos=MOST_FILES), list[QMimeData]()
    engine.start()
    page = page_of(engine, words, theme, qtbot, lambda mime, _picture: dragged.append(mime))
    page.enter(Place(Kind.ALL))
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == MOST_FILES)
    page.focus_first()
    away = [photo for photo in engine.photos if photo.word == "neve"]
    for photo in away:
        photo.present = False  # their disk was pulled out since
    QTest.keyClick(page.grid, Key.Key_A, Ctrl)
    page.grid.drag_begun.emit()
    qtbot.waitUntil(lambda: bool(dragged))
    (mime,) = dragged
    paths = {url.toLocalFile().encode() for url in mime.urls()}
    assert len(mime.urls()) == len(paths) == MOST_FILES - len(away)
    assert not any(photo.path in paths for photo in away)
    assert len(bytes(mime.data(PHOTOS_MIME).data()).split(b",")) == MOST_FILES  # an album takes those, too
    (notice,) = page.context.notices.up
    assert str(notice.title) == "1,000 photos are not there: they were left out."
    engine.close()
