"""What was done and can be taken back; what was taken back and can be done again.

undo.push(did)      an action's `done` callback
undo.undo()         asks the engine to take the last one back; its answer is the way forward again

What is asked while a change is under way waits for its answer: it is that change which the person means. Where it was
not carried out, there is nothing to take back.
"""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ritrova.engine.base import Fault, Frozen
from ritrova.engine.replies import Changed
from ritrova.engine.requests import Apply
from ritrova.text import Message, msg
from ritrova_desktop.engine import Engine
from ritrova_desktop.notices import Notices
from ritrova_desktop.operations.did import Did

MOST = 100
Steps = tuple[Frozen, ...]
_Entry = tuple[Message, Steps]


class UndoStack(QObject):
    changed = Signal()  # there is something else to undo or redo
    awaiting = Signal()  # a change began or has ended: `can_undo` may be another
    applied = Signal(object)  # the requests that were carried out, one way or the other

    def __init__(self, engine: Engine, notices: Notices) -> None:
        super().__init__()
        self._engine, self._notices = engine, notices
        self._done: list[_Entry] = []
        self._undone: list[_Entry] = []
        self._busy = False
        self._waiting: deque[Callable[[], object]] = deque()
        engine.change_began.connect(self.awaiting)
        engine.change_ended.connect(self._on_change_ended)

    @property
    def can_undo(self) -> bool:
        return bool(self._done) or self._engine.changing

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def push(self, did: Did) -> None:
        """Remember how to take it back. What had been undone cannot be redone any more."""
        if did.undo:
            self._done = [*self._done, (did.what, did.undo)][-MOST:]
            self._undone = []
            self.changed.emit()

    def clear(self) -> None:
        """Nothing of what was done can be taken back any more."""
        self._done, self._undone = [], []
        self._waiting.clear()
        self.changed.emit()

    def undo(self) -> None:
        self._in_turn(self._undo)

    def redo(self) -> None:
        self._in_turn(self._redo)

    def _in_turn(self, run: Callable[[], object]) -> None:
        self._waiting.append(run)
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and not self._busy and not self._engine.changing:
            self._waiting.popleft()()

    def _on_change_ended(self, carried_out: bool) -> None:
        if not carried_out:
            self._waiting.clear()
        self._go_on()
        self.awaiting.emit()

    def _undo(self) -> None:
        if self._done:
            entry = self._done.pop()
            self._apply(
                entry, lambda steps: self._undone.append((entry[0], steps)), msg("Taken back: {what}", what=entry[0])
            )

    def _redo(self) -> None:
        if self._undone:
            entry = self._undone.pop()
            self._apply(
                entry, lambda steps: self._done.append((entry[0], steps)), msg("Done again: {what}", what=entry[0])
            )

    def _apply(self, entry: _Entry, keep: Callable[[Steps], object], told: Message) -> None:
        """One request after the other; the way back is that of each, in reverse. Refused, the entry is gone."""
        _, steps = entry
        back: list[Frozen] = []
        self._busy = True
        self.changed.emit()

        def answered(reply: object, _more: bool, at: int) -> None:
            if isinstance(reply, Changed) and reply.undo:
                back.insert(0, Apply(steps=reply.undo))
            if at + 1 < len(steps):
                ask(at + 1)
                return
            self._busy = False
            if back:
                keep(tuple(back))
            self._notices.tell(told)
            self.applied.emit(steps)
            self.changed.emit()
            self._go_on()

        def refused(fault: Fault) -> None:
            self._busy = False
            self._waiting.clear()
            self.changed.emit()
            self._engine.refused.emit(fault)

        def ask(at: int) -> None:
            self._engine.request(steps[at], lambda reply, more: answered(reply, more, at), refused)

        ask(0)
