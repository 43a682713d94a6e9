"""Checkpoints: folders of safetensors and one JSON file, which appear whole or not at all.

    checkpoints/step-00000120/state.json            position, figures, the SHA-256 of the files beside it
                              model.safetensors     and whatever other parts a run has

Nothing in them is code: a checkpoint of unknown origin can be looked at.
"""

import errno
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ritrova.atomic import flush
from ritrova.encoding.bundle import sha256
from ritrova.errors import DiskFull, EnvironmentFault
from ritrova.text import msg

FORMAT = 1
STATE_FILE = "state.json"
_PREFIX = "step-"

Tensors = Mapping[str, Tensor]
Writer = Callable[[dict[str, Tensor], Path], None]


class CheckpointError(EnvironmentFault):
    """A checkpoint is damaged, was altered, or belongs to another run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The contents of `state.json`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    format: int = FORMAT
    step: int
    """Optimiser steps done."""
    score: float | None
    """What the best is chosen by, higher is better; None where nothing was measured at this step."""
    values: dict[str, Any]
    """Whatever the run keeps beside its tensors, as JSON values."""
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file beside this one."""


_STATE = TypeAdapter(State)


class Checkpoints:
    """The checkpoints of one run: the last few, and the best."""

    def __init__(self, folder: Path, *, keep: int, write: Writer = save_file) -> None:
        self._folder, self._keep, self._write = folder, keep, write

    def save(self, parts: Mapping[str, Tensors], *, step: int, score: float | None, values: dict[str, Any]) -> Path:
        """Write a checkpoint of the named `parts` and remove those that need not be kept.

        Raises DiskFull or EnvironmentFault; the checkpoints from before are then still there.
        """
        target = self._folder / f"{_PREFIX}{step:08}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._remove_cut_off()
            part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=self._folder))
            try:
                self._fill(part, parts, State(step=step, score=score, values=values))
                if target.exists():  # of a run that was resumed from an earlier one
                    shutil.rmtree(target)
                part.replace(target)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
            flush(self._folder)
            self._prune()
        except OSError as error:
            raise _fault(error, target) from error
        return target

    def latest(self) -> Path | None:
        """The folder of the furthest checkpoint."""
        return max(self._all(), default=None)

    def best(self) -> Path | None:
        """The folder of the checkpoint with the highest score; the earliest of equals."""
        best, highest = None, -math.inf
        for path in self._all():
            with suppress(CheckpointError):  # a damaged one is not the best
                score = read_state(path).score
                if score is not None and score > highest:
                    best, highest = path, score
        return best

    def _fill(self, folder: Path, parts: Mapping[str, Tensors], state: State) -> None:
        for name, tensors in parts.items():
            path = folder / f"{name}.safetensors"
            try:
                self._write({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, path)
            except SafetensorError as error:
                raise _system_error(error, path) from error
            state.files[path.name] = sha256(path)
            flush(path)
        path = folder / STATE_FILE
        path.write_bytes(_STATE.dump_json(state, indent=1))
        flush(path)
        flush(folder)

    def _all(self) -> list[Path]:
        return sorted(self._folder.glob(f"{_PREFIX}*"))

    def _prune(self) -> None:
        best = self.best()
        for path in self._all()[: -self._keep]:
            if path != best:
                shutil.rmtree(path)

    def _remove_cut_off(self) -> None:
        for path in self._folder.glob(f".{_PREFIX}*"):
            shutil.rmtree(path)


def read_state(folder: Path) -> State:
    """What a checkpoint says of itself. Raises CheckpointError."""
    path = folder / STATE_FILE
    try:
        state = _STATE.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise _damaged(path, str(error).splitlines()[0]) from error
    if state.format != FORMAT:
        raise CheckpointError(msg("The checkpoint was written by another version of the trainer."), None, str(path))
    return state


def read_parts(folder: Path, state: State) -> dict[str, dict[str, Tensor]]:
    """The tensors of every part, by its name. Raises CheckpointError where a file is not the one that was written."""
    parts = {}
    for name, expected in state.files.items():
        path = folder / Path(name).name  # a name that leads elsewhere finds nothing
        try:
            if sha256(path) != expected:
                raise _damaged(path, "its SHA-256 is not the one that was written down")
            parts[path.stem] = load_file(path)
        except (OSError, SafetensorError) as error:
            raise _damaged(path, str(error)) from error
    return parts


def _damaged(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        msg("The checkpoint is damaged or was altered: {reason}", reason=reason),
        msg("Remove its folder: the run then resumes from the one before."),
        str(path),
    )


def _system_error(error: SafetensorError, path: Path) -> OSError:
    """safetensors hides what the system refused in its text."""
    found = re.search(r"os error (\d+)", str(error))
    number = int(found[1]) if found else errno.EIO
    return OSError(number, os.strerror(number), str(path))


def _fault(error: OSError, path: Path) -> EnvironmentFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            msg("The disk is full: the checkpoint was not written."),
            msg("Free some space and run the same command with --resume: it goes on from the checkpoint before."),
            str(path),
        )
    return EnvironmentFault(
        msg("The checkpoint cannot be written: {reason}", reason=error.strerror or str(error)),
        msg("Check the disk and its permissions, then run the same command with --resume."),
        str(path),
    )
