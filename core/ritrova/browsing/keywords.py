"""The keywords of a library's photos, counted once rather than at each key that a person types."""

import math
import threading
import time

from ritrova.store import browsing
from ritrova.store.store import Store

RECOUNT_S = 60.0
"""While indexing adds photos the keywords are counted anew at most so often: in a large library that takes a while."""


class Keywords:
    """For any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._kept: list[tuple[str, int]] | None = None
        self._until = math.inf  # on the monotonic clock
        self._changes = 0

    def counted(self) -> list[tuple[str, int]]:
        """All keywords with the number of their photos, most frequent first."""
        with self._turn:
            if self._kept is not None and time.monotonic() < self._until:
                return self._kept
            before = self._changes
        found = sorted(browsing.keywords(self._store).items(), key=lambda item: (-item[1], item[0]))
        with self._turn:
            if self._changes == before:  # else what was counted is out of date already
                self._kept, self._until = found, math.inf
        return found

    def forget(self) -> None:
        """They are others now."""
        with self._turn:
            self._kept = None
            self._changes += 1

    def expect_more(self) -> None:
        """There may be more of them, which may wait."""
        with self._turn:
            self._until = min(self._until, time.monotonic() + RECOUNT_S)
