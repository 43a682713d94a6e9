"""Bringing an index to where its source is: one procedure for both kinds of index."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ritrova.index.cosine import unit
from ritrova.index.manifest import Damaged
from ritrova.progress import Cancellation, Progress, Watcher
from ritrova.text import Message, msg
from ritrova.vectors import Stamp, VectorSource

_CHUNK = 8192  # vectors read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a synchronisation did."""

    added: int = 0
    removed: int = 0
    rebuilt: Message | None = None  # why all was built anew; None where what was there served
    complete: bool = True  # false: cancelled before the end; the next one goes on from there


class Cache(Protocol):
    """What an index must be able to do to be synchronised."""

    def __len__(self) -> int: ...

    @property
    def stamp(self) -> Stamp | None:
        """Up to where it agrees with a source; its `last_id` lies inside the batch when a run was cancelled."""
        ...

    @property
    def dead_share(self) -> float:
        """Share of its elements that are deleted and still take room."""
        ...

    def load(self, source: VectorSource) -> None:
        """Read what is on disk, unless it was read before. Raises Damaged where it does not serve this source."""
        ...

    def retain(self, ids: NDArray[np.int64]) -> int:
        """Forget all but these (ascending), in the stamp's count too; returns how many were forgotten.

        Raises Damaged where it lacks one of them.
        """
        ...

    def restart(self, source: VectorSource, stamp: Stamp) -> None:
        """Begin empty, with the stamp of an empty index."""
        ...

    def append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32], stamp: Stamp) -> None:
        """Take new ids (ascending) with unit vectors `[n, d]`; it then agrees with the source up to `stamp`."""
        ...

    def seal(self, stamp: Stamp) -> None:
        """Make what was appended searchable; the index now agrees with the source up to `stamp`."""
        ...


def check(stamp: Stamp | None, source: VectorSource) -> Stamp:
    """The stamp, if this is the source that an index with it was made from; raises Damaged, with the reason, if not."""
    if stamp is None:
        raise Damaged(msg("There was none yet."))
    if stamp.model != source.model:
        raise Damaged(msg("It belongs to another model."))
    last_id = 0 if stamp.token == 0 else source.last_id_of(stamp.token)
    if last_id is None or last_id < stamp.last_id:
        raise Damaged(msg("It does not belong to this library's present state."))
    if source.count(stamp.last_id) > stamp.count:
        raise Damaged(msg("It lacks photos that the library has."))
    return stamp


def synchronise(
    cache: Cache, source: VectorSource, *, dead_share: float, watcher: Watcher, cancellation: Cancellation
) -> Synced:
    """Load, drop what the source dropped, add what it added; build anew where that cannot give the same vectors."""
    start = time.monotonic()
    target = source.stamp()  # before anything is read: what is written meanwhile is left to the next time
    removed, rebuilt = 0, None
    try:
        cache.load(source)
        removed = _forget_missing(cache, source)
        if cache.dead_share > dead_share:
            raise Damaged(msg("Too many of its photos were deleted."))
    except Damaged as damaged:
        removed, rebuilt = 0, damaged.reason
        cache.restart(source, Stamp(source.model, target.token, 0, 0))
    reached = cache.stamp.last_id if cache.stamp else 0
    added, complete, expected = 0, True, target.count - len(cache)
    for ids, vectors in _tail(source, reached, target.last_id):
        if cancellation.cancelled:
            complete = False
            break
        reached = int(ids[-1])
        cache.append(ids, vectors, Stamp(source.model, target.token, reached, len(cache) + len(ids)))
        added += len(ids)
        watcher.progress(Progress(added, max(expected, added), True, time.monotonic() - start))
    cache.seal(Stamp(source.model, target.token, target.last_id if complete else reached, len(cache)))
    return Synced(added=added, removed=removed, rebuilt=rebuilt, complete=complete)


def _forget_missing(cache: Cache, source: VectorSource) -> int:
    """Ids are never reused, so a smaller count below the stamp's id can only mean deletions."""
    stamp = check(cache.stamp, source)
    return cache.retain(source.ids(stamp.last_id)) if source.count(stamp.last_id) < stamp.count else 0


def _tail(source: VectorSource, after: int, up_to: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """What the source has behind `after`, up to `up_to`, in chunks of unit vectors."""
    while after < up_to:
        ids, vectors = source.vectors(after, _CHUNK)
        within = int(np.searchsorted(ids, up_to, side="right"))
        if within == 0:
            return
        yield ids[:within], unit(vectors[:within])
        after = int(ids[-1])
