"""The one internal form of training data: an image, what people said of it, and where both come from."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images.files import read_photo
from ritrova.images.limits import DecodeLimits

MAX_BYTES = DecodeLimits().max_file_bytes


class ImageRef(Protocol):
    """An image that is read when it is needed. Small, and can be sent to a worker process."""

    @property
    def key(self) -> str:
        """Names the image within its source, wherever the data lies: the split follows it."""

    def read(self) -> bytes:
        """The encoded image. Raises DecodeFailure, of the kind `unreadable` where it is missing."""


@dataclass(frozen=True, slots=True)
class FileImage:
    """An image in a file of its own."""

    key: str
    path: Path

    def read(self) -> bytes:
        return read_photo(os.fsencode(self.path), MAX_BYTES)[0]


@dataclass(frozen=True, slots=True)
class ShardImage:
    """An image within a tar archive that is not unpacked."""

    key: str
    shard: Path
    offset: int  # bytes from the start of the archive
    size: int  # bytes

    def read(self) -> bytes:
        if self.size > MAX_BYTES:
            raise DecodeFailure(FailureKind.TOO_LARGE, f"{self.size} bytes", os.fsencode(self.shard))
        try:
            with self.shard.open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.size)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DecodeFailure(FailureKind.UNREADABLE, reason, os.fsencode(self.shard)) from error
        if len(data) != self.size:
            raise DecodeFailure(FailureKind.CORRUPT, "the archive ends within the image", os.fsencode(self.shard))
        return data


@dataclass(frozen=True, slots=True)
class Pair:
    """One image and what people said of it."""

    image: ImageRef
    captions: tuple[str, ...]  # at least one, without blanks around; cleaning leaves none that is empty
    source: str  # which collection the image comes from

    @property
    def name(self) -> str:
        """The image's file name without folder and suffix: how a file of features calls it."""
        return PurePosixPath(self.image.key).stem


def is_present(image: ImageRef) -> bool:
    """Whether the image's file is there, unopened. What lies in a shard was seen when the shard was read."""
    return not isinstance(image, FileImage) or image.path.is_file()


def all_captions(pairs: Sequence[Pair]) -> list[str]:
    """Every caption, image by image."""
    return [caption for pair in pairs for caption in pair.captions]
