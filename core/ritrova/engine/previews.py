"""Pictures to look at: made from originals by the sandboxed decoder, kept in a folder of ours within a limit."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from ritrova.atomic import write_bytes
from ritrova.errors import DecodeFailure, FailureKind, fault_of
from ritrova.images.sandbox import WHOLE, SandboxedDecoder
from ritrova.library import Library
from ritrova.photo import PhotoFacts
from ritrova.store.browsing import FileFacts

_ROOM = 0.9  # of the limit is left after a clearing


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture file; `width` and `height` are the original's, as shown."""

    path: Path
    width: int
    height: int


class Previews:
    """For one thread at a time, `close` excepted."""

    def __init__(self, library: Library, folder: Path) -> None:
        self._library = library
        self._folder = folder
        self._decoder: SandboxedDecoder | None = None
        self._closed = False
        self._turn = threading.Lock()
        self._bytes: int | None = None  # in the folder; None: not counted yet

    @property
    def decoder(self) -> SandboxedDecoder:
        """A decoder that stays, for the next photo is looked at soon."""
        with self._turn:
            if self._decoder is None:
                self._decoder = self._library.new_decoder()
            if self._closed:
                self._decoder.interrupt()
            return self._decoder

    def make(self, file: FileFacts, side: int | None) -> Preview:
        """The picture of a file, its longer side at most `side` pixels (None: all). Raises DecodeFailure, DiskFull."""
        kept, facts = self._kept(file.hash, side), None
        if kept is None:
            kept, facts = self.of_path(file.path, side)  # edited meanwhile: as it is now
        return Preview(kept, *((facts.width, facts.height) if facts else (file.width, file.height)))

    def of_path(self, path: bytes, side: int | None) -> tuple[Path, PhotoFacts | None]:
        """The picture of any photo, and what is known of it where it had to be decoded. Raises as `make` does."""
        opened = self.decoder.open(path)
        kept = self._kept(opened.hash, side)
        if kept is not None:
            return kept, None
        facts, picture = self.decoder.preview(side or WHOLE)
        kept = self._path(opened.hash, side)
        self._put(kept, picture)
        return kept, facts

    def close(self) -> None:
        """Give up on the photo that is being decoded, and end the decoder."""
        with self._turn:
            self._closed = True
            if self._decoder is not None:
                self._decoder.interrupt()

    def end(self) -> None:
        """Once nobody uses it any more."""
        if self._decoder is not None:
            self._decoder.close()

    def _path(self, content: bytes, side: int | None) -> Path:
        return self._folder / f"{content.hex()}-{side or 'full'}.jpg"

    def _kept(self, content: bytes, side: int | None) -> Path | None:
        path = self._path(content, side)
        try:
            os.utime(path)  # the longest unused go first
        except OSError:
            return path if path.exists() else None
        return path

    def _put(self, path: Path, picture: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_bytes(path, picture, durable=False)
        except OSError as error:
            raise fault_of(error, str(path)) from error
        if self._bytes is not None:
            self._bytes += len(picture)
        limit = self._library.settings.thumbnails.previews_limit_mb * 10**6
        if self._bytes is None or self._bytes > limit:
            self._bytes = self._clear(limit, keep=path)

    def _clear(self, limit: int, keep: Path) -> int:
        """Keep within the limit, the newest in any case; the bytes that are left."""
        found = sorted(
            ((path.stat(), path) for path in self._folder.glob("*.jpg")), key=lambda each: each[0].st_mtime_ns
        )
        total = sum(status.st_size for status, _ in found)
        if total <= limit:
            return total
        for status, path in found:
            if total <= limit * _ROOM:
                break
            if path != keep:
                path.unlink(missing_ok=True)
                total -= status.st_size
        return total


def gone(file: FileFacts) -> DecodeFailure:
    """The original is not where it was."""
    return DecodeFailure(FailureKind.UNREADABLE, "the file is gone", file.path)
