"""The HNSW index: a graph of neighbours, approximate, for libraries where comparing all takes too long.

The only module that knows hnswlib. What must be minded with that library:

- a damaged or foreign file ends the process: a checksum comes before each load;
- writing to a full disk raises nothing: the size is compared after each save;
- `ef`, threads and the leave to replace deleted elements are not in the file: given with each call and each load;
- asking for more neighbours than the graph can reach raises: fewer are asked for, or the exact index answers.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritrova.atomic import replacing
from ritrova.errors import DiskFull, EnvironmentFault
from ritrova.index.cosine import Found, best, unit
from ritrova.index.manifest import Damaged, Extent, Manifest, checksum, fresh_name, sweep
from ritrova.index.protocol import VectorIndex
from ritrova.index.sync import Synced, check, synchronise
from ritrova.progress import Cancellation, Silent, Watcher
from ritrova.settings import IndexSettings, cores
from ritrova.text import Message, msg
from ritrova.vectors import Stamp, VectorSource

_KIND = "graph"
_SEED = 100  # of the levels: with one thread, the same vectors in the same order give the same graph
_REPLACED_AT_ONCE = 128  # taking the place of a deleted element costs some ten times a new one (measured): the
# few of every day do, so that the graph does not grow; many are added, and a rebuild comes sooner
_SPARE = 1.1  # room beyond what is needed: a spare element takes 50 bytes until it is used


def available() -> Message | None:
    """None where hnswlib can be imported; else why not, and what that means."""
    try:
        import hnswlib  # noqa: F401
    except ImportError as error:
        return msg("hnswlib cannot be loaded ({reason}): the exact index answers, more slowly.", reason=str(error))
    return None


class HnswIndex:
    """Implements `VectorIndex`. Used from one thread at a time; lives in memory until `save`.

    `exact` opens the exact index over the same vectors, for the rare query that the graph cannot answer.
    `threads` build the graph (0: all cores); only one gives the same graph each time.
    """

    def __init__(
        self, folder: Path, settings: IndexSettings, exact: Callable[[], VectorIndex], *, threads: int = 0
    ) -> None:
        self._exact = exact
        self._settings = settings
        self._graph = _Graph(folder, settings, threads or cores())

    def __len__(self) -> int:
        return len(self._graph)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Live ids, ascending, `[n]`. Walks the whole graph: for tests and `doctor`."""
        return self._graph.live_ids()

    def missing(self, source: VectorSource) -> int:
        """How many vectors `sync` would have to add; all of them where it would build anew. Loads nothing."""
        return self._graph.missing(source)

    def sync(
        self, source: VectorSource, watcher: Watcher | None = None, cancellation: Cancellation | None = None
    ) -> Synced:
        """Bring the graph to where `source` is, in memory. Raises OurBug where the source gives NaN."""
        return synchronise(
            self._graph,
            source,
            dead_share=self._settings.rebuild_deleted_share,
            watcher=watcher or Silent(),
            cancellation=cancellation or Cancellation(),
        )

    def save(self) -> bool:
        """Write the graph, if it changed since it was read or saved; says whether it did. Rewrites the whole file:
        for the end of a run or a timer, not for each batch. Raises DiskFull, EnvironmentFault.
        """
        return self._graph.save()

    @staticmethod
    def verify(folder: Path, settings: IndexSettings, source: VectorSource) -> None:
        """Raise Damaged where there is a graph on disk that does not serve this source."""
        if (folder / f"{_KIND}.json").exists():
            _Graph(folder, settings, threads=1).verify(source)

    def search(self, query: NDArray[np.float32], k: int) -> Found:
        """As in `VectorIndex`; of the `k` best, a share is found that grows with `ef_search`."""
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = self._graph.nearest(unit(query), k)
        return self._exact().search(query, k) if found is None else found


class _GraphManifest(Manifest):
    m: int
    ef_construction: int
    graph: Extent
    dead: tuple[int, ...]  # ids marked deleted: hnswlib does not tell them


