"""The small JSON file beside an index's data files: what they hold, and the checksums that prove it.

Data files carry a name that is used once; the manifest names those that count and is replaced last. So a
process that ends at any moment leaves the old index or the new one, never a mixture, and whoever reads meanwhile
keeps the files that it opened.
"""

import secrets
import zlib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from ritrova.atomic import write_bytes
from ritrova.text import Message, msg
from ritrova.vectors import Stamp

_CHUNK = 1 << 20


class Damaged(Exception):
    """A cache that cannot be trusted; `reason` is for people. Never leaves this package: it means rebuild."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class Extent(BaseModel):
    """How much of a file counts: its first `size` bytes, whose CRC-32 is `crc32`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    size: int = 0
    crc32: int = 0

    def extended(self, data: bytes | memoryview) -> "Extent":
        """The extent after `data` was appended."""
        return Extent(size=self.size + memoryview(data).nbytes, crc32=zlib.crc32(data, self.crc32))

    def check(self, path: Path) -> None:
        """Raise Damaged unless `path` begins with the bytes that were written."""
        try:
            found = checksum(path, self.size)
        except OSError as error:
            raise Damaged(
                msg("The file {name} cannot be read: {reason}", name=path.name, reason=error.strerror)
            ) from error
        if found != self:
            raise Damaged(msg("The file {name} is damaged.", name=path.name))


class Manifest(BaseModel):
    """What every index writes down; each adds its own fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal[1] = 1
    name: str  # stem of the data files
    dimension: int
    stamp: Stamp

    def write(self, path: Path) -> None:
        """Put the manifest in place: its CRC-32 on the first line, then JSON. Raises OSError."""
        body = self.model_dump_json().encode()
        write_bytes(path, b"%08x\n%s" % (zlib.crc32(body), body), durable=False)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The manifest at `path`; None where there is none. Raises Damaged."""
        try:
            line, _, body = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Damaged(
                msg("The file {name} cannot be read: {reason}", name=path.name, reason=error.strerror)
            ) from error
        try:
            if line != b"%08x" % zlib.crc32(body):
                raise ValueError
            manifest = cls.model_validate_json(body)
        except (ValidationError, ValueError) as error:
            raise Damaged(msg("The file {name} is damaged.", name=path.name)) from error
        return manifest


def checksum(path: Path, size: int | None = None) -> Extent:
    """Size and CRC-32 of the first `size` bytes of a file, or of all of it. Raises OSError."""
    left = path.stat().st_size if size is None else size
    total, crc = 0, 0
    with path.open("rb", buffering=0) as file:
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            crc = zlib.crc32(chunk, crc)
            total += len(chunk)
            left -= len(chunk)
    return Extent(size=total, crc32=crc)


def fresh_name(kind: str) -> str:
    """A stem for data files that no earlier or other process used."""
    return f"{kind}-{secrets.token_hex(8)}"


def sweep(folder: Path, kind: str, keep: str) -> None:
    """Remove data files of `kind` that no manifest names any more, and what a killed process left half-written."""
    for path in [*folder.glob(f"{kind}-*"), *folder.glob(f".{kind}*.part")]:
        if path.stem != keep:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue  # still mapped by a reader (Windows), or not ours to remove: the next sweep may
