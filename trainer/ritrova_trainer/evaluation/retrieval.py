"""The figures that a model is published with: each kind of caption against the whole gallery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ritrova_trainer.evaluation.ranks import found, ranks_of_own, reciprocal

TextEncoder = Callable[[Sequence[str]], NDArray[np.float32]]
"""`n` texts to unit vectors `[n, d]`."""

KINDS = ("sentence", "other view", "short query")
"""The captions of a photo, by their place in the data."""


class Captioned(Protocol):
    """A photo that people said something of."""

    @property
    def captions(self) -> tuple[str, ...]: ...


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
            recall_1=float(found(ranks, 1).mean()),
            recall_5=float(found(ranks, 5).mean()),
            recall_10=float(found(ranks, 10).mean()),
            mrr_10=float(reciprocal(ranks, 10).mean()),
        )


FIGURES = ("recall_1", "recall_5", "recall_10", "mrr_10")


def retrieval(pairs: Sequence[Captioned], gallery: NDArray[np.float32], encode: TextEncoder) -> dict[str, Retrieval]:
    """Figures for each kind of caption of `pairs`; `gallery` `[m, d]` holds their photos' unit vectors, in order."""
    figures = {}
    for place, kind in enumerate(KINDS):
        own = [row for row, pair in enumerate(pairs) if len(pair.captions) > place]
        if own:
            vectors = encode([pairs[row].captions[place] for row in own])
            figures[kind] = Retrieval.of(ranks_of_own(vectors, gallery, np.array(own)), len(gallery))
    return figures
