"""What happens to files: events, as the system tells them one by one, and changes, as they are in the end.

Paths are raw bytes, relative to the watched folder.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ritrova.folders.scan import SIDECAR, Wanted


class Kind(StrEnum):
    """What happened."""

    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `path` is where the thing is, or was if it was deleted; a moved one came from `source`."""

    kind: Kind
    path: bytes
    directory: bool = False
    source: bytes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one file or folder over many events. All changes of a list hold at once, not one by one:

    - `MOVED`: what lay at `source` before is at `path` now, with all in it that no other change names. It gives way
      to nothing: what was at `path` is gone.
    - `DELETED`: what lay at `path` before, if there was anything, is gone, with all in it that was not moved.
    - `CREATED`: what is at `path` now is new: to be read, a folder with all in it that was not moved there.
    - `MODIFIED`: the file at `path` now is not what it was: to be read.
    """

    kind: Kind
    path: bytes
    directory: bool = False
    source: bytes | None = None


class Filter(Protocol):
    """Tells which paths a scan would look at."""

    def __call__(self, path: bytes, *, directory: bool) -> bool: ...


def scanned(wanted: Wanted) -> Filter:
    """The paths at which a scan looks: photos, their sidecars, folders; nothing with an ignored name on the way."""

    def is_scanned(path: bytes, *, directory: bool) -> bool:
        if not directory:
            name = os.path.basename(path)
            extension = os.path.splitext(name)[1].lower()
            if extension not in wanted.extensions and extension != SIDECAR:
                return False
        return not any(wanted.ignored(part) for part in path.split(os.fsencode(os.sep)))

    return is_scanned


def seen_through(events: Iterator[Event], wanted: Filter) -> Iterator[Event]:
    """The events as seen by who knows of wanted paths alone: what moves out of sight is deleted, what moves in is new.

    So an editor's safe save (`.photo.jpg~` renamed to `photo.jpg`) leaves one new file.
    """
    for event in events:
        here = wanted(event.path, directory=event.directory)
        if event.kind != Kind.MOVED or event.source is None:
            if here:
                yield event
            continue
        before = wanted(event.source, directory=event.directory)
        if here and before:
            yield event
        elif here:
            yield Event(Kind.CREATED, event.path, event.directory)
        elif before:
            yield Event(Kind.DELETED, event.source, event.directory)
