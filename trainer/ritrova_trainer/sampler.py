"""Which photos, and which of their captions, make each batch: the same whatever the number of processes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ritrova.errors import UsageError
from ritrova.text import msg


@dataclass(frozen=True, slots=True)
class Draw:
    """This process's share of one batch."""

    rows: Tensor  # int64 [n]: places in the data
    captions: Tensor  # int64 [n]: which caption of each
    epoch: int  # from 0
    number: int  # of the batch in its epoch, from 0

    def seeds(self, seed: int) -> list[int]:
        """A random seed for each photo, which no other photo, epoch or run shares; it does not depend on who reads."""
        return [(seed * 1_000_003 + self.epoch) * 2_147_483_647 + int(row) for row in self.rows]


class ResumableSampler:
    """Shuffles the data anew each epoch and cuts it into batches, of which each process takes its slice.

    Every process draws the whole order from the same generator, so no photo is seen twice in an epoch and none is
    left out but the last, smaller batch. The position is (epoch, batch); what was drawn before it in the epoch is
    drawn again on resume, which reads no photo.
    """

    def __init__(
        self,
        present: Tensor,
        *,
        batch: int,
        weights: Sequence[float],
        seed: int,
        together: int = 1,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        """`present` bool `[n, k]` tells which captions each photo has; `weights` how often each place is drawn, the
        last of them also for the places beyond.

        An epoch has a multiple of `together` batches: those that make one step. Raises UsageError where the data hold
        no whole batch, or a batch cannot be shared evenly.
        """
        if len(present) < batch * together:
            raise UsageError(
                msg("There are {n} photos, fewer than one batch of {batch}.", n=len(present), batch=batch * together),
                msg("Choose a smaller batch: `--set batch={n}`.", n=len(present) // together),
            )
        if batch % world:
            raise UsageError(
                msg("A batch of {batch} cannot be shared by {world} processes.", batch=batch, world=world),
                msg("Choose a batch that the number of processes divides."),
            )
        places = present.shape[1]
        of_place = [*weights, *[weights[-1]] * places][:places]
        self._chances = torch.tensor(of_place) * present
        self._batch, self._rank, self._world = batch, rank, world
        self.batches = len(present) // (batch * together) * together  # an epoch
        self._generator = torch.Generator().manual_seed(seed)
        self._epoch_start = self._generator.get_state()
        self._epoch = 0
        self._done = 0  # batches of this epoch that were trained on

    @property
    def epoch(self) -> int:
        """The epoch that comes next or is under way, from 0."""
        return self._epoch

    @property
    def position(self) -> int:
        """Batches of this epoch that were trained on."""
        return self._done

    def __iter__(self) -> Iterator[Draw]:
        """What this process has still to load in this epoch; whoever reads ahead may run ahead of `trained`."""
        whole = self._batch // self._world
        share = slice(self._rank * whole, (self._rank + 1) * whole)
        for draw in self._whole_epoch():
            if draw.number >= self._done:
                yield Draw(draw.rows[share], draw.captions[share], draw.epoch, draw.number)

    def whole_batch(self, number: int) -> Tensor:
        """The rows, int64 `[batch]`, that all processes together had in a batch of this epoch. Spoils an iteration."""
        return next(draw.rows for draw in self._whole_epoch() if draw.number == number)

    def trained(self, batches: int) -> None:
        """Move the position on by what was trained on."""
        self._done += batches

    def end_epoch(self) -> None:
        """Go to the next epoch. All of this one must have been drawn."""
        self._epoch_start = self._generator.get_state()
        self._epoch, self._done = self._epoch + 1, 0

    def _whole_epoch(self) -> Iterator[Draw]:
        self._generator.set_state(self._epoch_start)
        order = torch.randperm(len(self._chances), generator=self._generator)
        for number in range(self.batches):
            rows = order[number * self._batch : (number + 1) * self._batch]
            captions = torch.multinomial(self._chances[rows], 1, generator=self._generator).squeeze(1)
            yield Draw(rows, captions, self._epoch, number)

    def state_dict(self) -> dict[str, Any]:
        """The position, as JSON values and one tensor."""
        return {"epoch": self._epoch, "batch": self._done, "generator": self._epoch_start}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go where `state_dict` was taken, whatever the number of processes then and now."""
        self._epoch, self._done, self._epoch_start = state["epoch"], state["batch"], state["generator"]
