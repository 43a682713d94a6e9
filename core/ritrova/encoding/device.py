"""Where a model runs, in which precision, on how many threads, and how many rows at a time."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ritrova.errors import EnvironmentFault
from ritrova.settings import EncodingSettings, cores
from ritrova.text import msg

log = logging.getLogger(__name__)

DeviceName = Literal["auto", "cuda", "mps", "xpu", "cpu"]
_CPU_BATCH = 4  # what larger ones compute no longer fits the caches: half the speed at 16 (measured, EfficientNet)
_GPU_BATCH = 128


def available(name: str) -> bool:
    """Whether this machine, with the torch that is installed, has such a device."""
    if name == "cuda":
        return torch.cuda.is_available()
    if name == "mps":
        return torch.backends.mps.is_available()
    if name == "xpu":
        return torch.xpu.is_available()
    return name == "cpu"


def choose(wanted: DeviceName, present: Callable[[str], bool] = available) -> torch.device:
    """The device that the settings ask for; `auto` takes CUDA, then MPS, then XPU, then the CPU.

    Raises EnvironmentFault where a device is asked for by name and is not there.
    """
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "xpu", "cpu") if present(name)))
    if not present(wanted):
        raise EnvironmentFault(
            msg("The model should run on {device}, which this computer does not offer.", device=wanted),
            msg("Set encoding.device to auto, or install the driver and the matching torch."),
        )
    return torch.device(wanted)


def lower_precision(device: torch.device) -> AbstractContextManager[object]:
    """Half precision for the towers where the device is at home in it; float32 on the CPU."""
    if device.type == "cpu":
        return nullcontext()
    wide = device.type == "xpu" or (device.type == "cuda" and torch.cuda.is_bf16_supported())
    return torch.autocast(device.type, torch.bfloat16 if wide else torch.float16)


def limit_threads(settings: EncodingSettings) -> int:
    """Give torch its CPU threads (the settings' number, else all cores but one) and return their number."""
    threads = settings.threads or max(1, cores() - 1)
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    return threads


class Batches:
    """Runs rows through a tower in batches that fit the memory: the size halves when it is exhausted, and stays so."""

    def __init__(self, device: torch.device, size: int = 0) -> None:
        self.size = size or (_CPU_BATCH if device.type == "cpu" else _GPU_BATCH)

    def run(
        self, rows: NDArray[np.uint8], tower: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """`tower` over all rows, in order. Raises EnvironmentFault where not even one row fits."""
        parts: list[NDArray[np.float32]] = []
        start = 0
        while start < len(rows):
            part = rows[start : start + self.size]
            try:
                parts.append(tower(part))
                start += len(part)
                continue
            except torch.OutOfMemoryError as error:
                if len(part) == 1:
                    raise EnvironmentFault(
                        msg("The device's memory does not hold the model and one photo."),
                        msg("Close other programs that use it, or set encoding.device to cpu."),
                    ) from error
            # Outside the handler: the error holds the failed batch's tensors through its traceback.
            self.size = (len(part) + 1) // 2
            log.warning("out of memory with %d photos a batch: now %d", len(part), self.size)
            release_memory()
        return np.concatenate(parts)


def release_memory() -> None:
    """Give what torch holds in reserve on a graphics card back to the system."""
    for name, memory in (("cuda", torch.cuda), ("mps", torch.mps), ("xpu", torch.xpu)):
        if available(name):
            memory.empty_cache()
