"""What a person says of photos, written into the XMP sidecars beside them, for other programs. Never into the photos.

A sidecar is looked for as reading does it: `a.jpg.xmp`, else `a.xmp`; where there is none, `a.jpg.xmp` is made.
What others say in it stays with the file in the store, so that taking our word back finds it again.
"""

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from ritrova.atomic import PART, is_part_of, replacing
from ritrova.folders.scan import SIDECAR, Listing, Wanted, walk
from ritrova.images import metadata
from ritrova.images.xmp import LONGEST
from ritrova.images.xmp_places import NotUnderstood
from ritrova.images.xmp_writing import EMPTY, Edit, edited, rejected
from ritrova.store import sidecars
from ritrova.store.marks import Touched
from ritrova.store.sidecars import Beside, Words
from ritrova.store.store import Store

ATTEMPTS = 3
"""So often a sidecar is read again that another program changes at the same moment."""


class Obstacle(StrEnum):
    """Why a sidecar was not written."""

    AWAY = "away"  # the folder or the photo is not there: a disk that is not connected
    CLOSED = "closed"  # the folder or the sidecar may not be written
    BROKEN = "broken"  # the sidecar is no XMP that can be changed without harm
    FULL = "full"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refused:
    """A sidecar that was not written; the change stands in the store all the same."""

    path: bytes  # of the photo; of a broken sidecar itself
    why: Obstacle
    reason: str = ""  # the system's own words


class SidecarWriter:
    """For one thread at a time. Remembers, while it lives, which photos other programs had rejected."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rejected: set[bytes] = set()  # sidecars whose -1 gave way to stars
        self._parts: dict[str, list[str]] = {}  # by directory: what was half written there before us

    def write(
        self, touched: Mapping[bytes, Touched], ignored: Collection[str], before_each: Callable[[], object]
    ) -> tuple[list[Refused], set[bytes]]:
        """Bring the sidecars of all present files of these contents to what the store says, where it was touched.

        What could not be written, and the contents of which a sidecar said something that the store did not know yet.
        """
        words = sidecars.words_about(self._store, list(touched))
        wanted = Wanted.of((), ignored)
        refused: list[Refused] = []
        news: set[bytes] = set()
        for directory, files in _by_directory(sidecars.files_of(self._store, list(touched))):
            try:
                listing = next(walk(directory, wanted, deep=False))
            except OSError as error:
                refused += [Refused(file.path, _obstacle(error, Obstacle.AWAY), _reason(error)) for file in files]
                continue
            for file in files:
                before_each()
                path = _sidecar(listing, file.path)
                try:
                    self._tidy(path)
                    if self._write(file, path, touched[file.hash], words[file.hash]):
                        news.add(file.hash)
                except NotUnderstood:
                    refused.append(Refused(path, Obstacle.BROKEN))
                except FileNotFoundError:
                    refused.append(Refused(file.path, Obstacle.AWAY))
                except OSError as error:
                    refused.append(Refused(file.path, _obstacle(error, Obstacle.OTHER), _reason(error)))
        return refused, news

    def _tidy(self, sidecar: bytes) -> None:
        """Remove what a process that was killed while it wrote this sidecar has left beside it. Raises OSError."""
        directory, name = os.path.split(os.fsdecode(sidecar))
        if directory not in self._parts:
            self._parts[directory] = [entry for entry in os.listdir(directory) if entry.endswith(PART)]
        for entry in self._parts[directory]:
            if is_part_of(entry, name):
                Path(directory, entry).unlink(missing_ok=True)

    def _write(self, file: Beside, path: bytes, touched: Touched, words: Words) -> bool:
        """Whether the sidecar said something new. Raises NotUnderstood, OSError."""
        photo = os.lstat(file.path)
        if (photo.st_size, photo.st_mtime_ns) != (file.size, file.mtime_ns):  # another disk in its place?
            raise FileNotFoundError
        for _ in range(ATTEMPTS):
            with self._store.beside, suppress(_Overtaken):  # a scan that sees what we do waits until it is noted
                packet, before = _read(path)
                known = before is None or before == file.sidecar_mtime_ns
                others = None if known else metadata.sidecar(packet)
                rating = others.rating if others else file.rating
                new = edited(packet, self._edit(path, packet, touched, words, rating))
                if new is not None:
                    _put(path, new, before, stat.S_IMODE(photo.st_mode) & 0o666 | stat.S_IWUSR)
                after = _mtime_ns(path)
                if after is not None and after != file.sidecar_mtime_ns:
                    sidecars.note(self._store, file.file_id, after, others)
                return not known
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    def _edit(self, path: bytes, packet: bytes, touched: Touched, words: Words, others: int | None) -> Edit:
        rating = others if words.said.rating is None else words.said.rating
        if touched.rating:
            if rejected(packet):
                self._rejected.add(path)
            elif rating is None and path in self._rejected:
                rating = -1
        asked = touched.words | words.typed if touched.words else frozenset()
        return Edit(
            stars=touched.rating,
            rating=rating,
            favourite=words.said.favourite if touched.favourite else None,
            add=tuple(sorted(asked & words.keywords)),
            remove=tuple(sorted(asked - words.keywords)),
            own=tuple(sorted(words.keywords)),
        )


class _Overtaken(Exception):
    """Another program wrote the sidecar meanwhile."""


def _by_directory(files: Sequence[Beside]) -> Iterator[tuple[bytes, list[Beside]]]:
    for directory, group in groupby(files, lambda file: os.path.dirname(file.path)):
        yield directory, list(group)


def _sidecar(listing: Listing, photo: bytes) -> bytes:
    """Where the sidecar of a photo is, or comes."""
    directory, name = os.path.split(photo)
    found = listing.sidecar_of(name)
    return os.path.join(directory, found[0] if found else name + SIDECAR)


def _read(path: bytes) -> tuple[bytes, int | None]:
    """A sidecar with its time; a new one where there is none. Raises NotUnderstood, OSError."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return EMPTY, None
    if not stat.S_ISREG(status.st_mode):  # a scan does not read it either
        raise NotUnderstood("not a regular file")
    with open(path, "rb") as file:
        return file.read(LONGEST + 1), status.st_mtime_ns


def _put(path: bytes, packet: bytes, before: int | None, mode: int) -> None:
    """Write a sidecar aside and put it in place, with the rights of the former one or else with `mode`.

    Raises _Overtaken where its time is not what it was `before`, OSError.
    """
    target = Path(os.fsdecode(path))
    if before is not None:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if not mode & stat.S_IWUSR:  # putting another in its place would get around that
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with replacing(target, durable=True) as part:
        part.write_bytes(packet)
        part.chmod(mode)
        if _mtime_ns(path) != before:
            raise _Overtaken


def _mtime_ns(path: bytes) -> int | None:
    try:
        return os.lstat(path).st_mtime_ns
    except FileNotFoundError:
        return None


def _obstacle(error: OSError, otherwise: Obstacle) -> Obstacle:
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Obstacle.CLOSED
    return Obstacle.FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else otherwise


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
