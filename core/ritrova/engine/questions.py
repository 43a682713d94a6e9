"""From what a person looks for to photos: words and photos become one vector, refined by "more" and "less"."""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from ritrova.browsing.browser import Answer
from ritrova.engine.query import PhotoRef, Query
from ritrova.errors import ModelError, UsageError
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.library import Library
from ritrova.photo import Filters
from ritrova.search import Vector
from ritrova.store.albums import albums
from ritrova.text import msg

MORE, LESS = 0.75, 0.25
"""Rocchio's weights, beside 1 for what was asked."""

_KEPT = 256


@dataclass(frozen=True, slots=True)
class Meant:
    """A query as vectors: `vector` is None where there is nothing to be near to."""

    vector: Vector | None
    filters: Filters
    but: tuple[bytes, ...]  # contents that would only find themselves


@dataclass(frozen=True, slots=True)
class Asked:
    """A search and its answer."""

    search: int  # the request's id
    query: Query
    answer: Answer


class Questions:
    """Answers queries, and keeps what was encoded, for a person changes one thing at a time."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._vectors: OrderedDict[object, tuple[bytes, Vector]] = OrderedDict()
        self._decoder: SandboxedDecoder | None = None
        self._turn = threading.Lock()
        self.last: Asked | None = None  # the newest search, for its folds

    def answer(self, query: Query) -> tuple[Query, Answer]:
        """What is meant, and the photos that fit. Raises UsageError, ModelError."""
        query = self._meaning(query)
        meant = self._meant(query)
        browser = self._library.browser
        if meant.vector is None:
            return query, browser.listed(meant.filters, query.order, fold=query.fold)
        bank = self._library.encoder.bank
        return query, browser.ranked(meant.vector, meant.filters, query.order, bank, fold=query.fold, but=meant.but)

    def forget(self) -> None:
        """The model is another one now."""
        with self._turn:
            self._vectors.clear()

    def close(self) -> None:
        """Give up on a photo that is being decoded."""
        decoder = self._decoder
        if decoder is not None:
            decoder.interrupt()

    def _meaning(self, query: Query) -> Query:
        """A saved search stands for what it asks; what is asked beside it is asked of what it finds by its filters."""
        if query.scope.kind != "album":
            return query
        saved = next((each.query for each in albums(self._library.store) if each.id == query.scope.album), None)
        if saved is None:
            return query
        inner = Query.model_validate_json(saved)
        asked: dict[str, object] = {"order": query.order, "fold": query.fold, "more": query.more, "less": query.less}
        if query.text or query.photos:
            asked |= {"text": query.text, "photos": query.photos}
        if query.filters.any:
            asked["filters"] = query.filters
        return inner.model_copy(update=asked)

    def _meant(self, query: Query) -> Meant:
        asked: list[Vector] = []
        but: list[bytes] = []
        text = query.text.strip()
        if text:
            asked.append(self._text(text))
        for photo in query.photos:
            content, shown = self._photo(photo)
            asked.append(shown)
            if photo.content is not None:
                but.append(content)
        vector = _sum(asked)
        if query.more:
            vector = _plus(vector, MORE, [self._content(each) for each in query.more])
        if query.less:
            vector = _plus(vector, -LESS, [self._content(each) for each in query.less])
            but.extend(query.less)
        if vector is not None:
            unit: Vector = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
            return Meant(unit, _scoped(query), tuple(but))
        return Meant(None, _scoped(query), tuple(but))

    def _text(self, text: str) -> Vector:
        found = self._kept(("text", text))
        if found is None:
            found = b"", self._library.encoder.encode_texts([text])[0]
            self._keep(("text", text), found)
        return found[1]

    def _photo(self, photo: PhotoRef) -> tuple[bytes, Vector]:
        if photo.content is not None:
            return photo.content, self._content(photo.content)
        assert photo.path is not None
        try:
            status = os.stat(photo.path)
        except (OSError, ValueError) as error:
            raise UsageError(msg("The photo is no longer there."), None, photo.path) from error
        key = ("photo", photo.path, status.st_mtime_ns, status.st_size)
        found = self._kept(key)
        if found is None:
            with self._library.new_decoder() as decoder:
                self._decoder = decoder
                found = self._library.vector_of_file(photo.path, decoder)
            self._keep(key, found)
        return found

    def _content(self, content: bytes) -> Vector:
        vector = self._library.vector_of(content)
        if vector is None:
            raise ModelError(
                msg("The model has not seen this photo yet."), msg("Wait until indexing is done, then try again.")
            )
        return vector

    def _kept(self, key: object) -> tuple[bytes, Vector] | None:
        with self._turn:
            if key in self._vectors:
                self._vectors.move_to_end(key)
                return self._vectors[key]
        return None

    def _keep(self, key: object, found: tuple[bytes, Vector]) -> None:
        with self._turn:
            self._vectors[key] = found
            while len(self._vectors) > _KEPT:
                self._vectors.popitem(last=False)


def _scoped(query: Query) -> Filters:
    """The filters, with the scope as one of them."""
    match query.scope.kind:
        case "favourites":
            return replace(query.filters, favourites=True)
        case "album":
            return replace(query.filters, album=query.scope.album)
        case _:
            return query.filters


def _sum(vectors: list[Vector]) -> Vector | None:
    """The direction between unit vectors; None of none."""
    if not vectors:
        return None
    total: Vector = np.sum(vectors, axis=0)
    length = float(np.linalg.norm(total))
    return total / length if length > 0 else total


def _plus(vector: Vector | None, weight: float, others: list[Vector]) -> Vector:
    """With the mean of others added."""
    mean: Vector = weight * np.mean(others, axis=0)
    return mean if vector is None else vector + mean
