"""From a query vector to photos: which index answers, filters, and how unusual a match is."""

import math
import threading
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import psutil
from numpy.typing import NDArray

from ritrova.index import hnsw
from ritrova.index.choose import Choice, choose
from ritrova.index.cosine import cosines
from ritrova.index.exact import ExactIndex
from ritrova.index.hnsw import HnswIndex
from ritrova.paths import LibraryPaths
from ritrova.photo import Filters, Hit
from ritrova.progress import Cancellation, Watcher
from ritrova.settings import IndexSettings
from ritrova.store.searching import Found, matching, photos
from ritrova.store.store import Store
from ritrova.store.vectors import StoredVectors

Vector = NDArray[np.float32]
Candidates = Iterator[tuple[NDArray[np.int64], Vector]]

_DOUBT = 0.12
_CLOSE = 0.05  # of unrelated photos
"""Of `probably_absent`: benchmarks/absent.py measures what other values would do."""

NARROW = 2_000
"""Up to so many photos behind a filter, their vectors are compared one by one; beyond, the filter is checked
on the best matches, chunk by chunk, until enough of them pass."""


class Indexes:
    """The indexes of one model in one library, opened when first needed.

    `turn` is held by whoever uses or refreshes them while other threads may.
    """

    def __init__(self, paths: LibraryPaths, settings: IndexSettings, source: StoredVectors, *, write: bool) -> None:
        self._folder = paths.index / source.model
        self.settings = settings
        self._write = write
        self.source = source
        self.turn = threading.RLock()

    @cached_property
    def count(self) -> int:
        """Photos that the model has seen."""
        return self.source.stamp().count

    def choice(self, *, filtered: bool) -> Choice:
        """Which index answers now, and why."""
        return self._choose(filtered=filtered, missing=self._missing)

    @cached_property
    def _missing(self) -> int:
        """Photos that the graph on disk lacks: it is not built while a person waits for an answer."""
        if self.count <= self.settings.exact_up_to:
            return 0
        return HnswIndex(self._folder, self.settings, lambda: self.exact).missing(self.source)

    @cached_property
    def exact(self) -> ExactIndex:
        index = ExactIndex(self._folder, writable=self._write)
        index.sync(self.source)
        return index

    @cached_property
    def graph(self) -> HnswIndex:
        index = HnswIndex(self._folder, self.settings, lambda: self.exact)
        index.sync(self.source)
        return index

    def refresh(self, watcher: Watcher | None = None, cancellation: Cancellation | None = None) -> None:
        """Take what the store has gained and lost; the exact index alone, which takes no time for a few photos."""
        with self.turn:
            self.exact.sync(self.source, watcher, cancellation)
            for fact in ("count", "_missing", "graph"):
                self.__dict__.pop(fact, None)

    def bring_up_to_date(self, watcher: Watcher, cancellation: Cancellation, *, graph: bool = True) -> None:
        """Refresh, and keep it on disk: at the end of an indexing run. The `graph` only where it may answer."""
        self.refresh(watcher, cancellation)
        if graph and self._choose(filtered=False, missing=0).kind == "hnsw":  # now there is time to build
            exact = ExactIndex(self._folder, writable=False)  # of its own: building takes long
            exact.sync(self.source, watcher, cancellation)
            built = HnswIndex(self._folder, self.settings, lambda: exact)
            built.sync(self.source, watcher, cancellation)
            built.save()

    def _choose(self, *, filtered: bool, missing: int) -> Choice:
        return choose(
            self.settings,
            count=self.count,
            dimension=self.source.dimension,
            free_bytes=psutil.virtual_memory().available,
            filtered=filtered,
            unavailable=hnsw.available() if self.count > self.settings.exact_up_to else None,
            missing=missing,
        )


