"""Keeps an eye on the watched folders and says where to look: the store decides what that means.

    watchdog's threads ──Event──> Coalescer ──burst over──> Settling ──at rest──> on_changes
    mount table, clock, timers, lost events, large bursts ─────────────────────> on_rescan

Whatever is said may be said once too often, never too rarely: who is called compares with what it knows.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence

from ritrova.folders.mounts import MountWatch
from ritrova.folders.native import NativeEvents
from ritrova.folders.one_folder import OneFolder
from ritrova.folders.states import FolderState, FolderToWatch, Listener, Timing
from ritrova.folders.timing import ClockJumps


class FolderWatch:
    """Watches folders on a thread of its own until it is closed."""

    def __init__(
        self,
        listener: Listener,
        *,
        own: Collection[bytes] = (),
        timing: Timing = Timing(),  # noqa: B008 - frozen
        most_watches: int | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`own`: absolute folders that we write ourselves. `most_watches`: of inotify, by default half of all.

        `wall` is the clock that people set, and that goes on while the computer sleeps.
        """
        self._listener = listener
        self._own = own
        self._timing = timing
        self._most_watches = most_watches
        self._wall = wall
        self._native: NativeEvents | None = None
        self._folders: dict[int, OneFolder] = {}
        self._wanted: Sequence[FolderToWatch] | None = None  # to be watched from now on
        self._look = False  # whether to look where the folders are
        self._stopped = False
        self._changed = threading.Condition()
        self._mounts = MountWatch(self.look_for_folders)
        self._thread = threading.Thread(target=self._run, name="folder-watch")
        self._thread.start()

    def watch(self, folders: Sequence[FolderToWatch]) -> None:
        """Watch these folders from now on, and no others. Each one that is new is rescanned once it is watched."""
        with self._changed:
            self._wanted = folders
            self._changed.notify()

    def look_for_folders(self) -> None:
        """See again which folders are here: a disk may have come or gone."""
        with self._changed:
            self._look = True
            self._changed.notify()

    def states(self) -> dict[int, FolderState]:
        """How each folder is watched now."""
        return {folder_id: folder.state for folder_id, folder in list(self._folders.items())}

    def close(self) -> None:
        """Stop; no call comes after this returns."""
        self._mounts.close()
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    # The thread

    def _run(self) -> None:
        clocks = ClockJumps(self._wall(), time.monotonic())
        try:
            while self._wait():
                wanted, look = self._orders()
                if wanted is not None:
                    self._replace(wanted)
                jumped = clocks.jumped(self._wall(), time.monotonic(), self._timing.heartbeat_s)
                for folder in self._folders.values():
                    if look or jumped:
                        folder.find()
                    folder.act(time.monotonic(), rescan=jumped)
        finally:
            for folder in self._folders.values():
                folder.leave()
            if self._native is not None:
                self._native.close()

    def _wait(self) -> bool:
        """Until there is something to do; False when that is to end."""
        with self._changed:
            if not (self._stopped or self._look or self._wanted is not None):
                now = time.monotonic()
                due = [due for folder in self._folders.values() if (due := folder.due_at) is not None]
                pause = min([self._timing.heartbeat_s, *(at - now for at in due)])
                if pause > 0:
                    self._changed.wait(pause)
            return not self._stopped

    def _orders(self) -> tuple[Sequence[FolderToWatch] | None, bool]:
        with self._changed:
            orders = self._wanted, self._look
            self._wanted, self._look = None, False
            return orders

    def _replace(self, wanted: Sequence[FolderToWatch]) -> None:
        for folder_id in [*self._folders]:
            if self._folders[folder_id].spec not in wanted:
                self._folders.pop(folder_id).leave()
        for spec in wanted:
            if spec.id not in self._folders:
                folder = OneFolder(spec, self._events, self._listener, self._wake, self._own, self._timing)
                self._folders[spec.id] = folder
                folder.find()

    def _events(self) -> NativeEvents:
        """Raises OSError where the system gives none."""
        if self._native is None:
            self._native = NativeEvents(self._most_watches)
        return self._native

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()
