"""The line where one says what one looks for."""

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QToolButton

from ritrova.engine.query import MOST_TEXT
from ritrova.text import msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.dropped import promises_photos
from ritrova_desktop.views.rounded import rounded


class SearchField(QLineEdit):
    escaped = Signal()  # Esc where there is nothing left to clear
    photos_pasted = Signal(QMimeData)
    shortened = Signal()  # a text was longer than what a model reads

    def __init__(self, words: Words, theme: Theme) -> None:
        super().__init__()
        self._words, self._theme = words, theme
        self.setMaxLength(MOST_TEXT)
        self.setAcceptDrops(False)  # the bar takes what is dropped, text too
        words.bind(self, self.setPlaceholderText, msg("Search: a cat on the sofa, the sea at sunset…"))
        words.bind(self, self.setAccessibleName, msg("Search photos"))
        self.addAction(theme.icon("search", "quiet"), QLineEdit.ActionPosition.LeadingPosition)
        self._clear = self.addAction(theme.icon("clear", "quiet"), QLineEdit.ActionPosition.TrailingPosition)
        words.bind(self._clear, self._clear.setToolTip, msg("Clear"))
        for button in self.findChildren(QToolButton):  # the style sheet's are too large for the inside of a field
            button.setStyleSheet("min-width: 16px; min-height: 16px; border: none; background: transparent;")
        self._clear.setVisible(False)
        self._clear.triggered.connect(self._erase)
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        self.inputRejected.connect(self._on_rejected)
        theme.changed.connect(self.update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste) and self._paste_photos():
            return
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self._erase()
            else:
                self.escaped.emit()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = rounded(self.createStandardContextMenu())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if _photos_on_clipboard():
            menu.addSeparator()
            icon = self._theme.icon("image-search")
            menu.addAction(icon, self._words(msg("Search by the copied photo"))).triggered.connect(self._paste_photos)
        menu.popup(event.globalPos())

    def _paste_photos(self) -> bool:
        if not _photos_on_clipboard():
            return False
        self.photos_pasted.emit(QGuiApplication.clipboard().mimeData())
        return True

    def _erase(self) -> None:
        """As if the person had deleted the text, so that it is searched anew."""
        self.clear()
        self.textEdited.emit("")

    def _on_rejected(self) -> None:
        if len(self.text()) >= MOST_TEXT:
            self.shortened.emit()


def _photos_on_clipboard() -> bool:
    """Whether what was copied is photos rather than text: an office program copies a picture of the text, too."""
    mime = QGuiApplication.clipboard().mimeData()
    return promises_photos(mime) and (mime.hasUrls() or not mime.hasText())
