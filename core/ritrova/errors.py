"""The error tree.

    RitrovaError                    what happened, to which file, what to do
    ├── UsageError           (2)    asked for something that cannot be done as asked
    ├── EnvironmentFault     (3)    the machine, a file or a disk stands in the way; the remedy says what to do
    │   ├── LibraryError            the library folder or its database
    │   │   ├── LibraryTooNew       written by a newer Ritrova
    │   │   ├── LibraryCorrupt      the database is damaged
    │   │   ├── LibraryLocked       another process writes
    │   │   └── LibraryReadOnly     a change was asked for, the folder allows none
    │   ├── DiskFull
    │   └── ModelError              a model folder is missing, incomplete, altered or of a kind that is refused
    ├── DecodeFailure               one photo cannot be read: recorded and listed, never raised to a person
    └── OurBug               (4)    a promise of our own code is broken

Everything else that reaches the top is a bug of ours too. The number is the exit code of the command line.
"""

import errno
from enum import StrEnum
from os import fsdecode
from typing import ClassVar

from ritrova.text import Message, msg


class FailureKind(StrEnum):
    """Why a photo is not searchable."""

    CORRUPT = "corrupt"  # the bytes are not a whole picture
    UNSUPPORTED = "unsupported"  # not a picture, or of a format that we do not read
    TOO_LARGE = "too_large"  # more pixels or bytes than the limits allow
    UNREADABLE = "unreadable"  # the system did not let us read it
    TIMEOUT = "timeout"  # the decoder did not answer in time
    CRASHED = "crashed"  # the decoder's process ended


_FOR_PEOPLE = {
    FailureKind.CORRUPT: msg("the file is damaged"),
    FailureKind.UNSUPPORTED: msg("it is no picture that Ritrova knows"),
    FailureKind.TOO_LARGE: msg("it is larger than the limits allow"),
    FailureKind.UNREADABLE: msg("the system does not let it be read"),
    FailureKind.TIMEOUT: msg("it took too long"),
    FailureKind.CRASHED: msg("the program that reads photos ended on it"),
}

OUT_OF_MEMORY = "out of memory"
"""How the reason of a `too_large` ends that lies in the moment as well as in the photo."""


class RitrovaError(Exception):
    """An error that a person can read: `title` says what happened, `remedy` what to do, `path` to which file."""

    exit_code: ClassVar[int] = 4

    def __init__(self, title: Message, remedy: Message | None = None, path: bytes | str | None = None) -> None:
        super().__init__(title, remedy, path)
        self.title = title
        self.remedy = remedy
        self.path = path if path is None or isinstance(path, str) else fsdecode(path)

    def __str__(self) -> str:
        parts = [str(self.title), self.path, str(self.remedy) if self.remedy else None]
        return " | ".join(part for part in parts if part)


class UsageError(RitrovaError):
    exit_code = 2


class EnvironmentFault(RitrovaError):
    exit_code = 3


class LibraryError(EnvironmentFault): ...


class LibraryTooNew(LibraryError): ...


class LibraryCorrupt(LibraryError): ...


class LibraryLocked(LibraryError): ...


class LibraryReadOnly(LibraryError): ...


class DiskFull(EnvironmentFault): ...


class ModelError(EnvironmentFault): ...


class OurBug(RitrovaError): ...


class DecodeFailure(RitrovaError):
    """One photo that cannot be decoded. `reason` is short, technical and in English; `kind` is for people."""

    def __init__(self, kind: FailureKind, reason: str, path: bytes | None = None) -> None:
        super().__init__(msg("The photo cannot be read: {reason}", reason=_FOR_PEOPLE[kind]), None, path)
        self.kind = kind
        self.reason = reason


def fault_of(error: OSError, path: bytes | str) -> EnvironmentFault:
    """What the operating system refused of a file of ours, in our words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            msg("The disk is full."), msg("Free some space and run the command again: nothing is lost."), path
        )
    reason = error.strerror or str(error)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return LibraryReadOnly(
            msg("The library cannot be written: {reason}", reason=reason),
            msg("Check the permissions of its folder, or choose another folder."),
            path,
        )
    return EnvironmentFault(
        msg("A file of the library cannot be written: {reason}", reason=reason),
        msg("Check the disk that the library lies on."),
        path,
    )
