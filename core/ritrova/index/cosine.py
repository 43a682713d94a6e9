"""The two small pieces of arithmetic that every index shares."""

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import OurBug
from ritrova.text import msg

Found = tuple[NDArray[np.int64], NDArray[np.float32]]


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """`[..., d]` of any float type to contiguous float32 of unit length, so that a product is a cosine.

    float16 rounds lengths by some 1e-4: without this, the two indexes would differ in the fourth digit.
    A zero vector stays zero (cosine 0, distance 1, to everything). Raises OurBug on NaN and infinity: a graph
    that holds one NaN compares wrongly ever after.
    """
    wide = np.ascontiguousarray(vectors, dtype=np.float32)
    length = np.linalg.norm(wide, axis=-1, keepdims=True)
    if not np.isfinite(length).all():
        raise OurBug(msg("A vector holds values that are not finite numbers."))
    result: NDArray[np.float32] = wide / np.maximum(length, np.finfo(np.float32).tiny)
    return result


def cosines(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Products of unit vectors `[n, d]` with one, `[d]`.

    `vecdot` runs on one core and reads as fast as memory gives. The matrix product `@` took three times its
    processor time (100,000 x 256), and on a machine whose cores are busy eight times its wall time, since OpenBLAS
    splits it among threads that then wait for each other.
    """
    scores: NDArray[np.float32] = np.vecdot(vectors, query)
    return scores


def best(ids: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> Found:
    """The `k` (or fewer) highest of `scores` `[n]` with their `ids` `[n]`, best first; equal ones by ascending id."""
    k = max(k, 0)
    if 0 < k < len(scores):
        head = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
        ids, scores = ids[head], scores[head]
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]
