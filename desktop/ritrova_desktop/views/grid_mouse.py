"""The mouse on the grid: clicks, Shift and Ctrl, the rubber band, the start of a drag, and what it points at."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from ritrova_desktop.views.tile_painter import Spot

if TYPE_CHECKING:
    from ritrova_desktop.views.result_grid import ResultGrid

SCROLL_MS = 16
"""A rubber band that reaches over the edge scrolls, once in so long."""

_Type = QEvent.Type


class GridMouse(QObject):
    def __init__(self, grid: "ResultGrid") -> None:
        super().__init__(grid)
        self._grid = grid
        self._pressed: int | None = None
        self._pressed_at = QPoint()
        self._choose_on_release = False
        self._band: QRect | None = None  # in the content's coordinates
        self._pointer = QPoint()
        self._scroll = QTimer(self, interval=SCROLL_MS)
        self._scroll.timeout.connect(self._scroll_on)

    def handle(self, event: QEvent) -> bool:
        """Whether the event was one of the mouse's, and is dealt with."""
        if event.type() is _Type.Leave:
            self._hover(None)
            return False
        if not isinstance(event, QMouseEvent):
            return False
        deal = {
            _Type.MouseButtonPress: self._press,
            _Type.MouseMove: self._move,
            _Type.MouseButtonRelease: self._release,
            _Type.MouseButtonDblClick: self._double,
        }.get(event.type())
        if deal is None:
            return False
        deal(event)
        event.accept()
        return True

    def scrolled(self) -> None:
        """What is under the pointer moves away while it rests."""
        if self._grid.pointer.hovered is not None:
            self._hover(self._pointer)

    def paint_band(self, painter: QPainter) -> None:
        if self._band is None:
            return
        accent = self._grid.palette().accent().color()
        box = self._band.normalized().translated(0, -self._grid.offset)
        painter.setPen(accent)
        filled = QColor(accent)
        filled.setAlpha(40)
        painter.setBrush(filled)
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _press(self, event: QMouseEvent) -> None:
        self._grid.setFocus(Qt.FocusReason.MouseFocusReason)
        self._grid.keyboard = False
        point, selection = event.position().toPoint(), self._grid.selection
        row = self._row_at(point)
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._pressed_at, self._choose_on_release = point, False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if row is None:
            selection.begin_band(add=shift or ctrl)
            self._band = QRect(point + QPoint(0, self._grid.offset), point + QPoint(0, self._grid.offset))
            return
        if (spot := self._spot_at(row, point)) is not None:
            self._grid.spot_clicked.emit(row, spot)
            return
        self._pressed = row
        if shift:
            selection.extend(row, add=ctrl)
        elif ctrl:
            selection.toggle(row)
        elif selection.has(row):  # perhaps all that is selected is dragged
            self._choose_on_release = True
            selection.move(row)
        else:
            selection.only(row)

    def _move(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._pointer = point
        if self._band is not None:
            self._stretch(point)
        elif self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (point - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
                self._choose_on_release, self._pressed = False, None
                self._grid.drag_begun.emit()
        else:
            self._hover(point)

    def _release(self, event: QMouseEvent) -> None:
        if self._choose_on_release and self._pressed is not None:
            self._grid.selection.only(self._pressed)
        self._choose_on_release, self._pressed = False, None
        if self._band is not None:
            self._band = None
            self._scroll.stop()
            self._grid.viewport().update()
        self._hover(event.position().toPoint())

    def _double(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        row = self._row_at(point)
        if row is not None and self._spot_at(row, point) is None and event.button() is Qt.MouseButton.LeftButton:
            self._pressed = None
            self._grid.preview_asked.emit(row)

    def _stretch(self, point: QPoint) -> None:
        assert self._band is not None
        page = self._grid.viewport().height()
        if 0 <= point.y() < page:
            self._scroll.stop()
        elif not self._scroll.isActive():
            self._scroll.start()
        self._band.setBottomRight(point + QPoint(0, self._grid.offset))
        box = self._band.normalized()
        layout = self._grid.geometry_of_tiles
        self._grid.selection.band(layout.runs_in(box.x(), box.y(), box.width(), box.height()))
        self._grid.viewport().update()

    def _scroll_on(self) -> None:
        """The further out, the faster."""
        page, y = self._grid.viewport().height(), self._pointer.y()
        beyond = y if y < 0 else max(0, y - page)
        bar = self._grid.verticalScrollBar()
        bar.setValue(bar.value() + min(max(beyond // 2, -120), 120))
        self._stretch(self._pointer)

    def _hover(self, point: QPoint | None) -> None:
        row = self._row_at(point) if point is not None else None
        spot = self._spot_at(row, point) if row is not None and point is not None else None
        under = self._grid.pointer
        if (row, spot) != (under.hovered, under.spot):
            for touched in {under.hovered, row} - {None}:
                self._grid.viewport().update(self._grid.visualRect(self._grid.results.index(touched or 0)))
            under.hovered, under.spot = row, spot
            self._grid.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if spot is not None else Qt.CursorShape.ArrowCursor
            )

    def _row_at(self, point: QPoint) -> int | None:
        return self._grid.geometry_of_tiles.tile_at(point.x(), point.y() + self._grid.offset)

    def _spot_at(self, row: int, point: QPoint) -> Spot | None:
        return next((spot for spot, rect in self._grid.spots_of(row).items() if rect.contains(point)), None)
