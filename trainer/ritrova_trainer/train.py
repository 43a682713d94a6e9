"""The training loop."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ritrova.errors import EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.evaluation.retrieval import FIGURES, Retrieval
from ritrova_trainer.learner import Inputs
from ritrova_trainer.metrics import StepLine, ValidationLine
from ritrova_trainer.training import Training

_NAMES_TOLD = 5  # of the photos of a batch that went wrong


class NotFinite(EnvironmentFault):
    """The loss is no number any more: the data hold NaN, or the learning rate is too high."""


class Watcher(Protocol):
    """Is told how a run goes."""

    def step(self, line: StepLine) -> None: ...

    def validation(self, line: ValidationLine) -> None: ...


class Keeper(Protocol):
    """Writes checkpoints."""

    def save(self, found: Mapping[str, Retrieval] | None = None) -> None:
        """Now; `found` is what was measured at this step."""
        ...

    def save_if_due(self) -> None:
        """After every so many steps."""
        ...


def train(training: Training, keeper: Keeper, watcher: Watcher, stop: Callable[[], bool]) -> bool:
    """Train to the end, or until `stop` says so between two steps; what was done is kept. Returns whether it ended.

    Raises NotFinite before a step that would spoil the weights.
    """
    clock = _Clock(training)
    while training.epoch < training.epochs:
        for batches in training.rest_of_epoch():
            loss = training.backward(batches)
            if not math.isfinite(loss):
                raise _not_finite(loss, training, batches)
            training.advance()
            watcher.step(clock.line(loss))
            if training.agreed(stop()):
                keeper.save()
                return False
            keeper.save_if_due()
        training.end_epoch()
        found = training.measure()
        watcher.validation(validation_line(training, found))
        keeper.save(found)
    return True


def validation_line(training: Training, found: Mapping[str, Retrieval]) -> ValidationLine:
    """What was measured now."""
    figures = {kind: {name: getattr(one, name) for name in FIGURES} for kind, one in found.items()}
    return ValidationLine(step=training.step, epoch=training.epoch, figures=figures)


class _Clock:
    """Measures steps, from one to the next: waiting for data and writing checkpoints included."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._first = training.step
        self._start = self._last = time.monotonic()

    def line(self, loss: float) -> StepLine:
        """What is told of the step that was just done."""
        now, training = time.monotonic(), self._training
        took, seconds, self._last = now - self._last, now - self._start, now
        return StepLine(
            step=training.step,
            epoch=training.epoch + 1,
            loss=loss,
            learning_rate=training.learning_rate,
            samples_per_second=training.samples_a_step / took,
            seconds=seconds,
            seconds_left=seconds / (training.step - self._first) * (training.steps - training.step),
        )


def _not_finite(loss: float, training: Training, batches: Sequence[Inputs]) -> NotFinite:
    names = training.suspects(batches)
    more = "…" if len(names) > _NAMES_TOLD else ""
    return NotFinite(
        msg(
            "The loss is {loss} in step {step} (epoch {epoch}), with these photos: {photos}",
            loss=loss,
            step=training.step + 1,
            epoch=training.epoch + 1,
            photos=", ".join(names[:_NAMES_TOLD]) + more,
        ),
        msg("Look for numbers that are none in the data, or lower the learning rate."),
    )