class _Graph:
    """hnswlib's index with the bookkeeping that it lacks: implements `Cache`."""

    def __init__(self, folder: Path, settings: IndexSettings, threads: int) -> None:
        self._folder = folder
        self._path = folder / f"{_KIND}.json"
        self._settings = settings
        self._threads = threads
        self._hnsw: Any = None  # hnswlib.Index, once loaded or begun
        self._dead = np.empty(0, np.int64)  # ascending
        self._saved: Stamp | None = None
        self.stamp: Stamp | None = None

    def __len__(self) -> int:
        return self.stamp.count if self.stamp else 0

    @property
    def dead_share(self) -> float:
        elements: int = self._hnsw.element_count
        return len(self._dead) / max(elements, 1)

    def live_ids(self) -> NDArray[np.int64]:
        return np.setdiff1d(self._labels(), self._dead, assume_unique=True)

    def missing(self, source: VectorSource) -> int:
        try:
            stamp = check(self.stamp, source) if self.stamp else self._fitting(source).stamp
        except Damaged:
            return source.stamp().count
        return source.stamp().count - source.count(stamp.last_id)

    def load(self, source: VectorSource) -> None:
        if self.stamp is not None:
            return
        manifest = self._fitting(source)
        path = self._folder / f"{manifest.name}.bin"
        manifest.graph.check(path)
        hnsw = self._new(manifest.dimension)
        try:
            hnsw.load_index(os.fsencode(path), allow_replace_deleted=True)
        except RuntimeError as error:  # whole, but of an hnswlib with another layout
            raise Damaged(msg("The file {name} cannot be read: {reason}", name=path.name, reason=str(error))) from error
        self._hnsw = hnsw
        self._dead = np.array(manifest.dead, np.int64)
        self.stamp = self._saved = manifest.stamp

    def verify(self, source: VectorSource) -> None:
        manifest = self._fitting(source)
        manifest.graph.check(self._folder / f"{manifest.name}.bin")

    def _fitting(self, source: VectorSource) -> _GraphManifest:
        """The manifest on disk. Raises Damaged where it does not serve: before hundreds of megabytes are read."""
        manifest = _GraphManifest.read(self._path)
        if manifest is None:
            raise Damaged(msg("There was none yet."))
        if manifest.dimension != source.dimension:
            raise Damaged(msg("It was made for vectors of another length."))
        if (manifest.m, manifest.ef_construction) != (self._settings.m, self._settings.ef_construction):
            raise Damaged(msg("It was built with other settings."))
        check(manifest.stamp, source)
        return manifest

    def restart(self, source: VectorSource, stamp: Stamp) -> None:
        hnsw = self._new(source.dimension)
        hnsw.init_index(
            max_elements=max(int(source.stamp().count * _SPARE), 1024),
            M=self._settings.m,
            ef_construction=self._settings.ef_construction,
            random_seed=_SEED,
            allow_replace_deleted=True,
        )
        self._hnsw = hnsw
        self._dead = np.empty(0, np.int64)
        self.stamp, self._saved = stamp, None

    def retain(self, ids: NDArray[np.int64]) -> int:
        labels = self._labels()
        if self.stamp is None or np.isin(ids, self._dead).any() or not np.isin(ids, labels).all():
            raise Damaged(msg("It lacks photos that the library has."))
        dead = np.setdiff1d(labels, ids, assume_unique=True)
        gone = np.setdiff1d(dead, self._dead, assume_unique=True)
        for label in gone:
            self._hnsw.mark_deleted(label)
        self._dead = dead
        self.stamp = replace(self.stamp, count=len(ids))
        return len(gone)

    def append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32], stamp: Stamp) -> None:
        places = min(len(self._dead), len(ids), _REPLACED_AT_ONCE)
        if places:
            # One thread: hnswlib overwrites a vector in place while other threads may compare with it.
            self._hnsw.add_items(vectors[:places], ids[:places], num_threads=1, replace_deleted=True)
            self._dead = np.intersect1d(self._dead, self._labels(), assume_unique=True)
        if places < len(ids):
            needed = self._hnsw.element_count + len(ids) - places
            if needed > self._hnsw.max_elements:
                self._hnsw.resize_index(int(needed * _SPARE))
            self._hnsw.add_items(vectors[places:], ids[places:], num_threads=self._threads)
        self.stamp = stamp

    def seal(self, stamp: Stamp) -> None:
        self.stamp = stamp

    def save(self) -> bool:
        if self.stamp is None or self.stamp == self._saved:
            return False
        name = fresh_name(_KIND)
        try:
            with replacing(self._folder / f"{name}.bin", durable=False) as part:
                self._hnsw.save_index(os.fsencode(part))
                written = checksum(part)
                if written.size != self._hnsw.index_file_size():
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._manifest(name, written, self.stamp).write(self._path)
        except OSError as error:
            raise _fault(error, self._folder) from error
        self._saved = self.stamp
        sweep(self._folder, _KIND, keep=name)
        return True

    def nearest(self, query: NDArray[np.float32], k: int) -> Found | None:
        """The `k` best that the graph finds; None where it cannot reach so many."""
        self._hnsw.set_ef(max(self._settings.ef_search, 2 * k))
        try:
            labels, distances = self._hnsw.knn_query(query, k=k, num_threads=1)
        except RuntimeError:
            return None
        return best(labels[0].astype(np.int64), 1 - distances[0], k)

    def _labels(self) -> NDArray[np.int64]:
        return np.sort(np.array(self._hnsw.get_ids_list(), np.int64))

    def _manifest(self, name: str, graph: Extent, stamp: Stamp) -> _GraphManifest:
        return _GraphManifest(
            name=name,
            dimension=self._hnsw.dim,
            stamp=stamp,
            m=self._settings.m,
            ef_construction=self._settings.ef_construction,
            graph=graph,
            dead=tuple(self._dead.tolist()),
        )

    @staticmethod
    def _new(dimension: int) -> Any:
        import hnswlib

        # "ip", not "cosine": our vectors have unit length already, and `unit` is the same for both indexes.
        return hnswlib.Index(space="ip", dim=dimension)


def _fault(error: OSError, folder: Path) -> EnvironmentFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(msg("The disk is full: the search index was not saved."), msg("Free some space."), str(folder))
    return EnvironmentFault(
        msg("The search index cannot be saved: {reason}", reason=error.strerror or str(error)),
        msg("Make the library's folder writable."),
        str(folder),
    )
