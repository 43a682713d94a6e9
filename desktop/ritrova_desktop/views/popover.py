"""A small form that belongs to a button: it opens below it, and goes when the person turns elsewhere. Never modal.

It lies within the window: no window system has to place it, and it looks the same everywhere.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QVBoxLayout, QWidget

from ritrova_desktop.theme import tokens


class Popover(QFrame):
    """`column` takes its form. It is deleted when it closes, and gives the keyboard back to whoever had it."""

    def __init__(self, anchor: QWidget, title: str) -> None:
        super().__init__(anchor.window())
        self._anchor = anchor
        self._before = QApplication.focusWidget()
        self.setProperty("look", "popover")
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        heading = QLabel(title)
        heading.setProperty("look", "heading")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(tokens.GAP_LARGE, tokens.GAP_LARGE, tokens.GAP_LARGE, tokens.GAP_LARGE)
        self.column.setSpacing(tokens.GAP)
        self.column.addWidget(heading)

    def open(self) -> None:
        """Below its anchor, or wherever the window has room for it."""
        self.adjustSize()
        window = self._anchor.window()
        corner = self._anchor.mapTo(window, QPoint(0, self._anchor.height() + tokens.GAP_SMALL))
        x = max(0, min(corner.x(), window.width() - self.width() - tokens.GAP))
        y = max(0, min(corner.y(), window.height() - self.height() - tokens.GAP))
        self.move(x, y)
        self.show()
        self.raise_()
        self.setFocus()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.installEventFilter(self)
        application.focusChanged.connect(self._on_focus)

    def close_it(self) -> None:
        """Take it away."""
        if self.isHidden():
            return
        had_keyboard = self._holds(QApplication.focusWidget())
        self.hide()
        self.deleteLater()
        if had_keyboard and self._before is not None and self._before.isVisible():
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press anywhere else in the window closes it, and still does what it was meant for."""
        pressed = isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseButtonPress
        if pressed and isinstance(watched, QWidget) and self._is_elsewhere(watched):
            self.close_it()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # or the window below would get it, and it would pass for a press elsewhere

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
        else:
            super().keyPressEvent(event)

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and self._is_elsewhere(new):
            self.close_it()

    def _is_elsewhere(self, widget: QWidget) -> bool:
        """In our window, but not in the form: a menu of the form's own is a window of its own."""
        return widget.window() is self.window() and not self._holds(widget)

    def _holds(self, widget: QWidget | None) -> bool:
        return widget is not None and (widget is self or self.isAncestorOf(widget))
