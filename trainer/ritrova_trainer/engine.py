"""The machine that a run has: its device, its precision, and the other processes. All of it is Accelerate's work."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal

import torch
import torch.distributed
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import InitProcessGroupKwargs
from torch import Tensor, nn
from torch.optim import Optimizer

from ritrova.encoding.device import available
from ritrova.errors import EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.distributed import Peers, current_peers

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["float32", "bf16", "fp16"]
_PATIENCE = timedelta(hours=12)  # the first process may compute features for so long while the others wait
_MIXED = {"float32": "no", "bf16": "bf16", "fp16": "fp16"}


class Engine(AbstractContextManager["Engine"]):
    """One process of a run; `torchrun` or `accelerate launch` start several, and each makes its own."""

    def __init__(self, *, device: Device = "auto", precision: Precision = "float32") -> None:
        """Raises EnvironmentFault where the device is not there or does not know the precision."""
        if device != "auto" and not available(device):
            raise EnvironmentFault(
                msg("Training should run on {device}, which this computer does not offer.", device=device),
                msg("Take `--device auto`, or install the driver and the matching torch."),
            )
        if precision == "fp16" and (device == "cpu" or not available("cuda")):
            raise EnvironmentFault(
                msg("Half precision (fp16) needs a graphics card."), msg("Take `--set loop.precision=bf16`.")
            )
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it CUDA has no deterministic algorithms
        cpu = device == "cpu" or not available("cuda")
        patience = InitProcessGroupKwargs(timeout=_PATIENCE)
        self._accelerator = Accelerator(cpu=cpu, mixed_precision=_MIXED[precision], kwargs_handlers=[patience])
        self.peers: Peers = current_peers()

    @property
    def device(self) -> torch.device:
        device: torch.device = self._accelerator.device
        return device

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.peers.rank == 0

    def prepare(self, module: nn.Module, optimiser: Optimizer) -> tuple[nn.Module, Optimizer]:
        """Both on the device; with several processes, the module averages its gradients over them."""
        prepared: tuple[nn.Module, Optimizer] = self._accelerator.prepare(module, optimiser)
        return prepared

    def autocast(self) -> AbstractContextManager[object]:
        """Where the forward pass runs."""
        context: AbstractContextManager[object] = self._accelerator.autocast()
        return context

    def no_sync(self, module: nn.Module) -> AbstractContextManager[object]:
        """Where gradients are added up in this process alone."""
        return self._accelerator.no_sync(module) if self.peers.world > 1 else nullcontext()

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss as its backward pass must see it: raised out of half precision's smallest numbers."""
        scaler = self._accelerator.scaler
        return loss if scaler is None else scaler.scale(loss)

    @property
    def loss_scale(self) -> float:
        """What `scaled` multiplies by."""
        scaler = self._accelerator.scaler
        return 1.0 if scaler is None else float(scaler.get_scale())

    def unscale(self, optimiser: Optimizer) -> None:
        """Take what `scaled` did out of the gradients, before they are looked at."""
        self._accelerator.unscale_gradients(optimiser)

    def mean(self, *values: float) -> list[float]:
        """Each value's mean over the processes."""
        if self.peers.world == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(total)
        means: list[float] = (total / self.peers.world).tolist()
        return means

    def each(self, own: Tensor) -> Tensor:
        """`[k]` of every process, in the order of their ranks: `[world, k]`, on the CPU."""
        return self.peers.gather(own[None].to(self.device)).cpu()

    def wait(self) -> None:
        """Until all processes have come here."""
        self._accelerator.wait_for_everyone()

    def first_alone(self) -> AbstractContextManager[None]:
        """Where the first process computes what the others then find done."""
        context: AbstractContextManager[None] = self._accelerator.main_process_first()
        return context

    def state_dict(self) -> dict[str, Any]:
        """Of the loss scaling, as JSON values."""
        scaler = self._accelerator.scaler
        return {} if scaler is None else scaler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if self._accelerator.scaler is not None and state:
            self._accelerator.scaler.load_state_dict(state)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the group of processes, and forget what Accelerate keeps for the life of a process."""
        self._accelerator.end_training()
        AcceleratorState._reset_state(reset_partial_state=True)


@contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Let torch choose algorithms that give the same bits each time, and restore its choice afterwards."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(wanted)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
