"""The exact index: every vector is compared. For small libraries, for filtered queries, and as the tests' oracle.

The store keeps float16; numpy has no fast product of those, so this index keeps a float32 copy, memory-mapped.
One pass reads each vector once, and needs no memory but that of the scores.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ritrova.index.cosine import Found, best, cosines, unit
from ritrova.index.manifest import Damaged
from ritrova.index.matrix import MatrixFiles
from ritrova.index.sync import Synced, synchronise
from ritrova.progress import Cancellation, Silent, Watcher
from ritrova.text import msg
from ritrova.vectors import Stamp, VectorSource

_REWRITE_DEAD_SHARE = 0.3  # deleted rows cost a share of each search, rewriting costs one pass over the store
_GATHER_SHARE = 0.1  # up to such a share, copying the wanted rows costs less than comparing all (measured)
_FIRST_CHUNK = 512  # of `ranked`


class ExactIndex:
    """Implements `VectorIndex`. Used from one thread at a time.

    With `writable=False`, and where the folder cannot be written, what the files lack is held in memory.
    """

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        self._folder = folder
        self._writable = writable
        self._rows = _Rows(MatrixFiles(folder), writable)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Live ids, ascending, `[n]`."""
        return np.delete(self._rows.ids, self._rows.dead)

    def sync(
        self, source: VectorSource, watcher: Watcher | None = None, cancellation: Cancellation | None = None
    ) -> Synced:
        """Bring the index to where `source` is, and keep it on disk. Raises OurBug where the source gives NaN."""
        watcher, cancellation = watcher or Silent(), cancellation or Cancellation()
        try:
            return self._sync(source, watcher, cancellation)
        except OSError as error:
            if not self._writable:
                raise
            reason = error.strerror or str(error)
        watcher.notice(msg("The search matrix cannot be kept on disk ({reason}); it is in memory.", reason=reason))
        self._writable = False
        self._rows = _Rows(MatrixFiles(self._folder), writable=False)
        return self._sync(source, watcher, cancellation)

    def search(self, query: NDArray[np.float32], k: int) -> Found:
        """As in `VectorIndex`; equal scores come by ascending id."""
        return best(self._rows.ids, self._scores(query), min(k, len(self)))

    def search_among(self, query: NDArray[np.float32], ids: NDArray[np.int64], k: int) -> Found:
        """The `k` best of these `ids` (ascending, `[m]`); those that are not in the index are passed over."""
        rows = self._rows.find(ids)
        if len(rows) <= _GATHER_SHARE * len(self._rows.ids):
            scores = cosines(self._rows.vectors[rows], unit(query))
        else:
            scores = self._scores(query)[rows]
        return best(self._rows.ids[rows], scores, k)

    def compared(self, query: NDArray[np.float32]) -> Found:
        """Every vector: ids ascending `[n]`, and cosines `[n]`, minus infinity for those that are deleted."""
        return self._rows.ids, self._scores(query)

    def vectors_of(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The unit vectors `[m, d]` of ids that are in the index; zeros for those that are not."""
        found = np.zeros((len(ids), self._rows.vectors.shape[1]), np.float32)
        if len(self._rows.ids):
            rows = np.minimum(np.searchsorted(self._rows.ids, ids), len(self._rows.ids) - 1)
            known = self._rows.ids[rows] == ids
            found[known] = self._rows.vectors[rows[known]]
        return found

    def ranked(self, query: NDArray[np.float32]) -> Iterator[Found]:
        """All live vectors, best first, in growing chunks of ids and cosines.

        For a condition that most photos meet: whoever asks checks a chunk at a time and stops when enough passed,
        instead of listing every photo that meets it.
        """
        scores = self._scores(query)
        rest = np.flatnonzero(scores > -np.inf)
        size = _FIRST_CHUNK
        while len(rest):
            cut = max(len(rest) - size, 0)
            order = np.argpartition(scores[rest], cut)
            head, rest = rest[order[cut:]], rest[order[:cut]]
            yield best(self._rows.ids[head], scores[head], len(head))
            size *= 4

    def _scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines of all rows, deleted ones at minus infinity."""
        scores = cosines(self._rows.vectors, unit(query))
        scores[self._rows.dead] = -np.inf
        return scores

    def _sync(self, source: VectorSource, watcher: Watcher, cancellation: Cancellation) -> Synced:
        return synchronise(
            self._rows, source, dead_share=_REWRITE_DEAD_SHARE, watcher=watcher, cancellation=cancellation
        )


class _Rows:
    """The matrix with its ids: read from the files, then kept in them (`writable`) or beside them in memory."""

    def __init__(self, files: MatrixFiles, writable: bool) -> None:
        self._files = files
        self._writable = writable
        self._new_ids: list[NDArray[np.int64]] = []  # appended, not yet sealed
        self._new_vectors: list[NDArray[np.float32]] = []  # only where they are not in the files
        self.stamp: Stamp | None = None
        self.ids = np.empty(0, np.int64)  # ascending
        self.vectors = np.empty((0, 0), np.float32)
        self.dead = np.empty(0, np.int64)  # row numbers

    def __len__(self) -> int:
        return self.stamp.count if self.stamp else 0

    @property
    def dead_share(self) -> float:
        return len(self.dead) / max(len(self.ids), 1)

    def find(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of those of `ids` (ascending) that live."""
        if not len(self.ids):
            return np.empty(0, np.int64)
        rows = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        found = rows[self.ids[rows] == ids]
        return np.setdiff1d(found, self.dead, assume_unique=True) if len(self.dead) else found

    def load(self, source: VectorSource) -> None:
        if self.stamp is not None:
            return
        self._files.open(source.dimension)
        self.ids, self.dead = self._files.read_ids(), self._files.read_dead()
        self.vectors = self._files.map_vectors()
        self.stamp = self._files.stamp

    def retain(self, ids: NDArray[np.int64]) -> int:
        rows = self.find(ids)
        if len(rows) != len(ids) or self.stamp is None:
            raise Damaged(msg("It lacks photos that the library has."))
        gone = np.setdiff1d(np.arange(len(self.ids)), np.concatenate([rows, self.dead]))
        self.stamp = replace(self.stamp, count=len(ids))
        if self._writable:
            self._files.bury(gone, self.stamp)
        self.dead = np.concatenate([self.dead, gone])
        return len(gone)

    def restart(self, source: VectorSource, stamp: Stamp) -> None:
        if self._writable:
            self._files.create(source.dimension, stamp)
        self.ids, self.dead = np.empty(0, np.int64), np.empty(0, np.int64)
        self.vectors = np.empty((0, source.dimension), np.float32)
        self.stamp = stamp

    def append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32], stamp: Stamp) -> None:
        if self._writable:
            self._files.append(ids, vectors, stamp)
        else:
            self._new_vectors.append(vectors)
        self._new_ids.append(ids)
        self.stamp = stamp

    def seal(self, stamp: Stamp) -> None:
        self.ids = np.concatenate([self.ids, *self._new_ids])
        if self._writable:
            self._files.seal(stamp)
            if self._new_ids:
                self.vectors = self._files.map_vectors()
        elif self._new_vectors:
            self.vectors = np.concatenate([self.vectors, *self._new_vectors])
        self._new_ids, self._new_vectors = [], []
        self.stamp = stamp
