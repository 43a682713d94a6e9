"""Threads that answer: each lane one request at a time, so that slow ones never stand before quick ones."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

log = logging.getLogger(__name__)

Order = Literal["oldest first", "newest first", "newest only"]
PATIENCE_S = 2.0
"""How long the end waits for a lane: what holds it up is told to stop before."""


@dataclass(frozen=True, slots=True)
class Job:
    """A request on its way: `run` answers it; `drop` tells that it will not be."""

    run: Callable[[], None]
    drop: Callable[[], None]


class Lane:
    """One thread and what waits for it. `newest only` drops what waits when more comes: as in a search while typing."""

    def __init__(self, name: str, order: Order = "oldest first") -> None:
        self._order = order
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"lane {name}", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        dropped: list[Job] = []
        with self._changed:
            if self._closed:
                return
            if self._order == "newest only":
                dropped, self._waiting = list(self._waiting), deque()
            self._waiting.append(job)
            self._changed.notify()
        for each in dropped:
            each.drop()

    @property
    def busy(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def close(self) -> None:
        """Take nothing more; what waits is forgotten; the job under way ends."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                job = self._waiting.pop() if self._order == "newest first" else self._waiting.popleft()
            job.run()
