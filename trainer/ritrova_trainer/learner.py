"""What the loop knows of that which it trains."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.sampler import Draw


@dataclass(frozen=True, slots=True)
class Inputs:
    """One process's share of a batch, `n` pairs, on the device."""

    arguments: tuple[Tensor, ...]
    """What the module takes; the first axis of each is the pairs."""
    likeness: Tensor | None = None
    """Unit vectors `[n, w]` by which captions resemble each other, where the targets are soft."""

    def __len__(self) -> int:
        return len(self.arguments[0])

    def chunks(self, size: int) -> list[tuple[Tensor, ...]]:
        """What the module takes, `size` pairs at a time."""
        return list(zip(*(torch.split(tensor, size) for tensor in self.arguments), strict=True))


class Learner(Protocol):
    """A module, the data that it learns from, and the measure of what it has learned."""

    @property
    def module(self) -> nn.Module:
        """Makes of what it takes the vectors of images and texts, `[n, d]` each, and the scalars scale and bias."""
        ...

    @property
    def towers(self) -> Iterable[nn.Parameter]:
        """What of the module was pretrained and trains on, at a learning rate of its own."""
        ...

    @property
    def present(self) -> Tensor:
        """Which captions each photo has: bool `[photos, places]`."""
        ...

    def batches(self, draws: Iterable[Draw]) -> Iterator[Inputs]:
        """What was drawn, in its order. `draws` is the same object each time, and gives an epoch."""
        ...

    def name(self, row: int) -> str:
        """How people call the photo."""
        ...

    def measure(self, module: nn.Module) -> Mapping[str, Retrieval]:
        """How well `module`, of this learner's kind and in evaluation mode, finds the validation photos."""
        ...
