"""The grid under mouse and keys: selection, movement, zoom, what stays where it was."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.engine.query import Query
from ritrova.engine.replies import Columns, Results, ResultsPart
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.fake_photos import columns, found
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.result_grid import ResultGrid
from ritrova_desktop.views.tile_painter import Spot
from ritrova_desktop.views.tile_view import ZOOMS

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


def answer(engine: FakeEngine, first: int = 0, last: int = 100) -> Results:
    part = columns(found(engine.photos, Query())[first:last])
    return Results(total=last - first, searchable=100, indexing=False, first=0, columns=part)


@pytest.fixture
def grid(context: Context, engine: FakeEngine, qtbot: QtBot) -> ResultGrid:
    context.results.begin(answer(engine), 1)
    grid = ResultGrid(context)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    qtbot.waitUntil(grid.isVisible)
    grid.setFocus()
    return grid


def press(grid: ResultGrid, key: Qt.Key, modifiers: Qt.KeyboardModifier = Modifier.NoModifier) -> int:
    QTest.keyClick(grid, key, modifiers)
    assert grid.selection.current is not None
    return grid.selection.current


def click(grid: ResultGrid, row: int, modifiers: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    QTest.mouseClick(grid.viewport(), Button.LeftButton, modifiers, grid.tile_rect(row).center())


def drag(grid: ResultGrid, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(grid.viewport(), Button.LeftButton, Modifier.NoModifier, start)
    for point in (start + (end - start) / 2, end):
        QTest.mouseMove(grid.viewport(), point)
    QTest.mouseRelease(grid.viewport(), Button.LeftButton, Modifier.NoModifier, end)


def test_the_arrows_go_from_photo_to_photo_and_from_line_to_line(grid: ResultGrid) -> None:
    assert press(grid, Key.Key_Home) == 0
    assert press(grid, Key.Key_Right) == 1
    layout = grid.geometry_of_tiles
    below = press(grid, Key.Key_Down)
    assert layout.line_of(below) == layout.line_of(1) + 1
    assert layout.line_of(press(grid, Key.Key_Up)) == layout.line_of(1)
    assert press(grid, Key.Key_End) == 99
    assert grid.viewport().rect().contains(grid.tile_rect(99))
    assert press(grid, Key.Key_Right) == 99
    page_up = press(grid, Key.Key_PageUp)
    assert layout.line_of(page_up) < layout.line_of(99) - 1
    assert press(grid, Key.Key_PageDown) > page_up
    assert press(grid, Key.Key_Home) == 0
    assert grid.offset == 0
    assert grid.selection.rows() == [0]


def test_shift_selects_up_to_there_and_ctrl_goes_without_selecting(grid: ResultGrid) -> None:
    press(grid, Key.Key_Home)
    press(grid, Key.Key_Right, Modifier.ShiftModifier)
    press(grid, Key.Key_Right, Modifier.ShiftModifier)
    assert grid.selection.rows() == [0, 1, 2]
    press(grid, Key.Key_Left, Modifier.ShiftModifier)
    assert grid.selection.rows() == [0, 1]
    assert press(grid, Key.Key_Right, Modifier.ControlModifier) == 2
    assert grid.selection.rows() == [0, 1]
    QTest.keyClick(grid, Key.Key_A, Modifier.ControlModifier)
    assert (grid.selection.count, grid.selection.runs) == (100, [(0, 99)])


def test_clicks_select_as_everywhere(grid: ResultGrid) -> None:
    click(grid, 3)
    assert grid.selection.rows() == [3]
    click(grid, 6, Modifier.ShiftModifier)
    assert grid.selection.rows() == [3, 4, 5, 6]
    click(grid, 4, Modifier.ControlModifier)
    assert grid.selection.rows() == [3, 5, 6]
    click(grid, 5)
    assert grid.selection.rows() == [5]


def test_a_rubber_band_selects_what_it_touches(grid: ResultGrid) -> None:
    one, other = grid.tile_rect(0), grid.tile_rect(1)
    drag(grid, QPoint(2, 2), QPoint(other.left() + 5, other.top() + 5))
    assert grid.selection.rows() == [0, 1]
    drag(grid, QPoint(2, 2), QPoint(one.left() + 5, one.top() + 5))
    assert grid.selection.rows() == [0]
    click_at = QPoint(2, 2)
    QTest.mouseClick(grid.viewport(), Button.LeftButton, Modifier.NoModifier, click_at)
    assert grid.selection.count == 0


def test_dragging_a_selected_photo_drags_all_and_keeps_the_selection(grid: ResultGrid) -> None:
    begun: list[list[int]] = []
    grid.drag_begun.connect(lambda: begun.append(grid.selection.rows()))
    click(grid, 1)
    click(grid, 3, Modifier.ShiftModifier)
    drag(grid, grid.tile_rect(2).center(), grid.tile_rect(2).center() + QPoint(60, 60))
    assert begun == [[1, 2, 3]]
    assert grid.selection.rows() == [1, 2, 3]
    drag(grid, grid.tile_rect(0).center(), grid.tile_rect(0).center() + QPoint(60, 60))
    assert begun[-1] == [0]


def test_keys_do_what_they_are_bound_to(grid: ResultGrid) -> None:
    done: list[str] = []
    for name in ("F", "4", "Space", "Return", "Ctrl+Shift+C", "Del"):
        grid.keys[name] = lambda name=name: done.append(name)  # type: ignore[misc]
    QTest.keyClick(grid, Key.Key_F)
    QTest.keyClick(grid, Key.Key_4, Modifier.KeypadModifier)
    QTest.keyClick(grid, Key.Key_Space)
    QTest.keyClick(grid, Key.Key_Enter, Modifier.KeypadModifier)
    QTest.keyClick(grid, Key.Key_C, Modifier.ControlModifier | Modifier.ShiftModifier)
    QTest.keyClick(grid, Key.Key_Delete)
    QTest.keyClick(grid, Key.Key_X)
    assert done == ["F", "4", "Space", "Return", "Ctrl+Shift+C", "Del"]


def test_thumbnails_are_wished_for_while_it_scrolls_without_a_rest(
    grid: ResultGrid, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished: list[int] = []
    monkeypatch.setattr(context.thumbnails, "want", lambda wishes: wished.append(len(list(wishes))))
    QTest.qWait(200)
    wished.clear()
    for value in range(0, 1200, 20):
        grid.verticalScrollBar().setValue(value)
        QTest.qWait(4)
    assert len(wished) >= 5


def test_zooming_keeps_what_one_looks_at(grid: ResultGrid) -> None:
    grid.verticalScrollBar().setValue(1500)
    point = QPoint(400, 300)
    row = grid.indexAt(point).row()
    before = grid.zoom
    for step in (120, 120, -120):
        wheel = QWheelEvent(QPointF(point), QPointF(point), QPoint(), QPoint(0, step), Button.NoButton,
                            Modifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(grid.viewport(), wheel)
        tile = grid.tile_rect(row)
        assert tile.top() - 8 <= point.y() <= tile.bottom() + 8
    assert grid.zoom == before + 1
    grid.set_zoom(99)
    assert grid.zoom == len(ZOOMS) - 1


def test_a_new_answer_is_seen_from_its_top_and_the_same_one_stays(
    grid: ResultGrid, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    grid.verticalScrollBar().setValue(900)
    click(grid, grid.indexAt(QPoint(300, 300)).row())
    chosen = grid.selection.rows()
    content = context.results.content(chosen[0])
    context.results.begin(answer(engine, 1), 2, keep=True)  # one photo went away in front
    context.results.finish()
    assert grid.offset == 900
    assert grid.selection.rows() == [chosen[0] - 1]
    assert context.results.content(grid.selection.rows()[0]) == content
    context.results.begin(answer(engine, 0, 50), 3)
    context.results.finish()
    assert (grid.offset, grid.selection.rows()) == (0, [])


def test_parts_that_come_leave_the_place_alone(context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    grid = ResultGrid(context)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    all_photos = found(engine.photos, Query())
    first = Results(total=100, searchable=100, indexing=False, first=0, columns=columns(all_photos[:40]))
    context.results.begin(first, 1)
    grid.verticalScrollBar().setValue(400)
    tiles = grid.geometry_of_tiles.tiles(400, 900)
    context.results.add(ResultsPart(first=40, columns=columns(all_photos[40:])))
    assert grid.offset == 400
    assert grid.geometry_of_tiles.tiles(400, 900) == tiles
    assert len(grid.geometry_of_tiles) == 100


def test_the_parts_of_a_tile_are_clicked_apart_from_it(grid: ResultGrid) -> None:
    clicked: list[tuple[int, Spot]] = []
    grid.spot_clicked.connect(lambda row, spot: clicked.append((row, spot)))
    row = next(row for row in range(30) if grid.look_of(row).folded)
    grid.scrollTo(grid.results.index(row))
    for spot, rect in grid.spots_of(row).items():
        QTest.mouseMove(grid.viewport(), rect.center())
        assert (grid.pointer.hovered, grid.pointer.spot) == (row, spot)
        QTest.mouseClick(grid.viewport(), Button.LeftButton, Modifier.NoModifier, rect.center())
    assert sorted(clicked) == sorted((row, spot) for spot in Spot)
    assert grid.selection.count == 0


def test_days_have_headings_and_lines_of_their_own(grid: ResultGrid) -> None:
    grid.set_by_day(True)
    headings = grid.geometry_of_tiles.headings(0, 10_000)
    days = [grid.results.day(one.first) for one in headings]
    assert len(days) == len(headings) > 10
    assert all(grid.results.day(one.last) == day for one, day in zip(headings, days, strict=True))
    grid.grab()


def test_a_screen_reader_finds_the_photos(grid: ResultGrid, context: Context) -> None:
    context.results.set_description(lambda row: f"photo {row}")
    reader: QAccessibleInterface = QAccessible.queryAccessibleInterface(grid)
    assert reader.text(QAccessible.Text.Name) == "Photos found"
    assert (reader.role(), reader.childCount()) == (QAccessible.Role.List, 100)
    assert reader.child(3).text(QAccessible.Text.Name) == "photo 3"
    assert reader.child(3).rect().size() == grid.tile_rect(3).size()


def test_looking_and_moving_touches_no_file(
    grid: ResultGrid, context: Context, ui_guard: Callable[[], object], qtbot: QtBot
) -> None:
    with ui_guard():  # type: ignore[attr-defined]
        for value in range(0, 2400, 200):
            grid.verticalScrollBar().setValue(value)
            qtbot.wait(1)
        for key in (Key.Key_Home, Key.Key_Down, Key.Key_End):
            QTest.keyClick(grid, key)
        grid.resize(700, 500)
        grid.set_by_day(True)
        grid.grab()
        first = context.results.content(99)
        qtbot.waitUntil(lambda: context.thumbnails.get(first) is not None)


def test_nothing_is_no_trouble(grid: ResultGrid, context: Context) -> None:
    context.results.begin(Results(total=0, searchable=0, indexing=False, first=0, columns=Columns()), 5)
    for key in (Key.Key_Down, Key.Key_End, Key.Key_A, Key.Key_Space):
        QTest.keyClick(grid, key, Modifier.ControlModifier if key is Key.Key_A else Modifier.NoModifier)
    QTest.mouseClick(grid.viewport(), Button.LeftButton, Modifier.NoModifier, QPoint(50, 50))
    grid.grab()
    assert grid.selection.rows() == []
