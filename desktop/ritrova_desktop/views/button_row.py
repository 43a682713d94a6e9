"""A row of buttons that breaks into lines where the room is short, whatever the language and the letters."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QLayoutItem, QWidget

from ritrova_desktop.theme import tokens
from ritrova_desktop.views.flow import FlowLayout


class ButtonRow(FlowLayout):
    """Those from number `right_from` on stand at the right, where all fit on one line."""

    def __init__(self, *widgets: QWidget, right_from: int | None = None) -> None:
        super().__init__(gap=tokens.GAP)
        self._right_from = right_from
        for widget in widgets:
            self.addWidget(widget)

    def sizeHint(self) -> QSize:
        """All on one line."""
        shown = [item for item in self._items if not item.isEmpty()]
        return QSize(self._width(shown), self.minimumSize().height())

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        if self._right_from is None or self.sizeHint().width() > rect.width():
            return
        right = [item for item in self._items[self._right_from :] if not item.isEmpty()]
        by = rect.x() + rect.width() - self._width(right)
        for item in right:
            place = item.geometry()
            item.setGeometry(QRect(by, place.y(), place.width(), place.height()))
            by += place.width() + self.spacing()

    def _width(self, items: list[QLayoutItem]) -> int:
        return sum(item.sizeHint().width() for item in items) + self.spacing() * max(0, len(items) - 1)
