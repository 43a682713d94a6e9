"""Counting what a run did, in the words of its report."""

from collections.abc import Sequence

from ritrova.indexing.work import Done, Scanned
from ritrova.photo import FileState, IndexReport
from ritrova.store.records import Broken, Embedded, Noted, Recognised


class Tally:
    """Grows with every batch that was written."""

    def __init__(self) -> None:
        self.report = IndexReport()

    @property
    def read(self) -> int:
        """Files read so far."""
        return self.report.read

    def scanned(self, scanned: Scanned) -> None:
        self.report.unchanged += scanned.unchanged
        self.report.returned += len(scanned.returned)
        self.report.moved += len(scanned.moved)
        self.report.noted += sum(isinstance(each, Noted) for each in scanned.noted)
        self.report.unrested += scanned.unrested
        if scanned.offline is not None:
            self.report.offline.append(scanned.offline)

    def count(self, batch: Sequence[Done]) -> None:
        for done in batch:
            self.report.read += 1
            self._count(done)

    def _count(self, done: Done) -> None:
        known = done.item.known
        was_photo = known is not None and known.content_id is not None  # else it is new, or was unreadable until now
        match done.outcome:
            case Broken():
                pass  # the report counts all that cannot be read now, from the store
            case Embedded() if done.item.only_embed:
                self.report.embedded += 1  # counted as unchanged by the scan
            case Embedded(moved_from=moved_from):
                self.report.embedded += 1
                self._count_place(was_photo, moved_from is not None)
            case Recognised(content_id=content_id, moved_from=moved_from):
                if known is not None and known.content_id == content_id:
                    if known.state == FileState.MISSING:
                        self.report.returned += 1
                    else:
                        self.report.unchanged += 1
                else:
                    self._count_place(was_photo, moved_from is not None)

    def _count_place(self, was_photo: bool, moved: bool) -> None:
        if was_photo:
            self.report.changed += 1
        elif moved:
            self.report.moved += 1
        else:
            self.report.added += 1
