"""Whether indexing may run now: on mains power, at night, as the person chose."""

from collections.abc import Callable
from datetime import datetime

import psutil

from ritrova.settings import IndexingSettings
from ritrova.text import Message, msg


def on_battery() -> bool:
    """Whether the computer runs on its battery; one without a battery does not."""
    find = getattr(psutil, "sensors_battery", None)  # not on every system
    battery = find() if find else None
    return battery is not None and battery.power_plugged is False


class Pace:
    """Looks at the power and at the clock; both can be given, for trying."""

    def __init__(
        self, battery: Callable[[], bool] = on_battery, hour: Callable[[], int] = lambda: datetime.now().hour
    ) -> None:
        self._battery = battery
        self._hour = hour

    def obstacle(self, settings: IndexingSettings) -> Message | None:
        """What indexing waits for; None: it may run."""
        if settings.only_on_mains and self._battery():
            return msg("Waiting for mains power.")
        if settings.only_at_night and not _within(self._hour(), settings.night_from, settings.night_to):
            return msg("Waiting for the night, from {hour} o'clock.", hour=settings.night_from)
        return None


def _within(hour: int, start: int, end: int) -> bool:
    """`start` to `end`, also across midnight."""
    return start <= hour < end if start <= end else hour >= start or hour < end
