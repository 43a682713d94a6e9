"""Whether the library is sound: looked at part by part, and put right."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListView, QProgressBar

from ritrova.engine.base import Fault
from ritrova.engine.events import Checking
from ritrova.engine.keeping_messages import Checked, PartChecked
from ritrova.text import Message, msg
from ritrova_desktop.engine import EngineState
from ritrova_desktop.models.keeping import PartsModel
from ritrova_desktop.operations.keeping import check, repair, stop_check
from ritrova_desktop.theme.style import restyle
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card, settle
from ritrova_desktop.views.page import button, label
from ritrova_desktop.views.row_delegate import RowList

PARTS = 6
"""That a check looks at."""


class CheckCard(Card):
    changed = Signal()  # it runs, or no longer

    def __init__(self, context: Context) -> None:
        super().__init__(
            context,
            msg("Check"),
            msg(
                "A repair makes anew what can be made anew, and touches nothing that you typed. "
                "Nothing can be searched meanwhile."
            ),
        )
        self._context = context
        self.running = self._repairing = False
        self._number = 0  # of the check that runs
        self.said = label(context, msg("Check"))
        self.advice = label(context, msg("Check"), "quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        context.words.bind(self.bar, self.bar.setAccessibleName, msg("Progress of the check"))
        self.model = PartsModel(context.words)
        self.list = RowList(context.theme, self.model, most_rows=PARTS)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        context.words.bind(self.list, self.list.setAccessibleName, msg("What was found"))
        self.check = button(context, msg("Check now"), self._check)
        self.repair = button(context, msg("Check and repair"), self._repair)
        self.stop = button(context, msg("Stop"), self._stop, icon="stop")
        for part in (self.said, self.bar, self.list, self.advice):
            self.column.addWidget(part)
            part.hide()
        self.column.addLayout(ButtonRow(self.check, self.repair, self.stop))
        context.engine.checking.connect(self._on_checking)
        self.follow()

    def follow(self, *, saving: bool = False) -> None:
        """Offer what can be done now."""
        engine = self._context.engine
        free = engine.state is EngineState.READY and not (self.running or saving)
        self.check.setEnabled(free)
        self.repair.setEnabled(free and not engine.read_only)
        self.stop.setVisible(self.running)

    def show_checked(self, reply: Checked) -> None:
        self.model.show_items(reply.parts)
        self._say(*_summary(reply.parts))
        advice = next((part.remedy for part in reply.parts if part.state == "wrong" and part.remedy), None)
        self.advice.setVisible(advice is not None)
        if advice is not None:
            self._context.words.bind(self.advice, self.advice.setText, advice.message())
        self.list.setVisible(bool(reply.parts))
        self._ended()

    def _check(self) -> None:
        self._begin(repairing=False)
        self._number = check(self._context.engine, self.show_checked, self._refused)

    def _repair(self) -> None:
        self._begin(repairing=True)
        repair(self._context.engine, self.show_checked, self._refused)

    def _stop(self) -> None:
        if self._repairing:
            self._context.engine.stop_alone()
        else:
            stop_check(self._context.engine, self._number)
        self._ended()
        self._say(msg("It was stopped. Nothing is lost; begin again at any time."), None)

    def _begin(self, *, repairing: bool) -> None:
        self.running, self._repairing = True, repairing
        for part in (self.list, self.advice):
            part.hide()
        self._show_progress(msg("Database"), 0, 0)
        self.stop.show()
        self.stop.setFocus()  # a button that is disabled gives the keyboard to whatever comes next
        self.follow()
        self.changed.emit()

    def _ended(self) -> None:
        had_keyboard = self.stop.hasFocus()
        self.running = self._repairing = False
        self.bar.hide()
        settle(self)
        self.follow()
        if had_keyboard:
            self.list.setFocus()
        self.changed.emit()

    def _refused(self, fault: Fault) -> None:
        self.said.hide()
        self._ended()
        self._context.engine.refused.emit(fault)

    def _on_checking(self, event: Checking) -> None:
        if self.running:
            self._show_progress(event.part.message(), event.done, event.total)

    def _show_progress(self, part: Message, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done if total else -1)
        self.bar.show()
        number = self._context.words.number
        told = msg("{part}: {done} of {total}", part=part, done=number(done), total=number(total))
        self._say(told if total else msg("{part}…", part=part), None)

    def _say(self, what: Message, look: str | None) -> None:
        self._context.words.bind(self.said, self.said.setText, what)
        self.said.setProperty("look", look)
        restyle(self.said)
        self.said.show()


def _summary(parts: tuple[PartChecked, ...]) -> tuple[Message, str]:
    states = {part.state for part in parts}
    if "wrong" in states:
        return msg("Something needs your attention."), "bad"
    if "repaired" in states:
        return msg("It was put right: all is in order now."), "good"
    return msg("All is in order."), "good"
