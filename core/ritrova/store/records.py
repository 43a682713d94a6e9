"""What goes into the store and what comes out of it, as plain values."""

import os
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import FailureKind
from ritrova.photo import FileStamp, Metadata, PhotoFacts


class StoredFile(NamedTuple):
    """A file as the store remembers it."""

    id: int
    size: int
    mtime_ns: int
    inode: int
    state: str  # a FileState
    sidecar_mtime_ns: int | None
    content_id: int | None

    @property
    def stamp(self) -> FileStamp:
        return FileStamp(self.size, self.mtime_ns, self.inode)


class FolderRecord(NamedTuple):
    """A watched folder with the counts of its files."""

    id: int
    path: bytes  # relative to the mount point
    volume: str  # identity
    label: str
    kind: str
    mount_point: bytes
    present: int
    missing: int
    failed: int
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def absolute(self) -> bytes:
        return absolute(self.mount_point, self.path)


class Unembedded(NamedTuple):
    """A file whose content a model has not seen."""

    directory: bytes
    name: bytes
    file: StoredFile


class KnownContent(NamedTuple):
    """Bytes that the store knows."""

    id: int
    embedded: bool  # by the model that was asked for


class FailureRecord(NamedTuple):
    """How reading a file failed the last time."""

    kind: str  # a FailureKind
    decoder: str
    attempts: int


class ModelRecord(NamedTuple):
    """A model that has made embeddings."""

    fingerprint: str
    name: str
    dimension: int
    embeddings: int


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a directory of a watched folder."""

    folder_id: int
    directory: bytes  # relative to the folder; empty for the folder itself
    name: bytes

    @property
    def key(self) -> str:
        return matching_key(absolute(self.directory, self.name))


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the `.xmp` file beside a photo says, and when it was written; `None` for both once it is gone."""

    mtime_ns: int | None
    metadata: Metadata | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A photo that was decoded and encoded."""

    place: Place
    stamp: FileStamp
    hash: bytes
    facts: PhotoFacts
    vector: NDArray[np.float32]  # [d], unit length
    moved_from: int | None
    sidecar: Sidecar | None  # None keeps what is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file whose bytes are known already: a move (`moved_from` is the file's former row), a copy or a touch."""

    place: Place
    stamp: FileStamp
    content_id: int
    moved_from: int | None
    sidecar: Sidecar | None  # None keeps what is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file or folder that could not be read. `stamp` is None for a folder."""

    place: Place
    stamp: FileStamp | None
    kind: FailureKind
    reason: str
    decoder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A known file whose sidecar changed."""

    file_id: int
    sidecar: Sidecar


Outcome = Embedded | Recognised | Broken | Noted


def matching_key(path: bytes) -> str:
    """A path as NFC text, so that the two ways to write an accent match; bytes that are no UTF-8 are escaped."""
    return unicodedata.normalize("NFC", path.decode("utf-8", "backslashreplace")).replace(os.sep, "/")


def absolute(*parts: bytes) -> bytes:
    """Path parts put together; empty ones are left out."""
    return os.path.join(*(part for part in parts if part))
