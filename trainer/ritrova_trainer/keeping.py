"""Checkpoints of a run under way."""

from collections.abc import Mapping
from pathlib import Path
from statistics import mean

from ritrova.text import msg
from ritrova_trainer.checkpoint import CheckpointError, Checkpoints, read_parts, read_state
from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.training import Training


class DiskKeeper:
    """Writes the checkpoints of a run and finds them again. All processes call it, and the first one writes."""

    def __init__(self, training: Training, checkpoints: Checkpoints, *, every: int) -> None:
        """`every`: steps between checkpoints within an epoch, 0 for none."""
        self._training, self._checkpoints, self._every = training, checkpoints, every

    def save(self, found: Mapping[str, Retrieval] | None = None) -> None:
        """Write a checkpoint; `found` is what was measured at this step. Raises DiskFull, EnvironmentFault."""
        parts, values = self._training.state()
        if self._training.is_main:
            score = mean_score(found) if found else None
            self._checkpoints.save(parts, step=self._training.step, score=score, values=values)
        self._training.wait()

    def save_if_due(self) -> None:
        """Write a checkpoint after every so many steps."""
        if self._every and self._training.step % self._every == 0:
            self.save()

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one. Raises CheckpointError."""
        folder = self._checkpoints.latest()
        if folder is not None:
            self._load(folder, weights_alone=False)

    def take_best(self) -> None:
        """Take the weights of the checkpoint that found most. Raises CheckpointError."""
        folder = self._checkpoints.best()
        if folder is not None:
            self._load(folder, weights_alone=True)

    def _load(self, folder: Path, *, weights_alone: bool) -> None:
        state = read_state(folder)
        parts = read_parts(folder, state)
        try:
            if weights_alone:
                self._training.load_weights(parts)
            else:
                self._training.load_state(parts, state.values)
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                msg("The checkpoint is of another model: {reason}", reason=str(error).splitlines()[0]),
                msg("Resume with the recipe, the data and the model that the run began with."),
                str(folder),
            ) from error


def mean_score(found: Mapping[str, Retrieval]) -> float:
    """What the best of several models is chosen by: MRR@10, each kind of text counting the same."""
    return mean(one.mrr_10 for one in found.values()) if found else 0.0
