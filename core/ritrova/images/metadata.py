"""What a photo says of itself, from all the places where it may say it.

Precedence: the date from EXIF (taken, then digitised), XMP, IPTC, and last EXIF's date of change; title,
description, keywords and rating from XMP, IPTC, EXIF; everything technical from EXIF. What an `.xmp` file
beside the photo says is kept apart from it, since it belongs to the file and not to its content.
"""

from dataclasses import replace
from datetime import date

from PIL import Image

from ritrova.images import exif, iptc, xmp
from ritrova.images.exif import ExifSays
from ritrova.photo import Metadata

NOTHING = Metadata()


def of_picture(image: Image.Image, data: bytes, today: date | None = None) -> Metadata:
    """Of a picture that Pillow has loaded from `data`. Never raises: what is broken is absent."""
    today = today or date.today()
    if exif.is_tiff(data):
        tags = exif.tags_of(data)
        packet: object = tags.xmp
    else:
        block = image.info.get("exif")
        tags = exif.tags_of(block if isinstance(block, bytes) else b"")
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if isinstance(packet, str):  # of a PNG
        packet = packet.encode("utf-8", "replace")
    said = xmp.says(packet, today) if isinstance(packet, bytes) else NOTHING
    return _joined(exif.says(tags, today), said, iptc.says(image, today))


def of_raw(data: bytes, preview: Metadata | None, today: date | None = None) -> Metadata:
    """Of a raw file: its own tags where it has some that we can read, else those of its preview."""
    today = today or date.today()
    tags = exif.tags_of(data)
    own = _joined(exif.says(tags, today), xmp.says(tags.xmp, today), NOTHING)
    return own if own != NOTHING else preview or NOTHING


def sidecar(packet: bytes, today: date | None = None) -> Metadata:
    """Of an `.xmp` file; nothing where it cannot be understood."""
    return xmp.says(packet, today or date.today())


def is_dng(data: bytes) -> bool:
    """Whether a TIFF is a digital negative, whatever its name."""
    return exif.is_tiff(data) and exif.tags_of(data).is_dng


def _joined(camera: ExifSays, person: Metadata, older: Metadata) -> Metadata:
    said = _dated(_dated(camera.metadata, person), older)
    if said.taken_at is None and camera.changed is not None:
        moment = camera.changed
        said = replace(said, taken_at=moment.at, taken_offset=moment.offset, taken_source="exif")
    return replace(
        said,
        title=person.title or older.title or said.title,
        description=person.description or older.description or said.description,
        keywords=person.keywords or older.keywords or said.keywords,
        rating=said.rating if person.rating is None else person.rating,
    )


def _dated(first: Metadata, second: Metadata) -> Metadata:
    """`first`, with the date of `second` where it has none."""
    if first.taken_at is not None or second.taken_at is None:
        return first
    return replace(first, taken_at=second.taken_at, taken_offset=second.taken_offset, taken_source=second.taken_source)
