"""Vectors as a model makes them: photos in clusters, several of them alike."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ritrova.index.cosine import unit
from ritrova.index.source import ArraySource


@pytest.fixture
def make_vectors() -> Callable[[int], NDArray[np.float32]]:
    """`n` unit vectors `[n, 32]` around forty centres."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(40, 32))

    def make(n: int) -> NDArray[np.float32]:
        return unit(centres[random.integers(0, len(centres), n)] + 0.7 * random.normal(size=(n, 32)))

    return make


@pytest.fixture
def source(make_vectors: Callable[[int], NDArray[np.float32]]) -> ArraySource:
    """One thousand vectors in three batches, ids from 1."""
    source = ArraySource("model-a", 32)
    for size in (400, 300, 300):
        source.add(make_vectors(size))
    return source


@pytest.fixture
def brute() -> Callable[..., list[int]]:
    """The ids of the `k` best of a source, found by comparing all in float64."""

    def search(source: ArraySource, query: NDArray[np.float32], k: int) -> list[int]:
        ids, vectors = source.vectors(0, 10**9)
        wide = vectors.astype(np.float64)
        length = np.linalg.norm(wide, axis=1)
        scores = wide @ query / np.where(length > 0, length, 1)
        return [int(ids[i]) for i in np.argsort(-scores, kind="stable")[:k]]

    return search
