"""What a run measures as it goes: JSON lines for programs, TensorBoard's event files for eyes."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from tensorboardX import SummaryWriter

from ritrova.atomic import write_bytes
from ritrova.errors import EnvironmentFault
from ritrova.text import msg

STEPS_FILE = "steps.jsonl"
VALIDATION_FILE = "validation.jsonl"
EVENTS_FOLDER = "tensorboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One optimiser step."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    step: int  # from 1, over all epochs
    epoch: int  # from 1
    loss: float
    learning_rate: float
    samples_per_second: float  # over all processes, waiting for data included
    seconds: float  # since this process began to train
    seconds_left: float  # at the pace so far


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationLine:
    """What was measured on the validation photos after a step."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    step: int
    epoch: int
    figures: dict[str, dict[str, float]]  # by kind of text and figure


T = TypeVar("T")
_STEP, _VALIDATION = TypeAdapter(StepLine), TypeAdapter(ValidationLine)


class MetricLog(AbstractContextManager["MetricLog"]):
    """Writes each line as it comes, so that a run that was killed has told all that it did."""

    def __init__(self, folder: Path, *, after: int) -> None:
        """`after`: the step that the run resumes from, 0 for a new one; what was written of later steps is removed."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in (STEPS_FILE, VALIDATION_FILE):
            _cut(folder / name, after=after)
        self._steps = (folder / STEPS_FILE).open("a", encoding="utf-8", buffering=1)
        self._validation = (folder / VALIDATION_FILE).open("a", encoding="utf-8", buffering=1)
        self._events = SummaryWriter(str(folder / EVENTS_FOLDER), purge_step=after + 1, flush_secs=30)

    def step(self, line: StepLine) -> None:
        self._steps.write(json.dumps(asdict(line)) + "\n")
        self._add(line.step, {"loss": line.loss, "learning rate": line.learning_rate, "speed": line.samples_per_second})

    def validation(self, line: ValidationLine) -> None:
        self._validation.write(json.dumps(asdict(line)) + "\n")
        flat = {f"{kind}/{name}": value for kind, one in line.figures.items() for name, value in one.items()}
        self._add(line.step, {f"validation/{name}": value for name, value in flat.items()})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._steps.close()
        self._validation.close()
        self._events.close()

    def _add(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._events.add_scalar(name.replace(" ", "_"), value, step)


def read_steps(folder: Path) -> list[StepLine]:
    """The steps that a run folder tells of. Raises EnvironmentFault on a damaged file."""
    return _read(folder / STEPS_FILE, _STEP)


def read_validation(folder: Path) -> list[ValidationLine]:
    """The validations that a run folder tells of. Raises EnvironmentFault on a damaged file."""
    return _read(folder / VALIDATION_FILE, _VALIDATION)


def _read(path: Path, kind: TypeAdapter[T]) -> list[T]:
    try:
        return [kind.validate_json(line) for line in path.read_bytes().splitlines()]
    except (OSError, ValidationError) as error:
        raise EnvironmentFault(
            msg("The figures of the run cannot be read: {reason}", reason=str(error).splitlines()[0]), None, str(path)
        ) from error


def _cut(path: Path, *, after: int) -> None:
    """Drop the lines of steps later than `after`, and a last one that a kill cut in half."""
    if not path.exists():
        return
    kept = []
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n") or json.loads(line)["step"] > after:
            break
        kept.append(line)
    write_bytes(path, b"".join(kept), durable=False)
