"""Ways to read photos that fail as broken disks do. Named to a `SandboxedDecoder`."""

import errno
import os
import zlib
from pathlib import Path

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images.files import read_photo
from ritrova.photo import FileStamp


def every_third(path: bytes, max_bytes: int) -> tuple[bytes, FileStamp]:
    """A read error for a third of the photos, as long as a file `broken` lies beside the folder."""
    if zlib.crc32(os.path.basename(path)) % 3 == 0 and Path(os.fsdecode(path)).parents[1].joinpath("broken").exists():
        raise DecodeFailure(FailureKind.UNREADABLE, os.strerror(errno.EIO))
    return read_photo(path, max_bytes)
