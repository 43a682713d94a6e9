"""Answers what a window asks: all photos that fit, ranked, as columns that are handed out in parts."""

import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ritrova.browsing.catalogue import Catalogue, Interned
from ritrova.browsing.folding import HEAD, groups_along, groups_among
from ritrova.browsing.keywords import Keywords
from ritrova.photo import Filters
from ritrova.search import Indexes, Strengths, Vector
from ritrova.store import browsing
from ritrova.store.albums import order_of
from ritrova.store.searching import passing
from ritrova.store.store import Store

Order = Literal["relevance", "newest", "oldest"]
LEAST = 20
"""So many photos come close in any case."""
_MASKS = 8  # filters whose photos are remembered: while a person types, the filters stay


@dataclass(frozen=True)
class Answer:
    """Photos that fit, in their order: row numbers of `catalogue`."""

    catalogue: Catalogue
    rows: NDArray[np.int64]
    scores: NDArray[np.float32] | None = None  # of all rows of the catalogue
    strengths: Strengths | None = None
    missed: bool = False  # what was asked for is probably not there, if it was asked for by words alone
    folds: dict[int, NDArray[np.int64]] = field(default_factory=dict)  # row -> all rows of its tile, best first

    def __len__(self) -> int:
        return len(self.rows)

    def strengths_of(self, rows: NDArray[np.int64]) -> list[float | None]:
        """0 to 1, by row; None where nothing was compared."""
        if self.scores is None or self.strengths is None:
            return [None] * len(rows)
        found = self.strengths.of(self.scores[rows])
        return [None] * len(rows) if found is None else [round(float(each), 4) for each in found]

    def fold_of(self, content: bytes) -> NDArray[np.int64]:
        """All rows of the tile that this content stands for."""
        wanted = np.frombuffer(content, np.uint8)
        for row, rows in self.folds.items():
            if (self.catalogue.hashes[row] == wanted).all():
                return rows
        return np.flatnonzero((self.catalogue.hashes == wanted).all(1))


