"""A small dialog that asks for a name: of an album, or of a search that is to be kept."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from ritrova.engine.base import Fault
from ritrova.text import Message, msg
from ritrova_desktop.engine import OnRefusal
from ritrova_desktop.operations.did import Did, OnDone
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.name_field import NameField
from ritrova_desktop.views.page import button, label

GiveName = Callable[[str, OnDone, OnRefusal], object]


class NameDialog(QDialog):
    """`give` asks the engine to take the name; once it has, the dialog goes and `done` is told. Show it by `open()`."""

    def __init__(
        self, context: Context, parent: QWidget, title: Message, give: GiveName, done: OnDone, name: str = ""
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        self._give, self._done = give, done
        self._asked = False
        context.words.bind(self, self.setWindowTitle, title)
        self.edit = NameField(context, msg("Name"), name)
        self.edit.selectAll()
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
        column.addWidget(self.edit.said)
        column.addLayout(buttons)
        self.edit.textChanged.connect(lambda _text: self._follow())
        self._follow()

    def accept(self) -> None:
        if self.edit.name and not self._asked:
            self._asked = True
            self._follow()
            self._give(self.edit.name, self._taken, self._refused)

    def _taken(self, did: Did) -> None:
        if isValid(self):  # or it was closed meanwhile
            super().accept()
        self._done(did)

    def _refused(self, fault: Fault) -> None:
        if isValid(self):
            self._asked = False
            self._follow()
            self.edit.refuse(fault)

    def _follow(self) -> None:
        self.ok.setEnabled(bool(self.edit.name) and not self._asked)
