"""How sure a figure is, and whether two models differ by more than chance.

The captions of one photo stand or fall together, so that photos are what chance draws, not captions: to resample
captions as if each were a witness of its own would make intervals too narrow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SURE = 0.95  # of the intervals
_BLOCK = 256  # draws at a time: bounds the memory


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and the interval in which it would lie in 95 of 100 samples of as many photos."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One model's figure less another's on the same texts."""

    gain: Estimate
    p_value: float  # how often chance alone gives a difference as large; two-sided, never quite 0


@dataclass(frozen=True, slots=True)
class Groups:
    """Which texts belong together: text `i` to group `of[i]`, of `count` groups numbered from 0."""

    of: NDArray[np.int64]
    count: int

    @staticmethod
    def by(keys: NDArray[np.int64]) -> "Groups":
        """Texts of the same key are one group."""
        names, of = np.unique(keys, return_inverse=True)
        return Groups(of, len(names))

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each group's values, `[count]`."""
        return np.bincount(self.of, weights=values, minlength=self.count).astype(np.float64)


def estimate(values: NDArray[np.float64], groups: Groups, *, draws: int, seed: int) -> Estimate:
    """The mean of `values` `[n]` with its percentile bootstrap interval over the groups."""
    means = _bootstrap(groups.sums(values), groups.sums(np.ones(len(values))), draws=draws, seed=seed)
    low, high = np.quantile(means, [(1 - SURE) / 2, (1 + SURE) / 2])
    return Estimate(float(values.mean()), float(low), float(high))


def difference(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], groups: Groups, *, draws: int, seed: int
) -> Difference:
    """How much better `ours` `[n]` is than `theirs` `[n]`, text by text.

    The interval is a paired bootstrap; the p-value a permutation test that swaps the two models' results photo by
    photo, as would be fair if they were equally good.
    """
    gains = ours - theirs
    sums = groups.sums(gains)
    random = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, draws, _BLOCK):
        signs = random.integers(0, 2, (min(_BLOCK, draws - start), groups.count)) * 2.0 - 1
        extreme += int((np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9).sum())
    return Difference(estimate(gains, groups, draws=draws, seed=seed), (extreme + 1) / (draws + 1))


def _bootstrap(sums: NDArray[np.float64], counts: NDArray[np.float64], *, draws: int, seed: int) -> NDArray[np.float64]:
    """Means over groups that are drawn with replacement, `[draws]`."""
    random = np.random.default_rng(seed)
    means = []
    for start in range(0, draws, _BLOCK):
        rows = min(_BLOCK, draws - start)
        drawn = random.integers(0, len(sums), (rows, len(sums)))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)
