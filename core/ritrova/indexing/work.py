"""What passes between the stages of an indexing run."""

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import FailureKind
from ritrova.photo import FileStamp, PhotoFacts
from ritrova.store.records import Outcome, Place, Sidecar, StoredFile

T = TypeVar("T")
CHANCE = (FailureKind.TIMEOUT, FailureKind.CRASHED)
"""What may lie in the moment as well as in the photo: such a photo is tried once more, alone."""

_LOOK_S = 0.2
"""How often who waits looks whether the run has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    """A file to read, hash and, where its bytes are new to the model, decode."""

    place: Place
    path: bytes
    stamp: FileStamp  # as the scan saw it
    known: StoredFile | None  # what the store remembers of this place
    sidecar: tuple[bytes, int] | None  # absolute path and mtime_ns
    only_embed: bool = False  # all but the model's vector is known and stays
    alone: bool = False  # it hung or crashed a decoder: another try, while no other photo is decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class ToEncode:
    """A photo that was decoded and waits for its batch."""

    item: ToRead
    stamp: FileStamp  # of the bytes that were decoded
    hash: bytes
    facts: PhotoFacts
    pixels: NDArray[np.uint8]  # [side, side, 3]
    moved_from: int | None
    sidecar: Sidecar | None


@dataclass(frozen=True, slots=True)
class Done:
    """One file that was read, and what to write of it."""

    item: ToRead
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Moved:
    """A file that was found elsewhere without being read: its row, its new place, and its stamp there."""

    file_id: int
    place: Place
    stamp: FileStamp


@dataclass(slots=True)
class Scanned:
    """What the scan settled by itself, without reading a file."""

    unchanged: int = 0
    noted: list[Outcome] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)  # file ids
    vanished: list[tuple[int, Place]] = field(default_factory=list)
    readable: list[Place] = field(default_factory=list)  # directories that can be read again
    unrested: int = 0  # files that are still being written
    offline: bytes | None = None  # a watched folder that could not be walked

    @property
    def calls_for_writing(self) -> bool:
        """Whether there is more to it than a count."""
        return bool(self.noted or self.moved or self.returned or self.vanished or self.readable)


class Stopped(Exception):
    """The run was told to stop: by the person, or by the failure of another stage."""


class _End(Enum):
    """What follows the last item."""

    END = auto()


class Channel(Generic[T]):
    """A bounded queue between threads that ends: after `close`, what is left is handed out, then nothing.

    `put` and `get` raise Stopped as soon as the run stops, so that no stage waits for one that is gone.
    """

    def __init__(self, capacity: int, stop: threading.Event) -> None:
        self._queue: queue.Queue[T | _End] = queue.Queue(capacity)
        self._stop = stop

    def put(self, item: T) -> None:
        self._put(item)

    def get(self, timeout: float | None = None) -> T | None:
        """The next item; None at the end. Raises queue.Empty when `timeout` seconds pass without one."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._stop.is_set():
            left = _LOOK_S if deadline is None else max(deadline - time.monotonic(), 0)
            try:
                item = self._queue.get(timeout=min(left, _LOOK_S))
            except queue.Empty:
                if left <= _LOOK_S and deadline is not None:
                    raise
                continue
            if isinstance(item, _End):
                self._queue.put(item)  # for whoever else reads from here
                return None
            return item
        raise Stopped

    def close(self) -> None:
        """No more items will come."""
        with suppress(Stopped):
            self._put(_End.END)

    def _put(self, item: T | _End) -> None:
        while not self._stop.is_set():
            try:
                return self._queue.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
        raise Stopped
