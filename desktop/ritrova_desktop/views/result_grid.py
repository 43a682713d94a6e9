"""The photos found: keys, mouse, wheel and menus of the grid.

grid.keys["F"] = ...            what a key does, while the grid has the keyboard
grid.selection.rows()           what is selected
grid.spot_clicked               a part of a tile was clicked (row, Spot)
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QKeySequence, QPainter, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView

from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.grid_mouse import GridMouse
from ritrova_desktop.views.tile_view import TileView

_NO_MODIFIERS = Qt.KeyboardModifier.NoModifier


class ResultGrid(TileView):
    preview_asked = Signal(int)  # row
    spot_clicked = Signal(int, object)  # row, Spot
    menu_asked = Signal(QPoint)  # on the screen
    drag_begun = Signal()
    hint_asked = Signal(int, QPoint)  # row; on the screen

    mouse: GridMouse | None = None  # Qt sends events while the view is being made

    def __init__(self, context: Context) -> None:
        self.keys: dict[str, Callable[[], object]] = {}
        super().__init__(context)
        self.mouse = GridMouse(self)

    def go(self, row: int, modifiers: Qt.KeyboardModifier = _NO_MODIFIERS) -> None:
        """Take the keyboard to a row; Shift selects up to it, Ctrl selects nothing."""
        if not self.results.rowCount():
            return
        row = min(max(row, 0), self.results.rowCount() - 1)
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.selection.extend(row, add=bool(modifiers & Qt.KeyboardModifier.ControlModifier))
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self.selection.move(row)
        else:
            self.selection.only(row)
        self.scrollTo(self.results.index(row))

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _name(event) in self.keys:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.keyboard = True
        action = _MOVES.get(Qt.Key(event.key())) if not event.modifiers() & Qt.KeyboardModifier.AltModifier else None
        run = self.keys.get(_name(event))
        if action is not None:
            self.go(self._after(action), event.modifiers())
        elif run is not None:
            run()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selection.all()
        else:
            event.ignore()
            return
        event.accept()
        self.viewport().update()

    def _after(self, action: QAbstractItemView.CursorAction) -> int:
        """The row that a movement leads to."""
        moves, layout, last = QAbstractItemView.CursorAction, self.geometry_of_tiles, self.results.rowCount() - 1
        current = self.selection.current
        if action is moves.MoveHome:
            return 0
        if action is moves.MoveEnd:
            return last
        if current is None or current >= len(layout):
            return layout.nearest(0, self.offset + tokens.GAP_LARGE) or 0
        tile = layout.tile(current)
        page = max(self.viewport().height() - tile.height, tile.height)
        match action:
            case moves.MoveLeft | moves.MovePrevious:
                return current - 1
            case moves.MoveRight | moves.MoveNext:
                return current + 1
            case moves.MoveUp:
                return layout.beside(current, -1)
            case moves.MoveDown:
                return layout.beside(current, 1)
            case moves.MovePageUp:
                return layout.nearest(tile.x + tile.width // 2, tile.y - page) or 0
            case _:
                return layout.nearest(tile.x + tile.width // 2, tile.y + page) or 0

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                step = 1 if event.angleDelta().y() > 0 else -1
                self.set_zoom(self.zoom + step, event.position().toPoint())
            event.accept()
        else:
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row = self.selection.current
        if event.reason() is QContextMenuEvent.Reason.Keyboard and row is not None:
            self.menu_asked.emit(self.viewport().mapToGlobal(self.tile_rect(row).center()))
        elif event.reason() is not QContextMenuEvent.Reason.Keyboard:
            row = self.geometry_of_tiles.tile_at(event.pos().x(), event.pos().y() + self.offset)
            if row is not None:
                if not self.selection.has(row):
                    self.selection.only(row)
                self.menu_asked.emit(event.globalPos())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            if self.pointer.hovered is not None:
                self.hint_asked.emit(self.pointer.hovered, event.globalPos())
            return True
        if self.mouse is not None and self.mouse.handle(event):
            return True
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self.renew()
        return super().viewportEvent(event)

    def moveCursor(self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        return self.results.index(min(max(self._after(action), 0), self.results.rowCount() - 1))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if self.mouse is not None:
            self.mouse.scrolled()

    def _paint_over(self, painter: QPainter) -> None:
        if self.mouse is not None:
            self.mouse.paint_band(painter)


_MOVES = {
    Qt.Key.Key_Left: QAbstractItemView.CursorAction.MoveLeft,
    Qt.Key.Key_Right: QAbstractItemView.CursorAction.MoveRight,
    Qt.Key.Key_Up: QAbstractItemView.CursorAction.MoveUp,
    Qt.Key.Key_Down: QAbstractItemView.CursorAction.MoveDown,
    Qt.Key.Key_Home: QAbstractItemView.CursorAction.MoveHome,
    Qt.Key.Key_End: QAbstractItemView.CursorAction.MoveEnd,
    Qt.Key.Key_PageUp: QAbstractItemView.CursorAction.MovePageUp,
    Qt.Key.Key_PageDown: QAbstractItemView.CursorAction.MovePageDown,
}


def _name(event: QKeyEvent) -> str:
    """The key as in `keys`: Ctrl+Shift+C. Those of the number pad are like the others."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key.Key_Return if event.key() == Qt.Key.Key_Enter else Qt.Key(event.key())
    return QKeySequence(modifiers.value | key.value).toString(QKeySequence.SequenceFormat.PortableText)
