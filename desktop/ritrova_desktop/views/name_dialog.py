"""A small dialog that asks for a name: of an album, or of a search that is to be kept."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ritrova.text import Message, msg
from ritrova_desktop.names import LONGEST_NAME, clean_name
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.page import button, label


class NameDialog(QDialog):
    """`named` gets the name, once there is one. Show it with `open()`."""

    def __init__(
        self, context: Context, parent: QWidget, title: Message, named: Callable[[str], object], name: str = ""
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        self._named = named
        context.words.bind(self, self.setWindowTitle, title)
        self.edit = QLineEdit(name)
        self.edit.setMaxLength(LONGEST_NAME)
        self.edit.selectAll()
        context.words.bind(self.edit, self.edit.setAccessibleName, msg("Name"))
        self.ok = button(context, msg("OK"), self.accept, "primary")
        self.ok.setDefault(True)
        cancel = button(context, msg("Cancel"), self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.GAP)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.GAP_PAGE] * 4)
        column.setSpacing(tokens.GAP_LARGE)
        column.addWidget(label(context, title, "title"))
        column.addWidget(self.edit)
        column.addLayout(buttons)
        self.edit.textChanged.connect(lambda _text: self._follow())
        self._follow()

    def accept(self) -> None:
        name = clean_name(self.edit.text())
        if name:
            super().accept()
            self._named(name)

    def _follow(self) -> None:
        self.ok.setEnabled(bool(clean_name(self.edit.text())))
