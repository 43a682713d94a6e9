"""A run in its folder: new or resumed, watched, logged, and ended with a picture."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ritrova.atomic import write_bytes
from ritrova.errors import UsageError
from ritrova.text import Message, msg
from ritrova_trainer.checkpoint import Checkpoints
from ritrova_trainer.config import AnyConfig
from ritrova_trainer.config_file import differences, read_toml, write_toml
from ritrova_trainer.curves import CURVES_FILE, draw_curves
from ritrova_trainer.engine import Engine
from ritrova_trainer.keeping import DiskKeeper
from ritrova_trainer.learner import Learner
from ritrova_trainer.metrics import MetricLog, StepLine, ValidationLine, read_steps, read_validation
from ritrova_trainer.train import Watcher, train, validation_line
from ritrova_trainer.training import Training

CONFIG_FILE = "config.toml"
DATA_FILE = "data.json"
CHECKPOINTS_FOLDER = "checkpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run is given beside its configuration and its data."""

    folder: Path
    """Of the run, where it writes all that it writes."""
    resume: bool = False
    """Whether it goes on from the folder's last checkpoint."""
    watcher: Watcher
    """Is told of each step, in the first process."""
    stop: Callable[[], bool] = lambda: False
    """Whether somebody wants it to stop."""
    text: Callable[[Message], str] = str
    """Puts the words of the picture into a person's language."""


def fit(
    learner: Learner,
    config: AnyConfig,
    engine: Engine,
    data: Mapping[str, Any],
    around: Surroundings,
    *,
    measure_first: bool,
) -> Training | None:
    """Train in the folder of the run; None where it was stopped, which `resume` continues.

    `data`, JSON values, tells which data the run learns from: others are refused on resume. Raises UsageError before
    anything is written.
    """
    training = Training(learner, config, engine)
    checkpoints = Checkpoints(around.folder / CHECKPOINTS_FOLDER, keep=config.loop.keep)
    keeper = DiskKeeper(training, checkpoints, every=config.loop.checkpoint_steps)
    if around.resume:
        if checkpoints.latest() is None:
            raise UsageError(
                msg("There is no checkpoint to resume from."), msg("Run without --resume."), str(around.folder)
            )
        _require_same(around.folder, config, data)
        keeper.resume()
    elif checkpoints.latest() is not None:
        raise UsageError(
            msg("There is a run in this folder already."),
            msg("Go on with it by --resume, or choose another folder."),
            str(around.folder),
        )
    engine.wait()  # all have looked before the first one writes
    with ExitStack() as stack:
        watchers: list[Watcher] = []
        if engine.is_main:
            write_toml(config, around.folder / CONFIG_FILE)
            write_bytes(around.folder / DATA_FILE, json.dumps(data, indent=1).encode(), durable=True)
            watchers = [stack.enter_context(MetricLog(around.folder, after=training.step)), around.watcher]
        watcher = _All(watchers)
        if measure_first and training.step == 0:
            watcher.validation(validation_line(training, training.measure()))
        if not train(training, keeper, watcher, around.stop):
            return None
    if config.loop.result == "best":
        keeper.take_best()
    if engine.is_main:
        steps, validation = read_steps(around.folder), read_validation(around.folder)
        draw_curves(steps, validation, around.folder / CURVES_FILE, text=around.text)
    return training


@dataclass(frozen=True, slots=True)
class _All:
    """Tells each of several watchers."""

    watchers: Sequence[Watcher]

    def step(self, line: StepLine) -> None:
        for watcher in self.watchers:
            watcher.step(line)

    def validation(self, line: ValidationLine) -> None:
        for watcher in self.watchers:
            watcher.validation(line)


def _require_same(folder: Path, config: AnyConfig, data: Mapping[str, Any]) -> None:
    """Raise UsageError where the run in the folder is another one."""
    changed = differences(read_toml(folder / CONFIG_FILE), config)
    if changed:
        raise UsageError(
            msg("The run in this folder has other values of: {fields}", fields=", ".join(changed)),
            msg("Resume with the configuration that it began with: `ritrova-train run FOLDER/config.toml --resume`."),
            str(folder),
        )
    try:
        before = json.loads((folder / DATA_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            msg("The run in this folder does not say which data it learns from: {reason}", reason=str(error)),
            None,
            str(folder / DATA_FILE),
        ) from error
    if before != json.loads(json.dumps(data)):
        raise UsageError(msg("The run in this folder learns from other data."), None, str(folder / DATA_FILE))
