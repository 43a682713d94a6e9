"""A source of vectors that lives in memory: for tests, benchmarks and whoever has no store."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ritrova.vectors import Stamp


@dataclass(slots=True)
class ArraySource:
    """Implements `VectorSource` over arrays, with the store's rules: ids grow and are never used again."""

    model: str
    dimension: int
    seed: int = 0
    _ids: NDArray[np.int64] = field(init=False)
    _vectors: NDArray[np.float16] = field(init=False)
    _batches: dict[int, int] = field(init=False, default_factory=dict)  # token -> last id, oldest first
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._ids = np.empty(0, np.int64)
        self._vectors = np.empty((0, self.dimension), np.float16)
        self._random = np.random.default_rng(self.seed)

    def add(self, vectors: NDArray[np.floating]) -> NDArray[np.int64]:
        """Write `[n, d]` as one batch; returns the new ids, ascending."""
        last = self.stamp().last_id
        ids = np.arange(last + 1, last + 1 + len(vectors), dtype=np.int64)
        self._ids = np.concatenate([self._ids, ids])
        self._vectors = np.concatenate([self._vectors, vectors.astype(np.float16)])
        self._batches[int(self._random.integers(1, 2**63))] = last + len(vectors)
        return ids

    def delete(self, ids: NDArray[np.int64]) -> None:
        """Remove these ids; unknown ones are passed over."""
        keep = ~np.isin(self._ids, ids)
        self._ids, self._vectors = self._ids[keep], self._vectors[keep]

    def stamp(self) -> Stamp:
        token, last_id = next(reversed(self._batches.items()), (0, 0))
        return Stamp(self.model, token, last_id, len(self._ids))

    def last_id_of(self, token: int) -> int | None:
        return self._batches.get(token)

    def count(self, up_to: int) -> int:
        return int(np.searchsorted(self._ids, up_to, side="right"))

    def ids(self, up_to: int) -> NDArray[np.int64]:
        return self._ids[: self.count(up_to)]

    def vectors(self, after: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        start = self.count(after)
        return self._ids[start : start + limit], self._vectors[start : start + limit]
