"""Whether indexing may run now, and how hard: by the power, the hour, and what other programs need."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import psutil

from ritrova.settings import IndexingSettings
from ritrova.text import Message, msg

LOOK_S = 5.0
"""How long an answer about power and load is good for."""

BUSY = 0.5
"""From this share of all processors on that others use, indexing takes half of its time."""


def on_battery() -> bool:
    """Whether the computer runs on its battery; one without a battery does not."""
    find = getattr(psutil, "sensors_battery", None)  # not on every system
    battery = find() if find else None
    return battery is not None and battery.power_plugged is False


class OthersLoad:
    """The share of all processors, 0 to 1, that processes other than ours have used since the last call."""

    def __init__(self) -> None:
        self._before: tuple[float, float, dict[int, float]] | None = None

    def __call__(self) -> float:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)  # those count twice
        ours = _own_times()
        before, self._before = self._before, (total, total - idle, ours)
        if before is None or total <= before[0]:
            return 0.0
        mine = sum(seconds - before[2].get(pid, 0.0) for pid, seconds in ours.items())
        return min(max((total - idle - before[1] - mine) / (total - before[0]), 0.0), 1.0)


class Slowness(NamedTuple):
    """Which part of its time indexing takes, and why."""

    share: float
    why: Message | None


FULL = Slowness(1.0, None)


class Pace:
    """Looks at the power, the clock and the processors; each can be given, for trying."""

    def __init__(
        self,
        battery: Callable[[], bool] = on_battery,
        hour: Callable[[], int] = lambda: datetime.now().hour,
        load: Callable[[], float] | None = None,
    ) -> None:
        self._battery = battery
        self._hour = hour
        self._load = load or OthersLoad()
        self._looked = -LOOK_S
        self._found = FULL
        self._turn = threading.Lock()

    def obstacle(self, settings: IndexingSettings) -> Message | None:
        """What indexing waits for; None: it may run."""
        if settings.only_on_mains and self._battery():
            return msg("Waiting for mains power.")
        if settings.only_at_night and not _within(self._hour(), settings.night_from, settings.night_to):
            return msg("Waiting for the night, from {hour} o'clock.", hour=settings.night_from)
        return None

    def slowness(self, settings: IndexingSettings) -> Slowness:
        """How hard indexing may work; looks at the computer every few seconds only."""
        if not settings.considerate:
            return FULL
        with self._turn:
            now = time.monotonic()
            if now - self._looked >= LOOK_S:
                self._looked, self._found = now, self._look()
            return self._found

    def _look(self) -> Slowness:
        load = self._load()  # also on the battery: it counts from one call to the next
        if self._battery():
            return Slowness(0.5, msg("Slower, on the battery"))
        if load >= BUSY:
            return Slowness(0.5, msg("Slower, for other programs need the processor"))
        return FULL


def _within(hour: int, start: int, end: int) -> bool:
    """`start` to `end`, also across midnight."""
    return start <= hour < end if start <= end else hour >= start or hour < end


def _own_times() -> dict[int, float]:
    """Seconds of processor that this process and its descendants have used, by process."""
    found = {}
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has ended
            continue
        found[process.pid] = times.user + times.system
    return found
