"""What the loop knows of that which it trains."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from torch import Tensor, nn

from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.sampler import Draw

Inputs = tuple[Tensor, ...]
"""One process's share of a batch, on the device; the first axis of each tensor is the pairs, the same n."""


class Learner(Protocol):
    """A module, the data that it learns from, and the measure of what it has learned."""

    @property
    def module(self) -> nn.Module:
        """Makes of `Inputs` the vectors of images and texts, `[n, d]` each, and the scalars scale and bias."""
        ...

    @property
    def present(self) -> Tensor:
        """Which captions each photo has: bool `[photos, places]`."""
        ...

    def batches(self, draws: Iterable[Draw]) -> Iterator[Inputs]:
        """What was drawn, in its order. `draws` is the same object each time, and gives an epoch."""
        ...

    def likeness(self, inputs: Inputs) -> Tensor | None:
        """Unit vectors `[n, w]` by which captions resemble each other, where the targets are soft."""
        ...

    def name(self, row: int) -> str:
        """How people call the photo."""
        ...

    def measure(self, module: nn.Module) -> Mapping[str, Retrieval]:
        """How well `module`, of this learner's kind and in evaluation mode, finds the validation photos."""
        ...


def part_of(inputs: Inputs, rows: slice) -> Inputs:
    return tuple(tensor[rows] for tensor in inputs)
