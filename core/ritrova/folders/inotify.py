"""Watchdog's inotify, made to say what it keeps to itself; some names of watchdog used here are not public."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watchdog.events import FileSystemEvent
from watchdog.observers.api import BaseObserver, EventQueue, ObservedWatch
from watchdog.observers.inotify import InotifyEmitter, InotifyWatchGroup
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor
from watchdog.observers.inotify_move_event_grouper import GroupedInotifyEvent, PathedInotifyEvent

if TYPE_CHECKING:
    from ritrova.folders.native import Hooks

_OF_ITSELF = InotifyConstants.IN_MOVE_SELF | InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_UNMOUNT


def new_observer(hooks: Mapping[str, "Hooks"], most_watches: int) -> BaseObserver:
    """An observer of the folders in `hooks`, with at most so many watches. Raises OSError: EMFILE."""
    return _Observer(hooks, most_watches)


@dataclass
class _Group(InotifyWatchGroup):
    """The watches of one folder."""

    hooks: "Hooks | None" = field(default=None)
    most_watches: int = field(default=0)

    def on_queue_overflow(self) -> None:
        super().on_queue_overflow()
        if self.hooks is not None:
            self.hooks.lost()

    def on_event(self, event: InotifyEvent) -> None:
        if event.mask & _OF_ITSELF:
            if self._active_callbacks_by_watch.get(event.wd) == self.path and self.hooks is not None:
                self.hooks.gone()
            return
        super().on_event(event)

    def forget_below(self, path: bytes) -> None:
        """Watch what was moved away no longer; it would be told of under its old name."""
        with self._lock:
            inside, replaced = os.path.join(path, b""), os.path.isdir(path)
            self._remove_callbacks(
                [
                    descriptor
                    for descriptor, below in self._active_callbacks_by_watch.items()
                    if below == path or below.startswith(inside)
                    if not replaced or self._active_callbacks_by_path.get(below) != descriptor
                ]
            )

    def _remove_watch_internally(self, wd: WatchDescriptor) -> None:
        path = self._active_callbacks_by_watch.pop(wd, None)  # another may have come to the same path
        if path is not None and self._active_callbacks_by_path.get(path) == wd:
            del self._active_callbacks_by_path[path]

    def _add_callback(self, path: bytes) -> None:
        assert self.hooks is not None
        if path != self.path and self.hooks.passed_over(os.path.relpath(path, self.path)):
            return
        try:
            if len(self._inotify_fd._watch_for_wd) >= self.most_watches:
                raise OSError(errno.ENOSPC, "the share of inotify watches that Ritrova takes is used up")
            descriptor = self._inotify_fd.add_callback(path, self.event_mask, self._callback, self._id)
        except OSError as error:
            if path == self.path:
                raise
            if error.errno == errno.ENOSPC:
                self.hooks.short()
            return  # else it is gone, or closed to us: the scan says so
        self._active_callbacks_by_path[path] = descriptor
        self._active_callbacks_by_watch[descriptor] = path


class _Emitter(InotifyEmitter):
    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        *,
        timeout: float,
        event_filter: list[type[FileSystemEvent]] | None = None,
        inotify_fd: InotifyFD,
        hooks: Mapping[str, "Hooks"],
        most_watches: int,
    ) -> None:
        super().__init__(event_queue, watch, timeout=timeout, event_filter=event_filter, inotify_fd=inotify_fd)
        self._hooks_of = hooks
        self._most_watches = most_watches

    def on_thread_start(self) -> None:
        self._inotify = _Group(
            self._inotify_fd,
            os.fsencode(self.watch.path),
            is_recursive=True,
            event_mask=Mask(self.get_event_mask_from_filter() | InotifyConstants.IN_MOVE_SELF),
            hooks=self._hooks_of[os.fsdecode(self.watch.path)],
            most_watches=self._most_watches,
        )

    def build_and_queue_event(self, event: GroupedInotifyEvent, *, full_events: bool = False) -> None:
        if isinstance(event, PathedInotifyEvent) and event.ev.is_moved_from and event.ev.is_directory:
            assert isinstance(self._inotify, _Group)
            self._inotify.forget_below(event.path)
        super().build_and_queue_event(event, full_events=full_events)

    def queue_event(self, event: FileSystemEvent) -> None:
        if not event.is_synthetic:  # made up for each file below a folder, whose own event says enough
            super().queue_event(event)


class _Observer(BaseObserver):
    def __init__(self, hooks: Mapping[str, "Hooks"], most_watches: int) -> None:
        self._inotify_fd = InotifyFD()
        self._inotify_fd.start()
        super().__init__(_Emitter, inotify_fd=self._inotify_fd, hooks=hooks, most_watches=most_watches)

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._inotify_fd.stop()
        self._inotify_fd.join()