class Searcher:
    """Answers queries that are vectors already."""

    def __init__(self, store: Store, indexes: Indexes, bank: Vector | None) -> None:
        self._store = store
        self._indexes = indexes
        self._bank = bank

    def nearest(self, query: Vector, filters: Filters, top: int, *, but: bytes | None = None) -> list[Hit]:
        """The `top` photos nearest to the unit vector `query` `[d]`, best first; never the content `but`."""
        if self._indexes.count == 0 or top < 1:
            return []
        hits: list[Hit] = []
        strengths = Strengths(self._bank, query)
        for ids, scores in in_growing_parts(self._candidates(query, filters, top), enough_for(top)):
            found = photos(self._store, ids.tolist(), filters)
            for embedding_id, score in zip(ids.tolist(), scores.tolist(), strict=True):
                photo = found.get(embedding_id)
                if photo is not None and photo.hash != but:
                    hits.append(_hit(len(hits) + 1, photo, score, strengths(score)))
                    if len(hits) == top:
                        return hits
        return hits

    def _candidates(self, query: Vector, filters: Filters, top: int) -> Candidates:
        """Embeddings, best first, in chunks that do not overlap. Some may have no file any more, or fail a filter."""
        if filters.any:
            ids = matching(self._store, self._indexes.source.model_id, filters, NARROW)
            if ids is not None:
                yield self._indexes.exact.search_among(query, np.array(ids, np.int64), len(ids))
                return
        if self._indexes.choice(filtered=filters.any).kind == "hnsw":
            ids_, scores = self._indexes.graph.search(query, enough_for(top))
            yield ids_, scores
            if len(ids_) >= self._indexes.count:
                return
            # Rare: most of the best matches are photos that are gone. The exact ranking takes over.
            for more, more_scores in self._indexes.exact.ranked(query):
                new = ~np.isin(more, ids_)
                yield more[new], more_scores[new]
            return
        yield from self._indexes.exact.ranked(query)


def enough_for(top: int) -> int:
    """So many candidates hold `top` photos, when there are no conditions and few photos are gone."""
    return 2 * top + 16


def in_growing_parts(candidates: Iterable[tuple[NDArray[np.int64], Vector]], first: int) -> Candidates:
    """The same candidates, `first` of them, then four times as many, and so on.

    Fetching a photo from the store costs more than comparing a thousand vectors: as few as possible are.
    """
    size = first
    for ids, scores in candidates:
        start = 0
        while start < len(ids):
            yield ids[start : start + size], scores[start : start + size]
            start += size
            size *= 4


class Strengths:
    """Turns a score into the share of the reference bank that fits this query less well, 0 to 1."""

    def __init__(self, bank: Vector | None, query: Vector) -> None:
        self._scores = None if bank is None else np.sort(cosines(bank, query))

    def __call__(self, score: float) -> float | None:
        if self._scores is None:
            return None
        return float(np.searchsorted(self._scores, score) / len(self._scores))

    def of(self, scores: Vector) -> NDArray[np.float64] | None:
        """Of many scores at once."""
        return None if self._scores is None else np.searchsorted(self._scores, scores) / len(self._scores)

    @property
    def close(self) -> float:
        """The score from which on a photo counts as one that fits, in an order that is not by score; -1 without a bank.

        Better than all but 5 % of unrelated photos: so fits the own photo of 99 % of the sentences, 96 % of the short
        queries that the bundled model never saw (2,586 validation photos).
        """
        if self._scores is None:
            return -1.0
        return float(self._scores[int(len(self._scores) * (1 - _CLOSE))])

    def miss(self, best: float, compared: int) -> bool:
        """Whether what was asked for is probably not among the `compared` photos, the best of which has this score."""
        strength = self(best)
        if self._scores is None or strength is None:
            return False
        return probably_absent(strength, compared, len(self._scores))


def probably_absent(strength: float, compared: int, bank: int) -> bool:
    """Whether the photo that a sentence means is probably not among the `compared` ones (1 or more).

    `strength` is that of the best of them, by a reference bank of `bank` photos. The more photos are compared, the
    better the best of them fits by chance: the share of the bank that fits at least as well, and so makes the answer
    doubtful, falls with the square root of their number. One photo of the bank alone says nothing in any case.

    Measured with the bundled model on captions that it never saw, in libraries of 10 to 1,250 photos: where the photo
    is there, it is said of at most 1.8 % of the sentences and 4.6 % of the short queries; where nothing related is
    there, of 68 to 87 % (docs/evaluation.md). Of large libraries it is said seldom: there something always comes close.
    """
    return 1 - strength >= max(_DOUBT / math.sqrt(compared), 1.5 / bank)


def _hit(rank: int, photo: Found, score: float, strength: float | None) -> Hit:
    return Hit(
        rank=rank,
        path=photo.path,
        score=score,
        strength=strength,
        taken_at=photo.taken_at,
        width=photo.width,
        height=photo.height,
        content=photo.hash,
    )
