"""What is known of a photo, in words: for the information panel."""

import math
import os

from PySide6.QtCore import QDateTime, QLocale, Qt

from ritrova.engine.replies import PhotoDetails
from ritrova.photo import Metadata
from ritrova.text import msg, msg_n
from ritrova_desktop.text import Words

_SI = QLocale.DataSizeFormat.DataSizeSIFormat


def when(metadata: Metadata, words: Words) -> str | None:
    """ "Monday 1 July 2024, 12:00"; None where the file does not say, or says nonsense."""
    taken = QDateTime.fromString((metadata.taken_at or "")[:19], Qt.DateFormat.ISODate)
    if not taken.isValid():
        return None
    day = words.locale.toString(taken.date(), "dddd d MMMM yyyy")
    return f"{day}, {words.locale.toString(taken.time(), 'HH:mm')}"


def exposure(metadata: Metadata, words: Words) -> str | None:
    """ "1/250 s · f/2.8 · ISO 200 · 35 mm", of what is known."""
    parts = []
    if metadata.exposure_s is not None and metadata.exposure_s > 0:
        parts.append(f"{_fraction(metadata.exposure_s, words)} s")
    if metadata.aperture is not None:
        parts.append(f"f/{_number(metadata.aperture, words)}")
    if metadata.iso is not None:
        parts.append(f"ISO {metadata.iso}")
    if metadata.focal_mm is not None:
        parts.append(f"{_number(metadata.focal_mm, words)} mm")
    return " · ".join(parts) or None


def place(metadata: Metadata, words: Words) -> str | None:
    """ "45.43713° N, 12.33265° E": some metre's worth of digits, as maps take them."""
    if metadata.latitude is None or metadata.longitude is None:
        return None
    north = words(msg("N")) if metadata.latitude >= 0 else words(msg("S"))
    east = words(msg("E")) if metadata.longitude >= 0 else words(msg("W"))
    return f"{abs(metadata.latitude):.5f}° {north}, {abs(metadata.longitude):.5f}° {east}"


def measures(photo: PhotoDetails, words: Words) -> str:
    """ "6000 × 4000 · 24 MP · 8.1 MB · JPEG"."""
    megapixels = photo.width * photo.height / 1e6
    parts = [f"{photo.width} × {photo.height}"]
    if megapixels >= 0.1:
        parts.append(f"{_number(megapixels, words) if megapixels < 10 else round(megapixels)} MP")
    return " · ".join([*parts, words.locale.formattedDataSize(photo.size, 1, _SI), photo.format.upper()])


def copies(photo: PhotoDetails, words: Words) -> str | None:
    if not photo.copies:
        return None
    return words(msg_n("There is one more copy", "There are {n} more copies", n=len(photo.copies)))


def folder_and_name(photo: PhotoDetails) -> tuple[bytes, bytes]:
    return os.path.split(photo.path)


def _fraction(seconds: float, words: Words) -> str:
    """As cameras show it: 1/250, 0.5, 2."""
    if seconds >= 0.3:
        return _number(seconds, words)
    return f"1/{round(1 / seconds)}"


def _number(value: float, words: Words) -> str:
    """One decimal, and none where it is nought."""
    digits = 0 if math.isclose(value, round(value), abs_tol=0.05) else 1
    return words.locale.toString(float(value), "f", digits)
