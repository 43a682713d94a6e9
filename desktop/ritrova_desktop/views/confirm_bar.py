"""A question at the foot of the page, instead of a dialog: it takes the keyboard, Esc or the other button say no."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ritrova.text import Message, msg
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.page import button, label


class ConfirmBar(QFrame):
    """`give_back` gets the keyboard when the question is answered."""

    def __init__(self, context: Context, give_back: QWidget) -> None:
        super().__init__()
        self._context, self._give_back = context, give_back
        self._run: Callable[[], object] | None = None
        self.setProperty("notice", "warning")
        self._question = label(context, msg("Cancel"), "heading")
        self.yes = button(context, msg("OK"), self._accept)
        self.no = button(context, msg("Cancel"), self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_LARGE, tokens.GAP, tokens.GAP_LARGE, tokens.GAP)
        row.setSpacing(tokens.GAP)
        row.addWidget(self._question, 1)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        self.hide()

    def ask(self, question: Message, yes: Message, run: Callable[[], object]) -> None:
        self._run = run
        self._context.words.bind(self._question, self._question.setText, question)
        self._context.words.bind(self.yes, self.yes.setText, yes)
        self._context.words.bind(self, self.setAccessibleName, question)
        self.show()
        self.yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def dismiss(self) -> None:
        self._run = None
        if self.isVisible():
            self.hide()
            self._give_back.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.no if self.no.hasFocus() else self.yes).click()
        else:
            super().keyPressEvent(event)

    def _accept(self) -> None:
        run = self._run
        self.dismiss()
        if run is not None:
            run()
