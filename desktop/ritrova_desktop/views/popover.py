"""A small window that belongs to a button: it opens below it, and goes when the person looks elsewhere. Never modal."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from ritrova_desktop.theme import tokens


class Popover(QFrame):
    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)  # for its round corners
        self.setProperty("look", "card")
        self.setAccessibleName(title)
        heading = QLabel(title)
        heading.setProperty("look", "heading")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(tokens.GAP_LARGE, tokens.GAP_LARGE, tokens.GAP_LARGE, tokens.GAP_LARGE)
        self.column.setSpacing(tokens.GAP)
        self.column.addWidget(heading)

    def open_at(self, anchor: QWidget) -> None:
        """Below `anchor`, or above it where there is no room, and within the screen."""
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(0, anchor.height() + tokens.GAP_SMALL))
        area = anchor.screen().availableGeometry()
        x = max(area.left(), min(corner.x(), area.right() - self.width()))
        y = corner.y()
        if y + self.height() > area.bottom():
            y = max(area.top(), anchor.mapToGlobal(QPoint(0, 0)).y() - tokens.GAP_SMALL - self.height())
        self.move(x, y)
        self.show()
