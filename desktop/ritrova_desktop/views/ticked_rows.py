"""Boxes in lists that look as those of forms do: a list draws the system's, which fit neither theme."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPalette, QPen
from PySide6.QtWidgets import QListWidget, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ritrova_desktop.theme import tokens

_HIDE = "QListView::indicator { width: 18px; height: 18px; border: none; background: transparent; image: none; }"
_TICK = (QPointF(0.24, 0.52), QPointF(0.43, 0.70), QPointF(0.77, 0.33))
_DASH = (QPointF(0.27, 0.5), QPointF(0.73, 0.5))
"""In a box of side one."""


class TickedRows(QStyledItemDelegate):
    """Draws the boxes of a list whose items can be ticked: `TickedRows(list)` is all that it takes."""

    def __init__(self, rows: QListWidget) -> None:
        super().__init__(rows)
        self._rows = rows
        rows.setItemDelegate(self)
        rows.setStyleSheet(rows.styleSheet() + _HIDE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is None:
            return
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        place = self._rows.style().subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, whole, self._rows)
        self._draw(painter, QRectF(place), Qt.CheckState(state), QGuiApplication.palette())

    def _draw(self, painter: QPainter, place: QRectF, state: Qt.CheckState, palette: QPalette) -> None:
        side, on = min(place.width(), place.height()) - 1, state is not Qt.CheckState.Unchecked
        box = QRectF(0, 0, side, side)
        box.moveCenter(place.center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(palette.color(QPalette.ColorRole.Accent if on else QPalette.ColorRole.Dark))
        painter.setBrush(palette.color(QPalette.ColorRole.Accent if on else QPalette.ColorRole.Base))
        painter.drawRoundedRect(box, tokens.RADIUS_SMALL, tokens.RADIUS_SMALL)
        if on:
            mark = _TICK if state is Qt.CheckState.Checked else _DASH
            pen = QPen(palette.color(QPalette.ColorRole.HighlightedText), 1.6)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline([box.topLeft() + at * side for at in mark])
        painter.restore()
