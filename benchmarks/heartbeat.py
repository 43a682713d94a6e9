"""How long an event loop is kept from its next turn: a timer that beats, and looks how late it comes.

A thread that is ready to run waits for a processor where other programs have it. On Linux the kernel tells for how
long, and that is taken off: what is left is what the loop itself did, or waited for.
"""

import os
import time
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL_MS = 5


class Heartbeat(QObject):
    """Beats from `start` to `stop` on the thread that makes it."""

    def __init__(self) -> None:
        super().__init__()
        self.beats = 0
        self.longest_ms = 0.0
        """The longest turn of the loop, waiting for a processor taken off."""
        self.latest_ms = 0.0
        """The same with it: what a person sees."""
        self._schedule: int | None = None
        with suppress(OSError):
            self._schedule = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self._last = 0.0, 0.0
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = time.perf_counter(), self._queued_s()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        if self._schedule is not None:
            os.close(self._schedule)
            self._schedule = None

    def _beat(self) -> None:
        now, queued = time.perf_counter(), self._queued_s()
        late = (now - self._last[0]) * 1000 - INTERVAL_MS
        own = late - (queued - self._last[1]) * 1000
        self.beats += 1
        self.latest_ms = max(self.latest_ms, late)
        self.longest_ms = max(self.longest_ms, own)
        self._last = now, queued

    def _queued_s(self) -> float:
        """How long this thread has waited for a processor in all its life; 0 where nobody tells."""
        if self._schedule is None:
            return 0.0
        return int(os.pread(self._schedule, 100, 0).split()[1]) / 1e9
