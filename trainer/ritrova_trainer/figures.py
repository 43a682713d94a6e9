"""What a published model says was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from ritrova_trainer.evaluation.retrieval import FIGURES, Retrieval


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over several seeds."""

    mean: float
    deviation: float  # standard deviation of the sample; 0 for one run
    lowest: float
    highest: float

    @staticmethod
    def of(values: Sequence[float]) -> "Spread":
        return Spread(mean(values), stdev(values) if len(values) > 1 else 0.0, min(values), max(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The `figures` of a manifest."""

    photos: int  # trained on
    gallery: int  # validation photos, all searched at once
    seeds: tuple[int, ...]  # of the runs, the published one first
    runs: dict[str, dict[str, Spread]]  # by kind of text and figure, over the seeds
    shipped: dict[str, Retrieval]  # of the published folder, through its stored weights
    image_tower_trained: bool = False  # then ready features of the pretrained tower are none of this model's


def spread(runs: Sequence[Mapping[str, Retrieval]]) -> dict[str, dict[str, Spread]]:
    """Each figure of each kind over several runs of the same gallery."""
    return {kind: {name: Spread.of([getattr(run[kind], name) for run in runs]) for name in FIGURES} for kind in runs[0]}
