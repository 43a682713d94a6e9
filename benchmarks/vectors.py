"""Many vectors made from few real ones, and real queries: what a search benchmark needs.

Independent Gaussian noise has no neighbours worth finding and says nothing about photos. So each vector here is
a real image embedding, moved towards one of its ten nearest real neighbours and by a difference of two other real
ones: near-duplicates, dense themes and outliers stay, in as many dimensions as the real ones span.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ritrova.encoding.protocol import Encoder
from ritrova.index.cosine import unit

_CHUNK = 50_000
_NEIGHBOURS = 10
_MOVE = 0.5  # at most so far towards a neighbour
_SHAKE = 0.25  # of a difference of two real embeddings: leaves a cosine of some 0.94 with the original


def multiplied(real: NDArray[np.float32], count: int, seed: int) -> Iterator[NDArray[np.float16]]:
    """`count` vectors in chunks `[n, d]`, from `[m, d]` real ones."""
    random = np.random.default_rng(seed)
    neighbours = np.argsort(-(real @ real.T), axis=1)[:, 1 : _NEIGHBOURS + 1]
    for start in range(0, count, _CHUNK):
        n = min(_CHUNK, count - start)
        base, one, other = random.integers(0, len(real), (3, n))
        near = neighbours[base, random.integers(0, _NEIGHBOURS, n)]
        share = random.uniform(0, _MOVE, (n, 1)).astype(np.float32)
        moved = (1 - share) * real[base] + share * real[near] + _SHAKE * (real[one] - real[other])
        yield unit(moved).astype(np.float16)


def queries(encoder: Encoder) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sentences of `queries.txt` as unit vectors: every other one to choose `ef` with, the rest to measure."""
    sentences = (Path(__file__).parent / "queries.txt").read_text("utf-8").splitlines()
    return encoder.encode_texts(sentences[::2]), encoder.encode_texts(sentences[1::2])
