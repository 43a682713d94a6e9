"""The system's own file events, through watchdog: inotify, FSEvents, ReadDirectoryChangesW. Its only home.

Of inotify, watchdog tells nobody that the kernel's queue overflowed (it logs), that a directory could not be watched
for want of watches (it goes on), or that the watched folder itself was renamed. The subclasses here do.
"""

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from ritrova.folders.events import Event, Kind

_ARRIVALS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
]
"""What is asked for everywhere; inotify tells of the end of writing beside, the others of each writing."""

_KINDS = {
    "created": Kind.CREATED,
    "closed": Kind.MODIFIED,
    "modified": Kind.MODIFIED,
    "deleted": Kind.DELETED,
    "moved": Kind.MOVED,
}


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told what of one watched folder; called from threads of watchdog's."""

    event: Callable[[Event], None]
    lost: Callable[[], None]  # events were lost
    short: Callable[[], None]  # a part of the folder is not watched for want of watches
    gone: Callable[[], None]  # the folder itself was deleted or renamed
    passed_over: Callable[[bytes], bool]  # whether a directory (relative) need not be watched


class NativeEvents:
    """Watches folders, each with all that lies in it. Raises OSError where the system gives no events at all."""

    def __init__(self, most_watches: int | None = None) -> None:
        """At most so many watches of inotify; by default half of what the user may have, as others want some."""
        self._hooks: dict[str, Hooks] = {}
        self._watches: dict[bytes, ObservedWatch] = {}
        if sys.platform == "linux":
            from ritrova.folders.inotify import new_observer

            self._observer = new_observer(self._hooks, most_watches or watch_limit() // 2)
            self._events = [*_ARRIVALS, FileClosedEvent]
        else:
            self._observer = _other_observer()
            self._events = [*_ARRIVALS, FileModifiedEvent]
        self._observer.start()

    def watch(self, folder: bytes, hooks: Hooks) -> None:
        """Raises OSError: ENOSPC where there are too few watches even for the folder itself."""
        path = os.fsdecode(folder)
        self._hooks[path] = hooks
        try:
            self._watches[folder] = self._observer.schedule(
                _Handler(folder, hooks), path, recursive=True, event_filter=self._events
            )
        except BaseException:
            self._hooks.pop(path, None)
            raise

    def unwatch(self, folder: bytes) -> None:
        watch = self._watches.pop(folder, None)
        if watch is not None:
            self._observer.unschedule(watch)
            self._hooks.pop(os.fsdecode(folder), None)

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()


def watch_limit() -> int:
    """Directories that the user may watch through inotify, all programs together."""
    try:
        return int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    except (OSError, ValueError):
        return 8192  # the kernel's own lowest default


def is_shortage(error: OSError) -> bool:
    """Whether the system has no more watches, or no more watchers, to give."""
    return error.errno in (errno.ENOSPC, errno.EMFILE)


class _Handler(FileSystemEventHandler):
    """Says in our words what watchdog says of one folder."""

    def __init__(self, folder: bytes, hooks: Hooks) -> None:
        self._folder = folder
        self._hooks = hooks

    def dispatch(self, event: FileSystemEvent) -> None:
        kind = _KINDS.get(event.event_type)
        if kind is None or event.is_synthetic:  # made up from a folder's event, which says enough
            return
        path = self._relative(event.dest_path if kind == Kind.MOVED else event.src_path)
        if path is None:
            if kind == Kind.DELETED:
                self._hooks.gone()
            return
        source = self._relative(event.src_path) if kind == Kind.MOVED else None
        # ReadDirectoryChangesW does not say of what is gone whether it was a folder.
        directory = event.is_directory or (sys.platform == "win32" and kind == Kind.DELETED)
        self._hooks.event(Event(kind, path, directory, source))

    def _relative(self, path: bytes | str) -> bytes | None:
        """None for the folder itself."""
        relative = os.path.relpath(os.fsencode(path), self._folder)
        return None if relative == b"." else relative


def _other_observer() -> BaseObserver:
    observer: BaseObserver = Observer()
    return observer
