"""Thumbnails on the disk, named by the content they show. A cache: any of it may be deleted at any moment."""

import os
import threading
from collections.abc import Callable, Collection, Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from ritrova.atomic import PART, is_abandoned, write_bytes
from ritrova.paths import LARGE_SIDE, SMALL_SIDE, thumbnail_path

__all__ = ["LARGE_SIDE", "SMALL_SIDE", "Thumbnails"]

_HASH_DIGITS = 64
_ROOM = 0.9  # of the limit is left after a clearing, so that the next one is some time off


@dataclass(frozen=True, slots=True)
class Survey:
    """How complete the thumbnails are."""

    missing: set[bytes]  # contents without a small one
    damaged: list[Path]
    orphans: int  # files of contents that are not known


class Thumbnails:
    """`ab/cd/<hash>.webp` of 256 pixels for every photo; below `large/`, of 512 pixels for those looked at.

    A content is named by the 32 bytes of its hash. The large ones may take `large_limit` bytes in all; beyond,
    the longest unused go first. Safe with threads, and with other processes on the same folder. Where the
    disk refuses, OSError passes through.
    """

    def __init__(self, root: Path, *, large_limit: int) -> None:
        self._root = root
        self._large = root / "large"
        self._large_limit = large_limit
        self._large_bytes: int | None = None  # as far as we know; other processes add, too
        self._lock = threading.Lock()

    def path(self, content: bytes, side: int = SMALL_SIDE) -> Path:
        """Where the thumbnail of `side` pixels (256 or 512) is, or would be."""
        return thumbnail_path(self._root, content, side)

    def has(self, content: bytes, side: int = SMALL_SIDE) -> bool:
        return self.path(content, side).exists()

    def use(self, content: bytes, side: int = SMALL_SIDE) -> Path | None:
        """The path of a thumbnail that is about to be shown, or None. A large one counts as used now."""
        path = self.path(content, side)
        try:
            if side == LARGE_SIDE:
                os.utime(path)
        except OSError:  # not there, or in a library that is read-only
            pass
        return path if path.exists() else None

    def put(self, content: bytes, webp: bytes, side: int = SMALL_SIDE) -> None:
        """Keep a thumbnail. A large one may push others out."""
        write_bytes(self.path(content, side), webp, durable=False)
        if side == LARGE_SIDE:
            with self._lock:
                if self._large_bytes is not None:
                    self._large_bytes += len(webp)
                if self._large_bytes is None or self._large_bytes > self._large_limit:
                    self._large_bytes = self._clear_large()

    def remove(self, content: bytes) -> None:
        """Drop all sizes of one content."""
        for side in (SMALL_SIDE, LARGE_SIDE):
            self.path(content, side).unlink(missing_ok=True)

    def survey(self, known: Collection[bytes], tell: Callable[[int], object] = lambda _done: None) -> "Survey":
        """What is there of these contents, and what belongs to none of them. Reads the beginning of every file.

        `tell` is told of every file how many there were before.
        """
        there: set[bytes] = set()
        damaged: list[Path] = []
        orphans = 0
        for done, entry in enumerate(_files(self._root)):
            tell(done)
            path = Path(entry.path)
            if self._is_orphan(entry, known):
                orphans += 1
            elif entry.name.endswith(".webp"):
                if not _is_webp(path):
                    damaged.append(path)
                elif not path.is_relative_to(self._large):
                    there.add(bytes.fromhex(entry.name[:_HASH_DIGITS]))
        return Survey(missing={each for each in known if each not in there}, damaged=damaged, orphans=orphans)

    def collect(self, known: Container[bytes]) -> int:
        """Drop the thumbnails of contents that are not `known`, and what interrupted writes left.

        Returns how many files went. A content must be known before its thumbnail is put, or no `put` be
        under way.
        """
        gone = 0
        for entry in _files(self._root):  # the large ones lie below it
            if self._is_orphan(entry, known):
                Path(entry.path).unlink(missing_ok=True)
                gone += 1
        self._large_bytes = None
        return gone

    @staticmethod
    def _is_orphan(entry: os.DirEntry[str], known: Container[bytes]) -> bool:
        if entry.name.endswith(PART):  # someone may be writing it
            return is_abandoned(Path(entry.path))
        try:
            return bytes.fromhex(entry.name[:_HASH_DIGITS]) not in known
        except ValueError:
            return False  # not ours

    def _clear_large(self) -> int:
        """Keep within the limit. Returns the bytes that are left."""
        kept = [(entry.stat(), entry.path) for entry in _files(self._large)]
        total = sum(status.st_size for status, _ in kept)
        if total <= self._large_limit:
            return total
        for status, path in sorted(kept, key=lambda item: item[0].st_mtime_ns):
            if total <= self._large_limit * _ROOM:
                break
            Path(path).unlink(missing_ok=True)
            total -= status.st_size
        return total


def _is_webp(path: Path) -> bool:
    """Whether a file is as long as its header says: what a full disk or a bad sector spoils."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
            return (
                head[:4] == b"RIFF"
                and head[8:] == b"WEBP"
                and path.stat().st_size >= 8 + int.from_bytes(head[4:8], "little")
            )
    except OSError:
        return False


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All files below `folder`; what vanishes meanwhile is passed over."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield entry
