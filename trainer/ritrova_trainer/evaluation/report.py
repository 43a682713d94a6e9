"""What an evaluation found: plain data, written as JSON, shown as a table and as a page."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from ritrova.atomic import write_bytes
from ritrova_trainer.evaluation.calibration import Calibration
from ritrova_trainer.evaluation.cost import Cost
from ritrova_trainer.evaluation.examples import Examples
from ritrova_trainer.evaluation.significance import Difference, Estimate
from ritrova_trainer.evaluation.wording import Wording
from ritrova_trainer.evaluation.zero_shot import ZeroShot

Figures = dict[str, Estimate]
"""By name: `mrr_1`, `mrr_5`, `mrr_10`, `recall_1`, `recall_5`, `recall_10`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """One model."""

    name: str
    version: str
    fingerprint: str
    figures: dict[str, Figures]  # by kind of text
    zero_shot: ZeroShot | None  # where labelled photos were given
    wording: dict[str, Wording]  # by kind of question
    calibration: Calibration
    cost: Cost
    examples: Examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One model against the first, on the same texts."""

    model: str
    against: str
    differences: dict[str, dict[str, Difference]]  # by kind of text and figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Several models on the same photos and texts."""

    data: str  # the name of the data
    photos: int
    texts: int
    kinds: dict[str, int]  # texts of each kind
    left_out: int  # photos that are missing or broken: their texts are not asked
    draws: int  # of the bootstrap and of the permutation test
    seed: int
    models: tuple[ModelReport, ...]
    comparisons: tuple[Comparison, ...]


_EVALUATION = TypeAdapter(Evaluation)


def write_json(evaluation: Evaluation, path: Path) -> None:
    """Write the whole evaluation, indented."""
    write_bytes(path, _EVALUATION.dump_json(evaluation, indent=1), durable=True)


def read_json(path: Path) -> Evaluation:
    """What `write_json` wrote."""
    return _EVALUATION.validate_json(path.read_bytes())
