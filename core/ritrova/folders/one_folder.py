"""One watched folder: where it is, how it is watched, and what is still to be told of it."""

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence

from ritrova.folders.coalesce import Coalescer
from ritrova.folders.events import Change, Event, Filter, Kind, scanned, seen_through
from ritrova.folders.native import Hooks, NativeEvents, is_shortage, watch_limit
from ritrova.folders.states import (
    OFFLINE,
    VANISHED,
    FolderState,
    FolderToWatch,
    Listener,
    Mode,
    Timing,
    crowded_state,
    network_state,
    short_state,
    silent_state,
)
from ritrova.folders.timing import Debounce, Look, Settling
from ritrova.folders.volumes import Presence, Whereabouts, locate, volume_of

_log = logging.getLogger(__name__)
_MOST_NODES = 20_000
"""What is remembered of a burst; beyond, only where it happened."""


class OneFolder:
    """All but the hooks is called from the watch's thread."""

    def __init__(
        self,
        spec: FolderToWatch,
        events: Callable[[], NativeEvents],
        listener: Listener,
        wake: Callable[[], None],
        own: Collection[bytes],
        timing: Timing,
    ) -> None:
        self.spec = spec
        self.state = FolderState(Mode.OFFLINE)
        self._events = events
        self._listener = listener
        self._wake = wake
        self._own = own
        self._timing = timing
        self._root: tuple[int, int] | None = None  # what the path was when it was found: device and inode
        self._native: NativeEvents | None = None  # where it is watched
        self._settling = Settling(timing.rest_s)
        self._unsettled: dict[bytes, Change] = {}
        self._next_look: float | None = None  # for polling and reconciling, and for a folder that is gone
        self._gone_at = 0.0
        self._lock = threading.Lock()  # for what the hooks touch, which is all that follows
        self._coalescer = Coalescer()
        self._debounce = Debounce(timing.quiet_s, timing.longest_s)
        self._flooded: list[bytes] = []  # where there was too much to remember
        self._rescan = self._short = self._lost_sight = False

    @property
    def due_at(self) -> float | None:
        """When `act` has something to do."""
        with self._lock:
            if self._rescan or self._short or self._lost_sight:
                return 0.0
            burst = self._debounce.due_at
        return min((at for at in (burst, self._settling.due_at, self._next_look) if at is not None), default=None)

    def find(self) -> None:
        """Look where the folder is, and watch it there."""
        try:
            where = locate(self.spec.volume, self.spec.mount_point, self.spec.path)
            status = os.stat(where.path) if where.path is not None else None
        except OSError:  # it went while it was looked at
            where, status = Whereabouts(Presence.OFFLINE), None
        if where.path is None or status is None:
            self.leave()
            if where.presence == Presence.OFFLINE:
                self._show(OFFLINE)
                return
            now = time.monotonic()
            if self.state != VANISHED:
                self._gone_at = now
                self._show(VANISHED)
                self._tell(lambda: self._listener.on_rescan(self.spec.id, b""))
            # Of a disk we are told; of a folder that comes back we are not.
            self._next_look = now + min(max((now - self._gone_at) / 4, self._timing.gone_s), self._timing.heartbeat_s)
            return
        root = (status.st_dev, status.st_ino)
        if where.path != self.state.path or root != self._root:
            self.leave()
            self._root = root
            self._enter(where.path)

    def leave(self) -> None:
        """Stop watching. What was not told yet is forgotten: the folder is rescanned when it is back."""
        if self._native is not None and self.state.path is not None:
            self._native.unwatch(self.state.path)
        self._native = self._root = self._next_look = None
        self._settling = Settling(self._timing.rest_s)
        self._unsettled.clear()
        with self._lock:
            self._coalescer, self._flooded = Coalescer(), []
            self._debounce.end()
            self._rescan = self._short = self._lost_sight = False

    def act(self, now: float, *, rescan: bool) -> None:
        """Do what is due. `rescan`: anything may have been missed."""
        with self._lock:
            find, self._lost_sight = self._lost_sight, False
            short, self._short = self._short, False
        if find or (self.state.away and self._next_look is not None and now >= self._next_look):
            self.find()
        if self.state.away or self.state.path is None:
            return
        if short:
            self._poll(self.state.path, short_state(self.state.path, watch_limit()))
        with self._lock:
            rescan, self._rescan = rescan or self._rescan, False
        if self._next_look is not None and now >= self._next_look:
            rescan = True
            if self.state.remedy is not None and self.state.mode == Mode.POLLING:
                self._watch(self.state.path)  # the limit may have been raised
            self._plan_next_look()
        ready = self._after_burst(now) + self._now_at_rest(now)
        if rescan:
            self._tell(lambda: self._listener.on_rescan(self.spec.id, b""))
        elif ready:
            self._tell(lambda: self._listener.on_changes(self.spec.id, ready))

    # Watching

    def _enter(self, path: bytes) -> None:
        """Watch the folder where it is, as well as can be, and have it rescanned: much may have happened before."""
        if volume_of(path).kind == "network":
            self._poll(path, network_state(path, self._timing))
        else:
            self._watch(path)
        self._plan_next_look()
        with self._lock:
            self._rescan = True

    def _watch(self, path: bytes) -> None:
        wanted = _outside(scanned(self.spec.wanted), [os.path.relpath(own, path) for own in self._own])
        hooks = Hooks(
            event=lambda event: self._on_event(event, wanted),
            lost=lambda: self._on_trouble("_rescan"),
            short=lambda: self._on_trouble("_short"),
            gone=lambda: self._on_trouble("_lost_sight"),
            passed_over=lambda directory: not wanted(directory, directory=True),
        )
        try:
            native = self._events()
            native.watch(path, hooks)
        except OSError as error:
            if error.errno == errno.EMFILE:
                self._poll(path, crowded_state(path))
            elif is_shortage(error):
                self._poll(path, short_state(path, watch_limit()))
            else:
                self._poll(path, silent_state(path, error.strerror or type(error).__name__))
        else:
            self._native = native
            self._show(FolderState(Mode.WATCHING, path))

    def _poll(self, path: bytes, state: FolderState) -> None:
        if self._native is not None:
            self._native.unwatch(path)
            self._native = None
        self._show(state)
        self._plan_next_look()

    def _plan_next_look(self) -> None:
        pause = self._timing.poll_s if self.state.mode == Mode.POLLING else self._timing.reconcile_s
        self._next_look = time.monotonic() + pause

    # Telling

    def _after_burst(self, now: float) -> list[Change]:
        """What a burst that is over came to and is at rest; a large one is told as a rescan at once."""
        with self._lock:
            due = self._debounce.due_at
            if due is None or now < due:
                return []
            self._debounce.end()
            changes, flooded = self._coalescer.changes(), self._flooded
            self._coalescer, self._flooded = Coalescer(), []
        if flooded or sum(change.kind != Kind.MOVED for change in changes) > self._timing.burst:
            subtree = _common([*flooded, *_places(changes)])
            self._tell(lambda: self._listener.on_rescan(self.spec.id, subtree))
            return []
        ready = []
        for change in changes:
            if change.directory or change.kind not in (Kind.CREATED, Kind.MODIFIED) or self._rests(change.path, now):
                ready.append(change)
            else:
                self._unsettled[change.path] = change
        return ready

    def _now_at_rest(self, now: float) -> list[Change]:
        at_rest = [path for path in self._settling.due(now) if self._rests(path, now)]
        return [change for path in at_rest if (change := self._unsettled.pop(path, None)) is not None]

    def _rests(self, path: bytes, now: float) -> bool:
        assert self.state.path is not None
        try:
            status = os.lstat(os.path.join(self.state.path, path))
        except OSError:  # gone, or closed to us: who is told finds out
            return self._settling.see(path, None, now)
        look = Look(status.st_size, status.st_mtime_ns, time.time() - status.st_mtime)
        return self._settling.see(path, look, now)

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # of another part: the folders are watched nonetheless
            _log.exception("What happened in a watched folder could not be handed on; the next look finds it")

    def _show(self, state: FolderState) -> None:
        if state != self.state:
            self.state = state
            self._tell(lambda: self._listener.on_state(self.spec.id, state))

    # Hooks, called from other threads

    def _on_event(self, event: Event, wanted: Filter) -> None:
        first = False
        with self._lock:
            for seen in seen_through(iter([event]), wanted):
                self._coalescer.add(seen)
                first |= self._debounce.touch(time.monotonic())
            if self._coalescer.size > _MOST_NODES:
                self._flooded = [_common([*self._flooded, *_places(self._coalescer.changes())])]
                self._coalescer = Coalescer()
        if first:
            self._wake()

    def _on_trouble(self, flag: str) -> None:
        with self._lock:
            setattr(self, flag, True)
        self._wake()


def _outside(wanted: Filter, folders: Iterable[bytes]) -> Filter:
    """The same, without what lies in these folders."""
    separator = os.fsencode(os.sep)
    inside = [folder + separator for folder in folders if not folder.startswith(b"..")]

    def is_wanted(path: bytes, *, directory: bool) -> bool:
        return wanted(path, directory=directory) and not any((path + separator).startswith(own) for own in inside)

    return is_wanted if inside else wanted


def _places(changes: Sequence[Change]) -> list[bytes]:
    """The directories that changes tell of."""
    paths = [
        (path, change.directory) for change in changes for path in (change.path, change.source) if path is not None
    ]
    return [path if directory else os.path.dirname(path) for path, directory in paths]


def _common(directories: Sequence[bytes]) -> bytes:
    """The smallest directory in which all of these lie."""
    return os.path.commonpath(directories) if directories and all(directories) else b""
