"""The texts that a model answers best and worst, with what it shows for them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritrova_trainer.evaluation.gallery import Gallery

SHOWN = 4  # photos of an answer


@dataclass(frozen=True, slots=True)
class Shown:
    """One photo of an answer."""

    photo: str
    score: float  # cosine
    own: bool  # the one that the text was written of


@dataclass(frozen=True, slots=True)
class Example:
    """One text and its answer."""

    text: str
    rank: int  # of its own photo, from 1
    own: Shown
    first: tuple[Shown, ...]  # the best photos, best first


@dataclass(frozen=True, slots=True)
class Examples:
    """At most one text a photo, most telling first."""

    best: tuple[Example, ...]  # own photo first, and far ahead of the next
    worst: tuple[Example, ...]  # own photo last


def examples(
    gallery: Gallery,
    texts: NDArray[np.float32],
    photos: NDArray[np.float32],
    ranks: NDArray[np.int64],
    rows: NDArray[np.int64],
    *,
    count: int,
) -> Examples:
    """`count` of each among the texts `rows`; `texts` `[n, d]`, `photos` `[m, d]` and `ranks` `[n]` are of the whole
    gallery."""
    # Only what is first can be best: how far ahead it is, is looked at for these alone.
    firsts = rows[ranks[rows] == 1]
    by_lead = firsts[np.argsort(-_leads(gallery, texts, photos, firsts), kind="stable")]
    by_rank = rows[np.argsort(-ranks[rows], kind="stable")]
    missed = by_rank[ranks[by_rank] > 1]

    def example(row: int) -> Example:
        scores = photos @ texts[row]
        best = np.argsort(-scores, kind="stable")[:SHOWN].tolist()
        own = int(gallery.own[row])
        return Example(
            text=gallery.texts[row],
            rank=int(ranks[row]),
            own=Shown(gallery.photos[own], float(scores[own]), True),
            first=tuple(Shown(gallery.photos[place], float(scores[place]), place == own) for place in best),
        )

    return Examples(
        best=tuple(example(row) for row in _one_a_photo(by_lead, gallery.own, count)),
        worst=tuple(example(row) for row in _one_a_photo(missed, gallery.own, count)),
    )


def _leads(
    gallery: Gallery, texts: NDArray[np.float32], photos: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How far the own photo's score is above the best other's, `[len(rows)]`."""
    leads = np.empty(len(rows))
    for place, row in enumerate(rows.tolist()):
        scores = photos @ texts[row]
        own = scores[gallery.own[row]]
        scores[gallery.own[row]] = -np.inf
        leads[place] = own - scores.max()
    return leads


def _one_a_photo(rows: NDArray[np.int64], own: NDArray[np.int64], count: int) -> list[int]:
    first_of: dict[int, int] = {}
    for row in rows.tolist():
        first_of.setdefault(int(own[row]), row)
        if len(first_of) == count:
            break
    return list(first_of.values())
