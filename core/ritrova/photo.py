"""The nouns of the program: frozen dataclasses that every layer shares."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from ritrova.errors import FailureKind


class FileState(StrEnum):
    """Where a file stands between the disk and the store."""

    PRESENT = "present"  # read, hashed and decoded: searchable once its content has an embedding
    MISSING = "missing"  # was here, is gone; comes back when it comes back
    FAILED = "failed"  # here, but cannot be read; see its failure


@dataclass(frozen=True, slots=True)
class PixelSpec:
    """The pixels that a model wants: an RGB square of `side` pixels, uint8.

    `crop` scales the shorter side to `resize` and cuts the centre square of `side`; `squash` scales
    both sides to `side`. `resample` is Pillow's filter of that name.
    """

    side: int
    resize: int
    fit: Literal["crop", "squash"] = "crop"
    resample: Literal["bicubic", "bilinear", "lanczos"] = "bicubic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the file itself says of the photo. Every field may be absent: `None`, or empty."""

    taken_at: str | None = None  # ISO 8601 local time where the photo was taken, without offset
    taken_offset: int | None = None  # minutes east of UTC; None where the file does not say
    taken_source: Literal["exif", "xmp", "iptc"] | None = None
    latitude: float | None = None  # degrees, north positive
    longitude: float | None = None  # degrees, east positive
    camera: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    aperture: float | None = None  # f-number
    iso: int | None = None
    focal_mm: float | None = None
    title: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()
    rating: int | None = None  # 0 to 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFacts:
    """What decoding told of a content: the same bytes always give the same facts."""

    format: str  # lower-case name: jpeg, png, webp, gif, tiff, bmp, heif, avif, raw
    width: int  # pixels as shown, the EXIF orientation applied
    height: int
    orientation: int  # the EXIF value, 1 to 8
    metadata: Metadata = Metadata()


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells, without reading it, that a file is the one we know."""

    size: int  # bytes
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Conditions beside the sentence; `None` does not restrict. All given ones must hold."""

    folders: tuple[bytes, ...] = ()  # absolute raw paths; a photo anywhere below one of them passes
    date_from: date | None = None  # first local day, inclusive
    date_to: date | None = None  # last local day, inclusive
    formats: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()  # case-insensitive parts of the camera's name
    orientation: Literal["portrait", "landscape", "square"] | None = None
    rating_min: int | None = None  # 1 to 5; the person's stars count before the file's
    keywords: tuple[str, ...] = ()  # each of them, whatever its case
    favourites: bool = False  # only the person's favourites
    album: int | None = None  # only the photos of this album

    @property
    def any(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One photo found."""

    rank: int  # from 1
    path: bytes  # absolute, raw
    score: float  # cosine, -1 to 1
    strength: float | None  # 0 to 1: the share of the reference bank that fits the query less well
    taken_at: str | None  # ISO 8601, with the offset where the file has one
    width: int
    height: int
    content: bytes  # BLAKE3 of the file's bytes, 32 bytes; names the thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One photo that could not be read, as listed to the person."""

    path: bytes
    kind: FailureKind
    reason: str
    attempts: int


@dataclass(slots=True, kw_only=True)
class IndexReport:
    """What one indexing run did."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    missing: int = 0
    returned: int = 0
    unchanged: int = 0
    failed: int = 0  # files that cannot be read now, those known from earlier runs included
    read: int = 0  # files that were opened and hashed
    embedded: int = 0  # photos that went through the model
    noted: int = 0  # photos that stayed as they were beside a sidecar that is another now
    unrested: int = 0  # files that are still being written: a later run reads them
    seconds: float = 0.0
    offline: list[bytes] = field(
        default_factory=list
    )  # watched folders that could not be walked: nothing in them was touched
    vanished: list[bytes] = field(default_factory=list)  # watched folders that are no longer on their volume

    @property
    def photos_per_second(self) -> float:
        """Files read per second of this run; 0 when nothing was read."""
        return self.read / self.seconds if self.seconds > 0 else 0.0
