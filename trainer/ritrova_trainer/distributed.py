"""The rows of a batch that other processes hold."""

from typing import Any, Protocol

import torch
import torch.distributed
from torch import Tensor


class Peers(Protocol):
    """The processes that share a batch. Each holds the same number of rows, in the order of the ranks."""

    @property
    def rank(self) -> int:
        """Of this process, from 0."""
        ...

    @property
    def world(self) -> int:
        """How many there are."""
        ...

    def gather(self, rows: Tensor) -> Tensor:
        """This process's `[n, ...]` among those of all, `[world * n, ...]`; with the gradient that comes from all."""
        ...


class Alone:
    """One process: its rows are the batch."""

    rank = 0
    world = 1

    def gather(self, rows: Tensor) -> Tensor:
        return rows


class Together:
    """The processes of torch's default group, which `torchrun` or Accelerate started."""

    def __init__(self) -> None:
        self.rank = torch.distributed.get_rank()
        self.world = torch.distributed.get_world_size()

    def gather(self, rows: Tensor) -> Tensor:
        gathered: Tensor = _Gather.apply(rows, self.rank, self.world)  # type: ignore[no-untyped-call]
        return gathered


ALONE = Alone()


def current_peers() -> Peers:
    """Those of this process as it was started."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return Together()
    return ALONE


class _Gather(torch.autograd.Function):
    """`torch.distributed.nn.all_gather` is deprecated, and its successor private; this rests on public calls alone."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, rank: int, world: int) -> Tensor:
        ctx.own = slice(rank * len(rows), (rank + 1) * len(rows))
        parts = [torch.empty_like(rows, memory_format=torch.contiguous_format) for _ in range(world)]
        torch.distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        torch.distributed.all_reduce(total)
        return total[ctx.own], None, None
