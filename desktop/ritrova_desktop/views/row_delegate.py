"""Lists of rows with two lines: an icon, a name over a detail, and a mark at the right. Roles as in `models/rows`."""

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ritrova_desktop.models.rows import DETAIL, ICON, MARK, MARK_COLOUR
from ritrova_desktop.theme import Theme, tokens

_LEFT = tokens.GAP + 4
_TEXT = _LEFT + tokens.ICON_LARGE + tokens.GAP + 4
_Index = QModelIndex | QPersistentModelIndex


class RowList(QListView):
    """As tall as its rows, up to `most_rows` of them; then it scrolls."""

    def __init__(self, theme: Theme, model: QAbstractItemModel, most_rows: int = 8, least_rows: int = 1) -> None:
        super().__init__()
        self._most, self._least = most_rows, least_rows
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self, theme))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setProperty("look", "rows")
        self.setStyleSheet("background: transparent;")  # what it lies on shows through
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self.updateGeometry)
        theme.changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        rows = min(self._most, max(self._least, self.model().rowCount()))
        frame = 2 * self.frameWidth()
        return QSize(320, rows * row_height(self.fontMetrics()) + frame)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def chosen_rows(self) -> list[QModelIndex]:
        """Selected rows, from top to bottom."""
        return sorted(self.selectionModel().selectedIndexes(), key=lambda index: index.row())


class RowDelegate(QStyledItemDelegate):
    def __init__(self, parent: QListView, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(0, row_height(option.fontMetrics))

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(str(index.data()))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: _Index) -> None:
        editor.setGeometry(QRect(option.rect).adjusted(_TEXT - tokens.GAP, 4, -tokens.GAP, -4))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._paint_ground(painter, option, rect, selected)
        side = tokens.ICON_LARGE
        icon = QRect(rect.x() + _LEFT, rect.center().y() - side // 2, side, side)
        mode = QIcon.Mode.Selected if selected else QIcon.Mode.Normal
        self._theme.icon(str(index.data(ICON)), "quiet").paint(painter, icon, mode=mode)
        self._paint_text(painter, option, rect.adjusted(_TEXT, 0, -_LEFT, 0), index, selected)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, selected: bool) -> None:
        box = rect.adjusted(0, 1, 0, -1)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection" if selected else "hover"))
            painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
        focus = QStyle.StateFlag.State_HasFocus, QStyle.StateFlag.State_KeyboardFocusChange
        if all(option.state & one for one in focus):
            painter.setPen(self._theme.colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), tokens.RADIUS, tokens.RADIUS)

    def _paint_text(
        self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, index: _Index, selected: bool
    ) -> None:
        theme = self._theme
        text, quiet = ("on_selection", "on_selection") if selected else ("text", "quiet")
        small = small_font(option.font)
        mark = str(index.data(MARK) or "")
        line = option.fontMetrics.height()
        top = room.y() + (room.height() - line - QFontMetrics(small).height() - 2) // 2
        first = QRect(room.x(), top, room.width(), line)
        second = QRect(room.x(), top + line + 2, room.width(), QFontMetrics(small).height())
        if mark:
            painter.setFont(small)
            painter.setPen(theme.colour(text if selected else str(index.data(MARK_COLOUR) or "quiet")))
            painter.drawText(first, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), mark)
            first.setRight(first.right() - QFontMetrics(small).horizontalAdvance(mark) - tokens.GAP_LARGE)
        painter.setFont(option.font)
        painter.setPen(theme.colour(text))
        name = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, first.width())
        painter.drawText(first, int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.setFont(small)
        painter.setPen(theme.colour(quiet))
        detail = QFontMetrics(small).elidedText(
            str(index.data(DETAIL) or ""), Qt.TextElideMode.ElideMiddle, second.width()
        )
        painter.drawText(second, int(Qt.AlignmentFlag.AlignVCenter), detail)


def small_font(font: QFont) -> QFont:
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * tokens.SMALL)
    return made


def row_height(metrics: QFontMetrics) -> int:
    """Two lines and their air, in steps of the rhythm."""
    return -(-(round(metrics.height() * (1 + tokens.SMALL)) + 2 + 2 * tokens.GAP) // tokens.UNIT) * tokens.UNIT
