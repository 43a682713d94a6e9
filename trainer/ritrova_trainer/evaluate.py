"""How well texts find their photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritrova_trainer.data import Pair

TextEncoder = Callable[[Sequence[str]], NDArray[np.float32]]
"""`n` texts to unit vectors `[n, d]`."""

KINDS = ("sentence", "other view", "short query")
"""The captions of a photo, by their place in the data."""

CHUNK = 1024  # texts scored at a time: bounds the memory whatever the gallery's size


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Photos found by text in one gallery. Every figure is a mean over the texts, 0 to 1."""

    texts: int  # how many
    gallery: int  # photos searched
    recall_1: float
    recall_5: float
    recall_10: float
    mrr_10: float  # 1/rank within the first ten, else 0

    @staticmethod
    def of(ranks: NDArray[np.int64], gallery: int) -> "Retrieval":
        """From the rank of each text's own photo, counted from 1."""
        return Retrieval(
            texts=len(ranks),
            gallery=gallery,
            recall_1=float((ranks <= 1).mean()),
            recall_5=float((ranks <= 5).mean()),
            recall_10=float((ranks <= 10).mean()),
            mrr_10=float(np.where(ranks <= 10, 1 / ranks, 0).mean()),
        )


FIGURES = ("recall_1", "recall_5", "recall_10", "mrr_10")


def ranks_of_own(texts: NDArray[np.float32], gallery: NDArray[np.float32], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rank, from 1, of photo `own[i]` of the gallery `[m, d]` for text `i` of `[n, d]`.

    A photo of equal score counts as ranked before: a model that gives every photo the same vector finds nothing.
    """
    ranks = np.empty(len(texts), np.int64)
    for start in range(0, len(texts), CHUNK):
        rows = slice(start, start + CHUNK)
        scores = texts[rows] @ gallery.T
        own_scores = np.take_along_axis(scores, own[rows, None], axis=1)
        ranks[rows] = (scores >= own_scores).sum(axis=1)
    return ranks


def retrieval(pairs: Sequence[Pair], gallery: NDArray[np.float32], encode: TextEncoder) -> dict[str, Retrieval]:
    """Figures for each kind of caption of `pairs`; `gallery` `[m, d]` holds their photos' unit vectors, in order."""
    figures = {}
    for place, kind in enumerate(KINDS):
        own = [row for row, pair in enumerate(pairs) if len(pair.captions) > place]
        if own:
            vectors = encode([pairs[row].captions[place] for row in own])
            figures[kind] = Retrieval.of(ranks_of_own(vectors, gallery, np.array(own)), len(gallery))
    return figures
