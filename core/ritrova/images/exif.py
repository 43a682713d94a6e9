"""What EXIF says. Also reads the same tags in TIFF and in raw files, which are built alike.

Pillow's directory reader decodes a tag when it is asked for, so that a maker note of 100 MB costs nothing;
`Image.getexif().get_ifd()` would decode everything.
"""

import math
import warnings
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ritrova.images import moments, texts
from ritrova.images.moments import Moment
from ritrova.photo import Metadata

_EXIF_POINTER, _GPS_POINTER, _DNG_VERSION = 0x8769, 0x8825, 0xC612
_XMP = 0x02BC
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TIFF_IN_DISGUISE = (b"IIRO", b"IIRS", b"IIU\0")  # Olympus and Panasonic change the magic number alone


@dataclass(frozen=True, slots=True)
class Tags:
    """The main, the EXIF and the GPS directory of a file. Whatever cannot be read is simply not there."""

    _main: ImageFileDirectory_v2 | None
    _exif: ImageFileDirectory_v2 | None
    _gps: ImageFileDirectory_v2 | None

    def main(self, tag: int) -> Any:
        return _value(self._main, tag)

    def exif(self, tag: int) -> Any:
        return _value(self._exif, tag)

    def gps(self, tag: int) -> Any:
        return _value(self._gps, tag)

    @property
    def is_dng(self) -> bool:
        return self._main is not None and _DNG_VERSION in self._main

    @property
    def xmp(self) -> bytes:
        """The XMP packet of a TIFF."""
        value = self.main(_XMP)
        return value if isinstance(value, bytes) else b""


@dataclass(frozen=True, slots=True)
class ExifSays:
    """The metadata, and when the file was last changed, which is second best to when the photo was taken."""

    metadata: Metadata
    changed: Moment | None


def tags_of(block: bytes) -> Tags:
    """The tags of an EXIF block (with or without its `Exif` header), of a TIFF or of a raw file built like one."""
    if block[4:12] == b"ftypcrx ":
        return Tags(*(_directory(_cr3_block(block, name)) for name in (b"CMT1", b"CMT2", b"CMT4")))
    block = block.removeprefix(b"Exif\0\0")
    if block.startswith(_TIFF_IN_DISGUISE):
        block = b"II*\0" + block[4:]
    main = _directory(block)
    exif, gps = (_directory(block, _value(main, tag) or 0, tag) for tag in (_EXIF_POINTER, _GPS_POINTER))
    return Tags(main, exif, gps)


def is_tiff(data: bytes) -> bool:
    return data.startswith(_TIFF_STARTS)


def says(tags: Tags, today: date) -> ExifSays:
    """Everything that the program keeps of EXIF, absurd values left out."""
    taken, changed = _taken(tags, today)
    latitude, longitude = _place(tags)
    keywords = (_wide_text(tags.main(0x9C9E)) or "").split(";")
    iso = _number(_first(tags.exif(0x8827)), 1, 10_000_000)
    return ExifSays(
        Metadata(
            taken_at=taken.at if taken else None,
            taken_offset=taken.offset if taken else None,
            taken_source="exif" if taken else None,
            latitude=latitude,
            longitude=longitude,
            camera=_camera(_text(tags.main(0x010F)), _text(tags.main(0x0110))),
            lens=texts.clean(_text(tags.exif(0xA434)), 200),
            exposure_s=_number(tags.exif(0x829A), 1e-7, 1e6),
            aperture=_number(tags.exif(0x829D), 0.1, 1000),
            iso=None if iso is None else round(iso),
            focal_mm=_number(tags.exif(0x920A), 0.1, 1e5),
            title=_wide_text(tags.main(0x9C9B)),
            description=texts.clean(_text(tags.main(0x010E))),
            keywords=texts.keywords(keywords),
            rating=texts.rating(_number(tags.main(0x4746), 0, 5)),
        ),
        changed,
    )


def _directory(block: bytes, offset: int | None = None, group: int | None = None) -> ImageFileDirectory_v2 | None:
    """The directory at `offset`, or the main one; None where there is none."""
    if offset == 0 or not is_tiff(block):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on odd tags
            header = block[: 16 if b"+" in block[:4] else 8]  # BigTIFF's is longer
            directory = ImageFileDirectory_v2(header, group=group)
            file = BytesIO(block)
            file.seek(directory.next if offset is None else offset)
            directory.load(file)
            return directory
    except Exception:  # a third party's parser on hostile bytes: nothing it raises is worth a photo
        return None


def _cr3_block(data: bytes, name: bytes) -> bytes:
    """Canon's CR3 keeps each directory as a TIFF of its own, in a box near the beginning: size, name, content."""
    at = data.find(name, 4, 1 << 16)
    return b"" if at < 0 else data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]


def _value(directory: ImageFileDirectory_v2 | None, tag: int) -> Any:
    """A tag's value; several of them as a tuple; None where there is none that can be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = None if directory is None else directory.get(tag)
    except Exception:  # as above
        return None
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _taken(tags: Tags, today: date) -> tuple[Moment | None, Moment | None]:
    for at, fraction, offset in ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012)):  # original, then digitised
        moment = moments.from_exif(_text(tags.exif(at)), _text(tags.exif(fraction)), _text(tags.exif(offset)), today)
        if moment:
            return moment, None
    return None, moments.from_exif(_text(tags.main(0x0132)), _text(tags.exif(0x9290)), _text(tags.exif(0x9010)), today)


def _place(tags: Tags) -> tuple[float | None, float | None]:
    """Degrees north and east, both or neither. Exactly 0, 0 is what devices write that do not know."""
    latitude = _degrees(tags.gps(2), _text(tags.gps(1)), "N", "S", 90)
    longitude = _degrees(tags.gps(4), _text(tags.gps(3)), "E", "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude


def _degrees(parts: Any, reference: str, positive: str, negative: str, most: float) -> float | None:
    sign = {positive: 1, negative: -1}.get(reference.strip().upper())
    parts = parts if isinstance(parts, tuple) else (parts,)
    numbers = [number for part in parts if (number := _number(part, 0, 1e6)) is not None]
    if sign is None or len(numbers) != len(parts) or len(numbers) > 3:
        return None
    value = sum(number / 60**power for power, number in enumerate(numbers))  # degrees, minutes, seconds
    return sign * value if value <= most else None


def _camera(make: str, model: str) -> str | None:
    """Make and model without saying the make twice: `NIKON CORPORATION`, `NIKON D90` is a `NIKON D90`."""
    make, model = texts.clean(make, 100) or "", texts.clean(model, 100) or ""
    if make and model and model.split()[0].lower() != make.split()[0].lower():
        return f"{make} {model}"
    return model or make or None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value else value


def _number(value: Any, least: float, most: float) -> float | None:
    """A finite number between the bounds; None for anything else, such as a rational with denominator 0."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) and least <= number <= most else None


def _text(value: Any) -> str:
    if isinstance(value, str):  # Pillow decoded it as Latin-1
        value = value.encode("latin-1", "replace")
    return texts.guessed(value.split(b"\0")[0]) if isinstance(value, bytes) else ""


def _wide_text(value: Any) -> str | None:
    """The XP tags of Windows: UTF-16 in bytes."""
    return texts.clean(value.decode("utf-16-le", "ignore")) if isinstance(value, bytes) else None
