"""What a cosine means: where it stands among those of texts and photos that have nothing to do with each other.

Cosines of a contrastive model lie where its training left them, and differ from model to model. The distributions
here go into the manifest, so that whoever reads a score can turn it into a share of one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VERSION = 1
LEVELS = (
    *(0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99),
    *(0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 1.0),
)
"""Finest at the upper end, where matches lie."""

_BINS = 10_000  # a unit of cosine: quantiles are exact to half of its ten thousandth
_CHUNK = 512  # texts at a time


@dataclass(frozen=True, slots=True)
class Distribution:
    """Scores, by their quantiles at `levels`."""

    count: int  # scores
    levels: tuple[float, ...]  # shares, ascending from 0 to 1
    scores: tuple[float, ...]  # the cosine below which that share lies

    def percentile(self, score: float) -> float:
        """The share of the scores that lie below `score`, 0 to 1, on a line between the quantiles known."""
        return float(np.interp(score, self.scores, self.levels, left=0.0, right=1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The `calibration` of a manifest: scores of a bank of photos with texts that people wrote of them."""

    version: int
    photos: int  # of the bank
    texts: int  # written of these photos
    unrelated: Distribution  # each text with every photo but its own
    own: Distribution  # each text with its own photo


def calibrate(texts: NDArray[np.float32], photos: NDArray[np.float32], own: NDArray[np.int64]) -> Calibration:
    """From unit vectors: texts `[n, d]`, photos `[m, d]` and the photo that each text was written of, `[n]`.

    Some of the photos that count as unrelated do fit a text, the more so the shorter it is: the highest quantiles
    lie a little high. There must be two photos or more.
    """
    everything, of_own = _Tally(), _Tally()
    for start in range(0, len(texts), _CHUNK):
        rows = slice(start, start + _CHUNK)
        scores = texts[rows] @ photos.T
        everything.add(scores)
        of_own.add(np.take_along_axis(scores, own[rows, None], axis=1))
    return Calibration(
        version=VERSION,
        photos=len(photos),
        texts=len(texts),
        unrelated=_Tally(everything.counts - of_own.counts).distribution(),
        own=of_own.distribution(),
    )


class _Tally:
    """Counts scores in narrow bins: a gallery's scores need not be kept."""

    def __init__(self, counts: NDArray[np.int64] | None = None) -> None:
        self.counts = np.zeros(2 * _BINS + 1, np.int64) if counts is None else counts

    def add(self, scores: NDArray[np.float32]) -> None:
        bins = np.rint((np.clip(scores, -1, 1) + 1) * _BINS).astype(np.int64)
        self.counts += np.bincount(bins.ravel(), minlength=len(self.counts))

    def distribution(self) -> Distribution:
        """The score of a quantile is that of the first bin up to which the level's share is reached."""
        below = np.cumsum(self.counts)
        # The lowest quantile is the lowest score itself, not the first bin of all.
        wanted = np.maximum(np.array(LEVELS) * below[-1], 1)
        bins = np.searchsorted(below, wanted)
        scores = tuple(round(float(place) / _BINS - 1, 4) for place in bins)
        return Distribution(int(below[-1]), LEVELS, scores)
