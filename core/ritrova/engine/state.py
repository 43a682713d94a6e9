"""What the handlers share: the library, where to speak, and what is under way."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from ritrova.engine.following import Follower
from ritrova.engine.indexer import Indexer
from ritrova.engine.outlet import Outlet
from ritrova.engine.previews import Previews
from ritrova.engine.questions import Questions
from ritrova.engine.requests import AnyRequest
from ritrova.engine.sidecars import Sidecars
from ritrova.engine.watching import Watching
from ritrova.errors import UsageError
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.progress import Cancellation, Courtesy
from ritrova.text import Message, msg


class Finding(Protocol):
    """What the doctor finds (`ritrova.cli.checks.Check`)."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> Message: ...
    @property
    def grade(self) -> str: ...
    @property
    def found(self) -> Message: ...
    @property
    def remedy(self) -> Message | None: ...


Examine = Callable[[LibraryPaths], Iterable[Finding]]


class PartFound(Protocol):
    """What the check of a library finds (`ritrova.checking.Finding`)."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> Message: ...
    @property
    def state(self) -> str: ...
    @property
    def found(self) -> Message: ...
    @property
    def remedy(self) -> Message | None: ...


Sound = Callable[[LibraryPaths, bool, Callable[[Message, int, int], object]], Iterable[PartFound]]
"""Checks a library part by part; whether to repair it, and who is told: which part, how far, of how much."""


class Underway:
    """The long work that one lane does, which other threads may break off."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._now, self._cancellation = 0, Cancellation()
        self._stopped = 0
        self._closed = False

    def begin(self, request: int) -> Cancellation:
        """This request's work begins; it may have been stopped before."""
        with self._turn:
            self._now, self._cancellation = request, Cancellation()
            if self._closed or request == self._stopped:
                self._cancellation.cancel()
            return self._cancellation

    def stop(self, request: int) -> None:
        with self._turn:
            self._stopped = request
            if request == self._now:
                self._cancellation.cancel()

    def close(self) -> None:
        """Whatever it is, and all that comes."""
        with self._turn:
            self._closed = True
            self._cancellation.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine process."""

    library: Library
    outlet: Outlet
    courtesy: Courtesy
    indexer: Indexer
    questions: Questions
    follower: Follower
    previews: Previews
    watching: Watching
    sidecars: Sidecars
    examine: Examine
    sound: Sound
    keeping: Underway = field(default_factory=Underway)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a handler sees it. `stale` tells that nobody waits for the answer any more."""

    id: int
    body: AnyRequest
    stale: Callable[[], bool] = field(default=lambda: False)


class Superseded(UsageError):
    """A newer search took the place of this one."""

    def __init__(self) -> None:
        super().__init__(msg("A newer search took its place."))
