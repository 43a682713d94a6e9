"""How long a command took, stage by stage, from the start of the process."""

import time
from dataclasses import dataclass, field

from ritrova.cli.session import Session
from ritrova.text import Message, msg


@dataclass(slots=True)
class Stages:
    """The stages so far. Each lasts from the end of the one before."""

    told: list[tuple[Message, float]] = field(default_factory=list)  # with seconds
    _last: float = field(default_factory=lambda: _process_start())

    def done(self, stage: Message) -> None:
        """`stage` has just ended."""
        now = time.time()
        self.told.append((stage, now - self._last))
        self._last = now

    def show(self, session: Session) -> None:
        """One line a stage, and their sum, on standard error."""
        total = (msg("together"), sum(seconds for _, seconds in self.told))
        for stage, seconds in (*self.told, total):
            session.notice(msg("{seconds} s  {stage}", seconds=session.number(seconds, 3).rjust(7), stage=stage))


def _process_start() -> float:
    import psutil  # late: `ritrova --help` has no use for it

    return psutil.Process().create_time()
