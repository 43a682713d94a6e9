"""Bursts and near-duplicates become one: the first of them stands for the others."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ritrova.browsing.catalogue import UNDATED, Catalogue

BURST_S = 3
BURST_COSINE = 0.9
TWIN_COSINE = 0.97
TWIN_ASPECT = 1.05
"""Twins have about the same shape: two crops of a photo are two photos."""

HEAD = 400
"""Among so many best matches all are compared with all."""

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]
VectorsOf = Callable[[Rows], Vectors]


def groups_among(catalogue: Catalogue, rows: Rows, vectors: Vectors) -> NDArray[np.int64]:
    """For each of `rows` (best first, `[n]`, with their vectors `[n, d]`) the position of the one it folds into."""
    cosines = vectors @ vectors.T
    taken = catalogue.taken[rows]
    dated = (taken != UNDATED)[:, None] & (taken != UNDATED)[None, :]
    near = np.abs(np.where(dated, taken[:, None] - taken[None, :], BURST_S + 1)) <= BURST_S
    aspect = catalogue.widths[rows] / np.maximum(catalogue.heights[rows], 1)
    ratio = aspect[:, None] / aspect[None, :]
    alike = (ratio <= TWIN_ASPECT) & (ratio >= 1 / TWIN_ASPECT)
    joined = (near & _same_source(catalogue, rows) & (cosines > BURST_COSINE)) | (alike & (cosines > TWIN_COSINE))
    group = np.arange(len(rows))
    for i in range(len(rows)):
        for j in np.flatnonzero(joined[i, :i]):  # those before: i joins the first group that it touches
            low, high = sorted((group[i], group[j]))
            group[group == high] = low
    return group


def groups_along(catalogue: Catalogue, rows: Rows, vectors_of: VectorsOf) -> NDArray[np.int64]:
    """As `groups_among`, for rows in the order of time: each is compared with the one before it, so any number may be.

    `vectors_of` gives the vectors of some rows.
    """
    start = np.arange(len(rows))
    if len(rows) < 2:
        return start
    first, second = rows[:-1], rows[1:]
    taken = catalogue.taken
    dated = (taken[first] != UNDATED) & (taken[second] != UNDATED)
    near = dated & (np.abs(np.where(dated, taken[first] - taken[second], BURST_S + 1)) <= BURST_S)
    near &= catalogue.places[first] == catalogue.places[second]
    near &= catalogue.cameras[first] == catalogue.cameras[second]
    near &= (catalogue.embeddings[first] > 0) & (catalogue.embeddings[second] > 0)
    pairs = np.flatnonzero(near)
    same = np.zeros(len(rows), bool)  # as the one before
    if len(pairs):
        cosines = np.einsum("nd,nd->n", vectors_of(first[pairs]), vectors_of(second[pairs]))
        same[pairs[cosines > BURST_COSINE] + 1] = True
    start[same] = 0
    return np.maximum.accumulate(start)


def _same_source(catalogue: Catalogue, rows: Rows) -> NDArray[np.bool_]:
    places, cameras = catalogue.places[rows], catalogue.cameras[rows]
    same: NDArray[np.bool_] = (places[:, None] == places[None, :]) & (cameras[:, None] == cameras[None, :])
    return same
