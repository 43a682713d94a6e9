"""How long work reports to whoever watches, and how it is stopped."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ritrova.errors import UsageError
from ritrova.text import Message, msg


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment in a long work. `total` grows while the folders are still being walked (`total_final` false)."""

    done: int
    total: int
    total_final: bool
    seconds: float  # since the start

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the present rate; None while nothing is known."""
        return (self.total - self.done) / self.rate if self.total_final and self.done else None


class Watcher(Protocol):
    """Is told of progress and of things worth a line. Called from the thread that asked for the work."""

    def progress(self, progress: Progress) -> None: ...

    def notice(self, message: Message) -> None: ...


class Silent:
    """The watcher that does not look."""

    def progress(self, progress: Progress) -> None:
        pass

    def notice(self, message: Message) -> None:
        pass


class Stopped(UsageError):
    """A work was broken off because somebody asked for it."""


class Cancellation:
    """Asks a long work to stop at the next safe point. May be set from any thread or a signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises Stopped where it was cancelled: for work that leaves nothing behind when it is broken off."""
        if self.cancelled:
            raise Stopped(msg("It was stopped."))


class Courtesy:
    """Lets what a person waits for go before a long work: the work stands still between two of its small steps.

    `share` tells, each time, which part of its time the work may take: with 0.5 each thread rests as long as it works.
    """

    _LONGEST_S = 1.0  # a question that takes longer than this no longer stops the work

    def __init__(self, share: Callable[[], float] = lambda: 1.0) -> None:
        self.share = share
        self._changed = threading.Condition()
        self._first = 0
        self._step = threading.local()

    @contextmanager
    def before_others(self) -> Iterator[None]:
        """The block goes first."""
        with self._changed:
            self._first += 1
        try:
            yield
        finally:
            with self._changed:
                self._first -= 1
                self._changed.notify_all()

    def give_way(self) -> None:
        """Called by the long work between its steps."""
        with self._changed:
            self._changed.wait_for(lambda: not self._first, self._LONGEST_S)
        self._rest()

    def _rest(self) -> None:
        """In proportion to the step that this thread has just done."""
        share = self.share()
        begun = getattr(self._step, "begun", None)
        if share < 1.0 and begun is not None:
            time.sleep(min((time.monotonic() - begun) * (1 / share - 1), self._LONGEST_S))
        self._step.begun = time.monotonic()
