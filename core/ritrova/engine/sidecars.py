"""Writing sidecars aside: what changes while some are written is gathered, and searches go first."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping

from ritrova.engine.lanes import Job, Lane
from ritrova.engine.outlet import Outlet
from ritrova.engine.pending import PendingSidecars
from ritrova.errors import fault_of
from ritrova.library import Library
from ritrova.progress import Courtesy
from ritrova.sidecars import Obstacle, Refused, SidecarWriter
from ritrova.store.marks import Touched
from ritrova.text import Message, msg, msg_n

log = logging.getLogger(__name__)

PORTION = 50
"""Photos whose words are looked up at once."""
END_S = 4.0
"""So long the end waits for sidecars that are still to be written."""
QUIET_S = 60.0
"""An obstacle that was told is not told again within so long."""


class Sidecars:
    """Where the settings want them, after each change of what a person says of photos."""

    def __init__(self, library: Library, outlet: Outlet, courtesy: Courtesy) -> None:
        self._library = library
        self._outlet = outlet
        self._courtesy = courtesy
        self._writer = SidecarWriter(library.store)
        self._lane = Lane("sidecars")
        self._pending = PendingSidecars(library.paths.pending_sidecars)
        self._done = threading.Event()
        self._until: float | None = None  # by the monotonic clock, once the end has come
        self._told: dict[Obstacle, float] = {}

    def resume(self) -> None:
        """Write what an engine that was killed, or that had no time at its end, has left. For a library of ours."""
        if not self._library.settings.sidecars.write:
            self._pending.forget()
        elif self._pending.recall():
            self._lane.put(Job(self._work, lambda: None))

    def promise(self, touched: Mapping[bytes, Touched]) -> None:
        """This is about to be committed: were we killed then, the next start would write it. Raises DiskFull."""
        if touched and self._library.settings.sidecars.write:
            try:
                self._pending.promise(touched)
            except OSError as error:
                raise fault_of(error, str(self._library.paths.pending_sidecars)) from error

    def write(self, touched: Mapping[bytes, Touched]) -> None:
        """Soon; returns at once."""
        if touched and self._library.settings.sidecars.write:
            self._pending.add(touched)
            self._lane.put(Job(self._work, lambda: None))

    def close(self) -> None:
        """Write what is waiting, as far as there is time for it; the next start goes on."""
        self._until = time.monotonic() + END_S
        self._lane.put(Job(self._done.set, lambda: None))
        self._done.wait(END_S)
        self._lane.close()
        if self._pending:
            log.info("the sidecars of %d photos are left for the next start", len(self._pending))

    def _work(self) -> None:
        refused: list[Refused] = []
        for portion in self._portions():
            try:
                refused += self._write(portion)
            except Exception as error:
                self._outlet.notice_of(error)
        self._tell(refused)

    def _write(self, portion: dict[bytes, Touched]) -> list[Refused]:
        ignored = self._library.settings.folders.ignored_names
        refused, news = self._writer.write(portion, ignored, self._give_way)
        if news:
            self._library.browser.update(news)
            self._outlet.changed("marks")
        return refused

    def _portions(self) -> Iterator[dict[bytes, Touched]]:
        while self._until is None or time.monotonic() < self._until:
            portion = self._pending.take(PORTION)
            if not portion:
                return
            yield portion

    def _give_way(self) -> None:
        if self._until is None:
            self._courtesy.give_way()

    def _tell(self, refused: list[Refused]) -> None:
        """A line for each obstacle, with what to do about it."""
        now = time.monotonic()
        for why in Obstacle:
            some = [each for each in refused if each.why == why]
            if not some:
                continue
            log.info("%d sidecars were not written: %s", len(some), why)
            if now - self._told.get(why, -QUIET_S) < QUIET_S:
                continue
            self._told[why] = now
            message, remedy = _words(why, some)
            self._outlet.notice("warning", message, remedy, "settings")


def _words(why: Obstacle, some: list[Refused]) -> tuple[Message, Message]:
    kept = msg("Your change is kept in the library.")
    count, path = len(some), some[0].path
    if why == Obstacle.BROKEN:
        return msg_n(
            "The sidecar {path} cannot be understood, and was left as it is.",
            "{n} sidecars cannot be understood, and were left as they are. One of them: {path}",
            n=count,
            path=path,
        ), msg(
            "{kept} To have it written, put the file right or remove it, then undo the change and make it again.",
            kept=kept,
        )
    reasons: dict[Obstacle, Message | str] = {
        Obstacle.AWAY: msg("the photo is not there, or not as it was read"),
        Obstacle.CLOSED: msg("writing is not allowed there"),
        Obstacle.FULL: msg("the disk is full"),
        Obstacle.OTHER: some[0].reason,
    }
    remedy = {
        Obstacle.AWAY: msg("{kept} Connect the disk of the photo, then undo the change and make it again.", kept=kept),
        Obstacle.CLOSED: msg("{kept} Allow writing in the folder, or write no sidecars.", kept=kept),
        Obstacle.FULL: msg("{kept} Free some space, then undo the change and make it again.", kept=kept),
        Obstacle.OTHER: msg("{kept} To try once more, undo the change and make it again.", kept=kept),
    }[why]
    return msg_n(
        "The sidecar of {path} was not written: {reason}",
        "{n} sidecars were not written: {reason}. One of them: {path}",
        n=count,
        path=path,
        reason=reasons[why],
    ), remedy
