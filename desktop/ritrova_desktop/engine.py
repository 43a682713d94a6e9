"""What the window sees of an engine: requests with callbacks, events as signals.

    engine.request(ListFolders(), on_reply=self._show, owner=self)

- Callbacks run on the UI thread, later, never within `request`. `on_reply(body, more)` gets every part of an answer.
- With an `owner`, nothing is called once that object is gone.
- `change_began` and `change_ended` tell of requests that can be taken back, each once its callbacks have run.
- Without `on_refusal`, a refusal goes out by the signal `refused`, and the window shows it as a notice.
- Requests may be made before the engine is there: they wait for it. After it died, reading requests are asked again;
  of the others the person is told, for whether they were carried out is not known.
- A search that a newer one took the place of is not answered at all.

`ProcessEngine` (engine_client.py) talks to the real one, `FakeEngine` (fake_engine.py) answers from memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from ritrova.engine.base import Fault, Frozen, Text
from ritrova.engine.curation_requests import Curation
from ritrova.engine.events import (
    Checking,
    IndexEnded,
    IndexingState,
    LibraryChanged,
    ModelReady,
    Notice,
    Progress,
)
from ritrova.engine.keeping_messages import LookAtCopy, ShowKeeping
from ritrova.engine.messages import Event, Hello, Refusal, Reply, Request, Unable
from ritrova.engine.requests import (
    AddFolder,
    Apply,
    ChangeSettings,
    Complete,
    Details,
    Facets,
    GetSettings,
    GetStatus,
    ListAlbums,
    ListFailures,
    ListFolders,
    ListModels,
    PictureOf,
    Preview,
    RemoveFolder,
    Search,
    SetPatterns,
    Thumbnail,
    UseModel,
    Why,
)
from ritrova.text import msg

OnReply = Callable[[Any, bool], object]
OnRefusal = Callable[[Fault], object]

SUPERSEDED = "Superseded"
_ASKED_AGAIN = (
    Search,
    Details,
    Complete,
    Facets,
    ListFolders,
    ListFailures,
    ListAlbums,
    ListModels,
    Preview,
    PictureOf,
    Thumbnail,
    GetSettings,
    GetStatus,
    Why,
    ShowKeeping,
    LookAtCopy,
)
_UNDOABLE = (*get_args(get_args(Curation)[0]), Apply, ChangeSettings, UseModel, AddFolder, RemoveFolder, SetPatterns)
_MOST_TRIES = 2
"""A request during which the engine died twice is not asked a third time: it may be what kills it."""


class EngineState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"  # it died, and is coming back
    FAILED = "failed"  # it died too often, or cannot open the library
    ALONE = "alone"  # it does what needs the library to itself, and then opens it
    CLOSED = "closed"


@dataclass(slots=True)
class _Pending:
    request: Request
    on_reply: OnReply | None
    on_refusal: OnRefusal | None
    owner: QObject | None
    tries: int = 0
    sent: bool = False

    @property
    def wanted(self) -> bool:
        return self.owner is None or isValid(self.owner)


class Engine(QObject):
    """The seam. A subclass delivers (`_send`) and hands over what comes (`_take`, `_enter`, `_lost`)."""

    state_changed = Signal(object)  # EngineState
    greeted = Signal(object)  # Hello
    failed = Signal(object)  # Fault: it cannot open the library, or died too often
    refused = Signal(object)  # Fault, of requests without `on_refusal`
    progress = Signal(object)  # events.Progress, and so on
    checking = Signal(object)
    index_ended = Signal(object)
    indexing_state = Signal(object)
    library_changed = Signal(object)
    noticed = Signal(object)
    model_ready = Signal(object)
    change_began = Signal()
    change_ended = Signal(bool)  # whether it was carried out, as far as is known

    def __init__(self) -> None:
        super().__init__()
        self.state = EngineState.STARTING
        self.hello: Hello | None = None
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._events = {
            Progress: self.progress,
            Checking: self.checking,
            IndexEnded: self.index_ended,
            IndexingState: self.indexing_state,
            LibraryChanged: self.library_changed,
            Notice: self.noticed,
            ModelReady: self.model_ready,
        }

    @property
    def read_only(self) -> bool:
        return self.hello is not None and self.hello.read_only

    @property
    def idle(self) -> bool:
        """All that was asked has been answered."""
        return not self._pending

    @property
    def changing(self) -> bool:
        """A change is under way that can be taken back once it has been answered."""
        return any(isinstance(pending.request.body, _UNDOABLE) for pending in self._pending.values())

    def start(self) -> None:
        """Begin; `greeted` follows. Requests made before wait."""
        raise NotImplementedError

    def close(self) -> None:
        """End it, and wait until it has ended. No callback runs any more."""
        raise NotImplementedError

    def _send(self, request: Request) -> None:
        raise NotImplementedError

    def request(
        self,
        body: Frozen,
        on_reply: OnReply | None = None,
        on_refusal: OnRefusal | None = None,
        *,
        owner: QObject | None = None,
        alone: bool = False,
    ) -> int:
        """Ask; returns the request's number, for `forget`.

        `alone` asks what needs the library to itself, where the engine is ready or has failed: this engine ends, and
        the next one does it before it opens the library. What else is asked waits meanwhile; `greeted` follows.
        """
        if alone:
            assert self.state in (EngineState.READY, EngineState.FAILED), self.state
            self._lost(EngineState.ALONE)
        self._last_id += 1
        number = self._last_id
        # Made by code of ours, so not validated again: a drag of 10,000 files is not read twice.
        self._pending[number] = _Pending(Request.model_construct(id=number, body=body), on_reply, on_refusal, owner)
        if isinstance(body, Search):
            self._drop_older_searches(number)
        if self.state is EngineState.READY:
            self._send_pending(self._pending[number])
        if isinstance(body, _UNDOABLE):
            self.change_began.emit()
        if alone:
            self._begin_alone(number)
        return number

    def stop_alone(self) -> None:
        """End what is done alone, where it is; nothing is called. `greeted` follows."""
        raise NotImplementedError

    def forget(self, number: int) -> None:
        """The answer is of no use any more; nothing is called."""
        pending = self._pending.pop(number, None)
        if pending is not None:
            self._ended(pending, done=False)

    # For subclasses

    def _begin_alone(self, number: int) -> None:
        """See to it that a new engine gets this request first."""
        raise NotImplementedError

    def _enter(self, state: EngineState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def _take(self, message: Hello | Unable | Reply | Refusal | Event) -> None:
        """Something the engine said."""
        match message:
            case Reply():
                self._on_reply(message)
            case Refusal():
                self._on_refusal(message.id, message.error)
            case Event():
                self._events[type(message.body)].emit(message.body)
            case Hello():
                self.hello = message
                self._enter(EngineState.READY)
                self.greeted.emit(message)
                for pending in [waiting for waiting in self._pending.values() if not waiting.sent]:
                    self._send_pending(pending)
            case Unable():
                self._enter(EngineState.FAILED)
                self.failed.emit(message.fault)

    def _lost(self, state: EngineState) -> None:
        """The engine is gone: what only reads will be asked again, the rest is refused."""
        self._enter(state)
        for number, pending in tuple(self._pending.items()):
            repeatable = isinstance(pending.request.body, _ASKED_AGAIN) and pending.tries < _MOST_TRIES
            if pending.sent and not repeatable:
                self._on_refusal(number, _lost_fault())
            else:
                pending.sent = False

    def _send_pending(self, pending: _Pending) -> None:
        pending.sent, pending.tries = True, pending.tries + 1
        self._send(pending.request)

    def _drop_older_searches(self, newest: int) -> None:
        for number, pending in tuple(self._pending.items()):
            if number != newest and isinstance(pending.request.body, Search):
                self.forget(number)

    def _on_reply(self, reply: Reply) -> None:
        pending = self._pending.get(reply.id) if reply.more else self._pending.pop(reply.id, None)
        if pending is None:
            return
        try:
            if pending.on_reply is not None and pending.wanted:
                pending.on_reply(reply.body, reply.more)
        finally:
            self._ended(pending, done=True)

    def _on_refusal(self, number: int, fault: Fault) -> None:
        pending = self._pending.pop(number, None)
        if pending is None:
            return
        try:
            if fault.type == SUPERSEDED or not pending.wanted:
                return
            if pending.on_refusal is not None:
                pending.on_refusal(fault)
            else:
                self.refused.emit(fault)
        finally:
            self._ended(pending, done=False)

    def _ended(self, pending: _Pending, *, done: bool) -> None:
        if isinstance(pending.request.body, _UNDOABLE):
            self.change_ended.emit(done)


def _lost_fault() -> Fault:
    return Fault(
        type="EngineLost",
        whose="bug",
        title=Text.of(msg("The engine stopped before it had answered.")),
        remedy=Text.of(msg("It is starting again. Look whether the change was made.")),
    )
