"""Opening pictures with Pillow: an allow-list of formats, the first frame, no more pixels than needed."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images import jpeg, metadata
from ritrova.images.formats import FORMAT_OF_PILLOW, begins_like_photo
from ritrova.images.limits import DecodeLimits
from ritrova.photo import Metadata

Need = Callable[[tuple[int, int]], tuple[int, int]]
"""From a picture's size to the least size (both in stored orientation) that scaling down may start from."""

# One photo is decoded at a time, by as many processes as the person allows: threads would take more than that.
pillow_heif.register_heif_opener(decode_threads=1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_PLUGINS = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)  # importing them registers them, so that
# `Image.open` does not import its fifty others; JPEG, PNG, GIF and BMP it imports by itself
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded first frame, perhaps already scaled down, not yet upright, in its own mode."""

    image: Image.Image
    format: str
    size: tuple[int, int]  # width and height of the whole picture, as shown
    orientation: int  # what the file says
    turn: int  # the EXIF orientation that `image` still needs
    metadata: Metadata


def read(data: bytes, limits: DecodeLimits, need: Need) -> Picture:
    """Open and load. Raises DecodeFailure."""
    with failures(data), _pixels_limited(limits):
        image = Image.open(BytesIO(jpeg.without_excess(data)), formats=tuple(FORMAT_OF_PILLOW))
        name = FORMAT_OF_PILLOW.get(str(image.format), "jpeg")  # "MPO": several JPEGs in a row, as phones write
        check_size(image.size, limits)
        stored = image.tag_v2.get(_ORIENTATION, 1) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
        size = image.size
        if name == "jpeg":
            image.draft(None, need(size))
            image.load()
        else:
            image.load()  # Pillow turns a TIFF upright here; libheif may correct the size of a HEIF
            size = image.size
    turn = _orientation(image)
    if turn >= 5:
        size = size[1], size[0]
    original = image.info.get("original_orientation", stored)  # pillow-heif turns the picture by itself, too
    orientation = original if isinstance(original, int) and 1 <= original <= 8 else turn
    return Picture(image, name, size, orientation, turn, metadata.of_picture(image, data))


def check_size(size: tuple[int, int], limits: DecodeLimits) -> None:
    """Raises DecodeFailure for more pixels than the limits allow, before anything is decoded."""
    width, height = size
    if width * height > limits.max_pixels:
        raise DecodeFailure(FailureKind.TOO_LARGE, f"{width} x {height} pixels")


@contextmanager
def failures(data: bytes) -> Iterator[None]:
    """What the decoding libraries raise on `data`, as DecodeFailure.

    They promise no exception types for damaged pictures: struct, index, value, type, key, runtime and
    system errors are all seen. The block holds calls of theirs and nothing else.
    """
    try:
        yield
    except DecodeFailure:
        raise
    except MemoryError:
        raise DecodeFailure(FailureKind.TOO_LARGE, "out of memory") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DecodeFailure(FailureKind.TOO_LARGE, str(error)) from error
    except NotImplementedError as error:
        raise DecodeFailure(FailureKind.UNSUPPORTED, _said(error) or "not implemented") from error
    except Exception as error:
        raise _judged(data, error) from error


def _judged(data: bytes, error: Exception) -> DecodeFailure:
    if not data:
        return DecodeFailure(FailureKind.CORRUPT, "the file is empty")
    if begins_like_photo(data):
        if isinstance(error, UnidentifiedImageError):  # its text names a Python object
            return DecodeFailure(FailureKind.CORRUPT, "the head of the picture is damaged")
        return DecodeFailure(FailureKind.CORRUPT, f"{type(error).__name__}: {_said(error)}")
    if data.count(0) == len(data):  # what a full or broken disk leaves of a photo
        return DecodeFailure(FailureKind.CORRUPT, "the file holds only zeros")
    return DecodeFailure(FailureKind.UNSUPPORTED, "not a picture of a known format")


def _said(error: Exception) -> str:
    """A library's words on one line."""
    return " ".join(str(error).split())


@contextmanager
def _pixels_limited(limits: DecodeLimits) -> Iterator[None]:
    """Pillow's own guard, which also sees what is opened inside of a file, at our limit and as an error."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on odd files
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _orientation(image: Image.Image) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF is no reason to lose the photo
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
