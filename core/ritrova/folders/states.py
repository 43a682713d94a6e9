"""The contract between who watches folders and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ritrova.folders.events import Change
from ritrova.folders.scan import Wanted
from ritrova.folders.volumes import Presence
from ritrova.text import Message, msg


class Mode(StrEnum):
    """How a folder is watched."""

    WATCHING = "watching"  # the system tells of every change
    POLLING = "polling"  # it is looked at again and again
    OFFLINE = "offline"  # its disk is not there
    VANISHED = "vanished"  # its disk is there and the folder is not


@dataclass(frozen=True, slots=True)
class FolderState:
    """How a folder is watched, why not better, and what to do about it."""

    mode: Mode
    path: bytes | None = None  # where it is now
    reason: Message | None = None
    remedy: Message | None = None

    @property
    def away(self) -> bool:
        """Whether nothing in it can be opened now."""
        return self.mode in (Mode.OFFLINE, Mode.VANISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderToWatch:
    """A folder of the library."""

    id: int
    volume: str  # identity
    mount_point: bytes = field(compare=False)  # where the volume was last
    path: bytes  # relative to the mount point
    wanted: Wanted = field(compare=False)
    patterns: tuple[tuple[str, ...], ...] = ()  # of which `wanted` was made: if they change, the folder is rescanned


class Listener(Protocol):
    """Is called from the watch's thread, which goes on when the call returns: it should be short."""

    def on_changes(self, folder: int, changes: Sequence[Change]) -> None:
        """These paths are to be compared with the store, and nothing else."""

    def on_rescan(self, folder: int, subtree: bytes) -> None:
        """All in this directory (empty: the folder) is to be compared with the store.

        The folder may lie elsewhere, or have vanished.
        """

    def on_state(self, folder: int, state: FolderState) -> None:
        """A folder is watched in another way now, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How patient the watch is, in seconds, and how large a burst may be."""

    quiet_s: float = 0.5  # a burst is over when nothing has come for so long,
    longest_s: float = 2.0  # or after so long
    rest_s: float = 0.5  # a file is whole when it has not changed for so long
    poll_s: float = 60.0  # between two looks at a folder without events
    reconcile_s: float = 3600.0  # between two looks at any folder, for what no event told
    heartbeat_s: float = 60.0  # between two looks at the clock, and at most between two for a folder that is gone
    gone_s: float = 1.0  # until the first of those; then a quarter of the time that it has been gone
    burst: int = 1000  # changes, moves apart, beyond which the subtree is rescanned


def network_state(path: bytes, timing: Timing) -> FolderState:
    reason = msg(
        "A network drive does not tell of changes: it is looked at every {seconds} seconds.",
        seconds=round(timing.poll_s),
    )
    return FolderState(Mode.POLLING, path, reason)


def short_state(path: bytes, limit: int) -> FolderState:
    """For want of inotify watches; `limit` is the system's."""
    return FolderState(
        Mode.POLLING,
        path,
        msg("The folder has more directories than the system lets Ritrova watch: it is looked at now and then."),
        msg(
            "Raise the limit: sudo sysctl fs.inotify.max_user_watches={limit}. To keep it, write that setting into "
            "/etc/sysctl.d/60-ritrova.conf.",
            limit=max(limit * 4, 524_288),
        ),
    )


def crowded_state(path: bytes) -> FolderState:
    """Too many programs watch."""
    return FolderState(
        Mode.POLLING,
        path,
        msg("Too many programs watch folders: this one is looked at now and then."),
        msg("Close some of them, or raise the limit: sudo sysctl fs.inotify.max_user_instances=1024"),
    )


def silent_state(path: bytes, reason: str) -> FolderState:
    """The system gives no events."""
    return FolderState(
        Mode.POLLING,
        path,
        msg(
            "The system does not tell of changes here ({reason}): the folder is looked at now and then.", reason=reason
        ),
    )


OFFLINE = FolderState(Mode.OFFLINE, None, msg("The disk is not connected."), msg("Connect it: it is found by itself."))

VANISHED = FolderState(
    Mode.VANISHED,
    None,
    msg("The folder is gone, though its disk is there."),
    msg("Put it back, or say where it is now. Until then its photos are not shown; nothing of them is forgotten."),
)

AWAY = {Presence.OFFLINE: OFFLINE, Presence.VANISHED: VANISHED}
"""Where a folder is that cannot be looked at, whether or not it is watched."""
