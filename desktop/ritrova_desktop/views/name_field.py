"""A field for a name, and the line below it that tells why a name was refused."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from shiboken6 import isValid

from ritrova.engine.base import Fault
from ritrova.text import Message
from ritrova_desktop.names import LONGEST_NAME, clean_name
from ritrova_desktop.views.context import Context


class NameField(QLineEdit):
    """`said` stands below it, and is seen only after a refusal; what was typed stays."""

    def __init__(self, context: Context, called: Message, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text[:LONGEST_NAME], parent)
        self._context = context
        self.setMaxLength(LONGEST_NAME)
        context.words.bind(self, self.setAccessibleName, called)
        context.words.bind(self, self.setPlaceholderText, called)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setProperty("look", "bad")
        self.said.hide()
        self.textChanged.connect(lambda _text: self._forget())

    @property
    def name(self) -> str:
        """Empty where there is none."""
        return clean_name(self.text())

    def refuse(self, fault: Fault) -> None:
        """The name was not taken: another one may be."""
        if not isValid(self):  # its form was closed meanwhile
            return
        words = self._context.words
        parts = (fault.title, fault.remedy)
        self.said.setText(" ".join(words(part.message()) for part in parts if part is not None))
        self.said.show()
        self.setAccessibleDescription(self.said.text())
        self.setFocus()
        self.selectAll()

    def _forget(self) -> None:
        self.said.hide()
        self.setAccessibleDescription("")
