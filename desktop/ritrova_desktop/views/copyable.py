"""Text that can be selected and copied, and whose long names break where a line ends."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel

from ritrova.text import msg
from ritrova_desktop.text import Words

_BREAK = "\u200b"
"""A line may break here; never part of what is copied."""


class CopyableText(QLabel):
    def __init__(self, words: Words, text: str, look: str | None = None) -> None:
        super().__init__()
        self.show_text(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if look is not None:
            self.setProperty("look", look)
        copy = QAction(words(msg("Copy")), self)
        copy.triggered.connect(self.copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def show_text(self, text: str) -> None:
        for mark in "/_\\":
            text = text.replace(mark, mark + _BREAK)
        self.setText(text)

    @property
    def plain(self) -> str:
        return self.text().replace(_BREAK, "")

    def copy(self) -> None:
        """What is selected; all of it, where nothing is."""
        QGuiApplication.clipboard().setText((self.selectedText() or self.text()).replace(_BREAK, ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
