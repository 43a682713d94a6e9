"""What every benchmark shares: the machine's description, processor time, wall time."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from ritrova.settings import cores

BUILD = Path(__file__).parents[1] / "build" / "bench"
"""What is made once and used again; `make clean` removes it."""

NUMPY_SLOWED_BY = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Some machines set these for the sake of old OpenBLAS builds; `python benchmarks` drops them."""


def describe() -> str:
    """One line: processor, cores, memory, versions, and how busy the machine is otherwise."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    memory = psutil.virtual_memory().total / 2**30
    slowed = [name for name in NUMPY_SLOWED_BY if os.environ.get(name)]
    return (
        f"{names[0] if names else platform.processor()}, {cores()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, numpy {np.__version__}, load {psutil.getloadavg()[0]:.1f}"
        + (f"; numpy may be slow: {' and '.join(slowed)} set" if slowed else "")
    )


def cpu_seconds() -> float:
    """Processor time of this process and of all it started, those that have ended included."""
    own = psutil.Process()
    total = 0.0
    for process in (own, *own.children(recursive=True)):
        times = process.cpu_times()
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


@dataclass(slots=True)
class Spent:
    """What a block took, in seconds."""

    wall: float = 0.0
    cpu: float = 0.0  # of all cores together
    others: float = 0.0  # share of all cores that other programs had meanwhile: above a few percent, wall says little


@contextmanager
def measured() -> Iterator[Spent]:
    """Fills the `Spent` when the block ends."""
    spent, cpu, busy, start = Spent(), cpu_seconds(), _busy_seconds(), time.perf_counter()
    yield spent
    spent.wall = time.perf_counter() - start
    spent.cpu = cpu_seconds() - cpu
    spent.others = max(_busy_seconds() - busy - spent.cpu, 0.0) / spent.wall / cores()


def _busy_seconds() -> float:
    """Processor time of all programs."""
    times = psutil.cpu_times()
    return times.user + times.system + float(getattr(times, "nice", 0.0))


def median_seconds(function: Callable[[], object], repeat: int) -> float:
    """Median wall time of `repeat` calls."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


@dataclass(frozen=True, slots=True)
class Target:
    """A measured value beside what it should be at most (or at least)."""

    what: str
    value: float
    bound: float
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        sign, verdict = (">=" if self.at_least else "<="), ("met" if self.met else "MISSED")
        return f"  {verdict:6}  {self.what}: {self.value:.3g}{self.unit} (target {sign} {self.bound:g}{self.unit})"
