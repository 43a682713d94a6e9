"""Reading a library that another process writes: what it wrote since is taken in before a search."""

import time
from pathlib import Path

from ritrova.library import Library

RELOAD_S = 10.0
"""At most so often all is read again, for what moved or went; what is new is taken in each time."""


class Follower:
    """Looks whether the database's files have changed."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._seen = self._look()
        self._reloaded = time.monotonic()

    def catch_up(self) -> None:
        """Bring what is searched to what the other process wrote."""
        now = self._look()
        if not self._library.read_only or now == self._seen:
            return
        self._seen = now
        browser = self._library.browser
        if time.monotonic() - self._reloaded > RELOAD_S:
            self._reloaded = time.monotonic()
            browser.reload()
        browser.refresh()

    def _look(self) -> list[tuple[int, int]]:
        """Time and size of the database and its log."""
        database = self._library.paths.database
        return [_stamp(database), _stamp(database.with_name(f"{database.name}-wal"))]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