class Browser:
    """The photos of one library as one model sees them. For any thread."""

    def __init__(self, store: Store, indexes: Indexes) -> None:
        self._store = store
        self._indexes = indexes
        self._interned = Interned()
        self._turn = threading.Lock()
        self._masks: OrderedDict[tuple[Filters, int], NDArray[np.bool_]] = OrderedDict()
        self._catalogue: Catalogue | None = None
        self.keywords = Keywords(store)
        self._places: tuple[NDArray[np.int64], Catalogue, NDArray[np.int64]] | None = None

    @property
    def catalogue(self) -> Catalogue:
        """What is known now; read from the store at first."""
        found = self._catalogue
        return self.reload() if found is None else found

    def reload(self) -> Catalogue:
        """Read everything again: photos went, came back or moved."""
        with self._turn:
            rows = [row for page in browsing.rows(self._store, self._indexes.source.model_id) for row in page]
            self._catalogue = Catalogue.of(rows, self._interned)
            self._masks.clear()
            self.keywords.forget()
            return self._catalogue

    def refresh(self) -> None:
        """Take what indexing has added since."""
        self.keywords.expect_more()
        with self._turn:
            if self._catalogue is None:
                return
            since = {
                "content": int(self._catalogue.contents[-1]) if len(self._catalogue) else 0,
                "embedding": int(self._catalogue.embeddings.max(initial=0)),
            }
            self._merge("new", **since)
        self._indexes.refresh()

    def update(self, hashes: Collection[bytes]) -> None:
        """Read again what is said of some contents."""
        with self._turn:
            self._masks.clear()
            self.keywords.forget()
            if self._catalogue is None:
                return
            ids = self._catalogue.contents[self._catalogue.rows_with(hashes)]
            self._merge("these", ids=json.dumps(ids.tolist()))

    def remove(self, contents: Sequence[int]) -> None:
        """Some contents have no present file any more."""
        with self._turn:
            if self._catalogue is not None:
                self._catalogue = self._catalogue.without(np.array(contents, np.int64))
                self._masks.clear()
            self.keywords.forget()

    def forget_masks(self) -> None:
        """What filters let pass may be different now."""
        with self._turn:
            self._masks.clear()

    def listed(self, filters: Filters, order: Order, *, fold: bool) -> Answer:
        """The photos that pass, by date; an album in its own order, unless another is asked for."""
        catalogue = self.catalogue
        if filters.album is not None and order == "relevance":
            return Answer(catalogue, self._in_album_order(catalogue, filters))
        rows = catalogue.oldest_first if order == "oldest" else catalogue.newest_first
        mask = self._mask(catalogue, filters)
        if mask is not None:
            rows = rows[mask[rows]]
        return self._folded(Answer(catalogue, rows), along=True) if fold else Answer(catalogue, rows)

    def ranked(
        self,
        query: Vector,
        filters: Filters,
        order: Order,
        bank: Vector | None,
        *,
        fold: bool,
        but: Collection[bytes] = (),
    ) -> Answer:
        """The photos that pass and that the model has seen, nearest to the unit vector `query` `[d]` first.

        In order of date only those that come close: what has nothing to do with the query would lie between them.
        """
        catalogue = self.catalogue
        scores = self._scores(catalogue, query)
        fits = scores > -np.inf
        mask = self._mask(catalogue, filters)
        if mask is not None:
            fits &= mask
        strengths = Strengths(bank, query)
        for content in but:
            fits &= ~(catalogue.hashes == np.frombuffer(content, np.uint8)).all(1)
        if order == "relevance":
            rows = np.flatnonzero(fits)
            rows = rows[_best_first(scores[rows])]
        else:
            rows = catalogue.oldest_first if order == "oldest" else catalogue.newest_first
            rows = rows[(fits & (scores >= min(strengths.close, _last_of(scores[fits], LEAST))))[rows]]
        missed = len(rows) > 0 and strengths.miss(float(scores[fits].max()), len(rows))
        answer = Answer(catalogue, rows, scores, strengths, missed)
        return self._folded(answer, along=order != "relevance") if fold else answer

    def _scores(self, catalogue: Catalogue, query: Vector) -> NDArray[np.float32]:
        """The cosine of each row; minus infinity where the model has not seen it."""
        with self._indexes.turn:
            ids, found = self._indexes.exact.compared(query)
        scores: NDArray[np.float32] = np.append(found, np.float32(-np.inf))[self._places_in(ids, catalogue)]
        return scores

    def _places_in(self, ids: NDArray[np.int64], catalogue: Catalogue) -> NDArray[np.int64]:
        """Where in `ids` each row's embedding is; -1 for nowhere. While a person types, both stay what they are."""
        kept = self._places
        if kept is None or kept[0] is not ids or kept[1] is not catalogue:
            places = np.searchsorted(ids, catalogue.embeddings)
            places[np.append(ids, 0)[places] != catalogue.embeddings] = -1
            places[catalogue.embeddings == 0] = -1
            self._places = kept = (ids, catalogue, places)
        return kept[2]

    def _mask(self, catalogue: Catalogue, filters: Filters) -> NDArray[np.bool_] | None:
        if not filters.any:
            return None
        key = (filters, id(catalogue))
        with self._turn:
            if key in self._masks:
                self._masks.move_to_end(key)
                return self._masks[key]
        mask = np.zeros(len(catalogue), bool)
        mask[catalogue.rows_of(np.array(passing(self._store, filters), np.int64))] = True
        with self._turn:
            if catalogue is self._catalogue:
                self._masks[key] = mask
                while len(self._masks) > _MASKS:
                    self._masks.popitem(last=False)
        return mask

    def _in_album_order(self, catalogue: Catalogue, filters: Filters) -> NDArray[np.int64]:
        assert filters.album is not None
        mask = self._mask(catalogue, filters)
        assert mask is not None
        rows = np.flatnonzero(mask)
        position = {content: i for i, content in enumerate(order_of(self._store, filters.album))}
        places = [position.get(catalogue.hashes[row].tobytes(), len(position)) for row in rows]
        return rows[np.argsort(np.array(places, np.int64), kind="stable")]

    def _folded(self, answer: Answer, *, along: bool) -> Answer:
        catalogue, rows = answer.catalogue, answer.rows
        if along:
            group = groups_along(catalogue, rows, lambda some: self._vectors(catalogue, some))
        else:
            head = rows[:HEAD]
            group = np.arange(len(rows))
            group[: len(head)] = groups_among(catalogue, head, self._vectors(catalogue, head))
        first = group == np.arange(len(rows))
        if first.all():
            return answer
        folds: dict[int, list[int]] = {}
        for place in np.flatnonzero(~first):
            lead = int(rows[group[place]])
            folds.setdefault(lead, [lead]).append(int(rows[place]))
        arrays = {row: np.array(others, np.int64) for row, others in folds.items()}
        return replace(answer, rows=rows[first], folds=arrays)

    def _vectors(self, catalogue: Catalogue, rows: NDArray[np.int64]) -> Vector:
        with self._indexes.turn:
            return self._indexes.exact.vectors_of(catalogue.embeddings[rows])

    def _merge(self, which: Literal["new", "these"], **values: object) -> None:
        assert self._catalogue is not None
        pages = browsing.rows(self._store, self._indexes.source.model_id, which, **values)
        newer = Catalogue.of([row for page in pages for row in page], self._interned)
        if len(newer):
            self._catalogue = self._catalogue.merged(newer)
            self._masks.clear()


def _last_of(scores: NDArray[np.float32], most: int) -> float:
    """The least of the `most` highest scores."""
    if len(scores) <= most:
        return -np.inf
    return float(np.partition(scores, len(scores) - most)[len(scores) - most])


def _best_first(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Positions by falling score, equal ones in their order.

    Scores and positions are sorted as one whole number each, which takes a sixth of the time of a stable `argsort`.
    """
    bits = (-scores).view(np.int32)
    keys = np.where(bits < 0, bits ^ 0x7FFFFFFF, bits).astype(np.int64) << 32  # whole numbers in the floats' order
    keys |= np.arange(len(scores))
    keys.sort()
    return keys & 0xFFFFFFFF
