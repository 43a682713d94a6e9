"""Reading a photo's file: once, whole, and only if it holds still."""

import os
import stat

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.photo import FileStamp


def read_photo(path: bytes, max_bytes: int) -> tuple[bytes, FileStamp]:
    """The bytes of a regular file and the stamp that they belong to.

    Raises DecodeFailure: `unsupported` for what is no regular file (a FIFO or a device is not even opened),
    `too_large`, `corrupt` when empty, `unreadable` for what the system refuses and for a file that changes
    while it is read.
    """
    try:
        _check_regular(os.stat(path))
        # Not blocking: between the two looks, the name may have become that of a FIFO.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            before = os.fstat(handle)
            _check_regular(before)
            if before.st_size > max_bytes:
                raise DecodeFailure(FailureKind.TOO_LARGE, f"{before.st_size} bytes")
            data = file.read(before.st_size + 1)
            after = os.fstat(handle)
    except OSError as error:
        raise DecodeFailure(FailureKind.UNREADABLE, error.strerror or type(error).__name__) from error
    except ValueError as error:  # a path with a null byte
        raise DecodeFailure(FailureKind.UNREADABLE, str(error)) from error
    if len(data) != before.st_size or _stamp(before) != _stamp(after):
        raise DecodeFailure(FailureKind.UNREADABLE, "the file changed while it was read")
    if not data:
        raise DecodeFailure(FailureKind.CORRUPT, "the file is empty")
    return data, _stamp(before)


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise DecodeFailure(FailureKind.UNSUPPORTED, "not a regular file")


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
