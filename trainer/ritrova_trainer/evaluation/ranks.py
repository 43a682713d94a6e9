"""Where the right answer stands among all answers, and what that rank is worth.

The published protocol: a text's reciprocal rank is 1/rank when its photo is among the first K, else 0; figures are
means over the texts.
"""

import numpy as np
from numpy.typing import NDArray

CUTS = (1, 5, 10)
"""The K of MRR@K and recall@K."""

_CHUNK = 1024  # texts scored at a time: bounds the memory whatever the gallery's size


def ranks_of_own(texts: NDArray[np.float32], gallery: NDArray[np.float32], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rank, from 1, of photo `own[i]` of the gallery `[m, d]` for text `i` of `[n, d]`.

    A photo of equal score counts as ranked before: a model that gives every photo the same vector finds nothing.
    """
    ranks = np.empty(len(texts), np.int64)
    for start in range(0, len(texts), _CHUNK):
        rows = slice(start, start + _CHUNK)
        scores = texts[rows] @ gallery.T
        own_scores = np.take_along_axis(scores, own[rows, None], axis=1)
        ranks[rows] = (scores >= own_scores).sum(axis=1)
    return ranks


def found(ranks: NDArray[np.int64], within: int) -> NDArray[np.float64]:
    """1 where the rank is `within` or better, else 0, `[n]`. Its mean is recall@K (accuracy@K for classes)."""
    return (ranks <= within).astype(np.float64)


def reciprocal(ranks: NDArray[np.int64], within: int) -> NDArray[np.float64]:
    """1/rank where the rank is `within` or better, else 0, `[n]`. Its mean is MRR@K."""
    return np.where(ranks <= within, 1 / ranks, 0.0)


def worth(ranks: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """What each text is worth `[n]` under every figure of the protocol, by the figure's name."""
    return {
        **{f"mrr_{within}": reciprocal(ranks, within) for within in CUTS},
        **{f"recall_{within}": found(ranks, within) for within in CUTS},
    }
