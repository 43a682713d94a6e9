"""A library in memory: photos that never were, for the fake engine. The same number makes the same photos."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtGui import QColor, QImage, QImageWriter

from ritrova.engine.base import Text
from ritrova.engine.query import Query
from ritrova.engine.replies import AWAY, FAVOURITE, Columns, Count, FacetsOf, FolderCount, PhotoDetails
from ritrova.photo import Filters, Metadata
from ritrova.text import msg

WORDS = ("mare", "montagna", "gatto", "cane", "bambini", "tramonto", "neve", "torta", "bicicletta", "città")
CAMERAS = ("Fujifilm X-T4", "Canon EOS 80D", "Pixel 8", None)
SHAPES = ((4032, 3024), (3024, 4032), (6000, 4000), (3000, 3000), (5472, 2000))
NEWEST = date(2025, 8, 31)
ROOT = b"/foto"


@dataclass(slots=True)
class FakePhoto:
    file: int
    content: bytes
    path: bytes
    width: int
    height: int
    taken: date | None
    camera: str | None
    word: str
    rating: int | None = None
    favourite: bool = False
    keywords: tuple[str, ...] = ()
    albums: set[int] = field(default_factory=set)
    present: bool = True
    away: bool = False  # its disk is not there

    def details(self) -> PhotoDetails:
        taken = f"{self.taken.isoformat()}T12:00:00" if self.taken else None
        return PhotoDetails(
            file=self.file,
            content=self.content,
            path=self.path,
            format="jpeg",
            width=self.width,
            height=self.height,
            size=2_000_000 + self.file,
            mtime=1_700_000_000.0,
            present=self.present and not self.away,
            why=Text.of(msg("The disk is not connected.")) if self.away else None,
            metadata=Metadata(taken_at=taken, camera=self.camera, keywords=(self.word,)),
            rating=self.rating,
            favourite=self.favourite,
            keywords=(self.word, *self.keywords),
            albums=tuple(sorted(self.albums)),
        )


def photo(number: int) -> FakePhoto:
    """Photo `number`, from 1."""
    width, height = SHAPES[number % len(SHAPES)]
    word = WORDS[number % len(WORDS)]
    return FakePhoto(
        file=number,
        content=hashlib.sha256(str(number).encode()).digest(),
        path=f"/foto/{word}/{number:06}.jpg".encode(),
        width=width,
        height=height,
        taken=None if number % 17 == 0 else NEWEST - timedelta(days=number // 3),
        camera=CAMERAS[number % len(CAMERAS)],
        word=word,
    )


def found(photos: list[FakePhoto], query: Query) -> list[tuple[FakePhoto, float | None]]:
    """The photos that fit, best first, with their strength. A sentence fits photos of one of its words."""
    fitting = [one for one in photos if one.present and _in_scope(one, query) and passes(one, query.filters)]
    words = query.text.lower().split()
    relevant = bool(words or query.photos or query.more)
    if not relevant:
        fitting.sort(key=lambda one: (one.taken or date.min, one.file), reverse=query.order != "oldest")
        return [(one, None) for one in fitting]
    if words:
        fitting = [one for one in fitting if one.word in words or any(word in one.keywords for word in words)]
    fitting = [one for one in fitting if one.content not in query.less]
    if query.order != "relevance":
        fitting.sort(key=lambda one: one.taken or date.min, reverse=query.order == "newest")
    return [(one, max(0.0, 1 - 0.01 * at)) for at, one in enumerate(fitting)]


def passes(one: FakePhoto, filters: Filters) -> bool:
    shape = "square" if one.width == one.height else "portrait" if one.height > one.width else "landscape"
    return (
        (not filters.folders or any(one.path.startswith(folder) for folder in filters.folders))
        and (filters.date_from is None or (one.taken is not None and one.taken >= filters.date_from))
        and (filters.date_to is None or (one.taken is not None and one.taken <= filters.date_to))
        and (not filters.formats or "jpeg" in filters.formats)
        and (not filters.cameras or any(part.lower() in (one.camera or "").lower() for part in filters.cameras))
        and filters.orientation in (None, shape)
        and (filters.rating_min is None or (one.rating or 0) >= filters.rating_min)
    )


def columns(found_: list[tuple[FakePhoto, float | None]]) -> Columns:
    return Columns(
        hashes=b"".join(one.content for one, _ in found_),
        files=tuple(one.file for one, _ in found_),
        widths=tuple(one.width for one, _ in found_),
        heights=tuple(one.height for one, _ in found_),
        taken=tuple(one.taken.isoformat() if one.taken else None for one, _ in found_),
        strengths=tuple(strength for _, strength in found_),
        folded=tuple(3 if one.file % 11 == 0 else 0 for one, _ in found_),
        marks=bytes(
            (one.rating or 0) | (FAVOURITE if one.favourite else 0) | (AWAY if one.away else 0) for one, _ in found_
        ),
    )


def facets(photos: list[FakePhoto]) -> FacetsOf:
    """What filters can choose from."""

    def counted(values: list[str]) -> tuple[Count, ...]:
        return tuple(Count(value=value, count=values.count(value)) for value in sorted(set(values)))

    present = [one for one in photos if one.present]
    words = counted([one.word for one in present])
    below = (FolderCount(path=ROOT + b"/" + one.value.encode(), count=one.count, depth=1) for one in words)
    return FacetsOf(
        folders=(FolderCount(path=ROOT, count=len(present), depth=0), *below),
        formats=(Count(value="jpeg", count=len(present)),),
        cameras=counted([one.camera for one in present if one.camera]),
        years=tuple(reversed(counted([str(one.taken.year) for one in present if one.taken]))),
        keywords=words,
    )


def write_pictures(folder: Path, photos: list[FakePhoto]) -> tuple[dict[int, Path], dict[int, Path]]:
    """A thumbnail file for each photo, where a library has them, and a larger picture for each shape.

    Returns both by the photos' files. A thumbnail is of one colour, which its shape decides. What is there already is
    not written again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    larges = [_picture(folder / f"large-{at}.webp", at, 640) for at in range(len(SHAPES))]
    smalls = [_picture(folder / f"small-{at}.webp", at, 256).read_bytes() for at in range(len(SHAPES))]
    small, large = {}, {}
    for one in photos:
        name = one.content.hex()
        path = folder / "thumbnails" / name[:2] / name[2:4] / f"{name}.webp"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(smalls[one.file % len(SHAPES)])
        small[one.file], large[one.file] = path, larges[one.file % len(SHAPES)]
    return small, large


def _picture(path: Path, shape: int, side: int) -> Path:
    if path.exists():
        return path
    width, height = SHAPES[shape]
    scale = side / max(width, height)
    image = QImage(round(width * scale), round(height * scale), QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(shape * 360 // len(SHAPES), 90, 190))
    if not QImageWriter(str(path), b"png").write(image):  # quicker; readers look at the content
        raise OSError(f"cannot write {path}")
    return path


def _in_scope(one: FakePhoto, query: Query) -> bool:
    match query.scope.kind:
        case "favourites":
            return one.favourite
        case "album":
            return query.scope.album in one.albums
        case _:
            return True
