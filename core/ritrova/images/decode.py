"""From a photo's bytes to what the program needs of it: facts, the model's pixels, a thumbnail.

One draft-decoded picture serves both the model and the thumbnail. Order of work: decode (a JPEG at the
smallest of its scales that has twice the pixels needed), average down to that size, turn upright, RGB,
resize, sRGB. What costs per pixel comes after the pixels have become few.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images import colour, metadata
from ritrova.images.decoded import Decoded
from ritrova.images.formats import FORMAT_OF_EXTENSION, begins_like_raw
from ritrova.images.limits import DecodeLimits
from ritrova.images.reading import Need, Picture, read
from ritrova.images.thumbnails import SMALL_SIDE
from ritrova.photo import PhotoFacts, PixelSpec

_QUALITY, _METHOD = 80, 2  # method 4 makes files 6 % smaller in twice the time
_PREVIEW_QUALITY = 90
_LONGEST_UNCUT = 4
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture that was decoded and averaged down, upright: the little that all else is made from."""

    facts: PhotoFacts
    image: Image.Image  # RGB, in the photo's own colour space
    transform: ImageCms.ImageCmsTransform | None  # from there to sRGB

    def model_input(self, pixels: PixelSpec) -> NDArray[np.uint8]:
        """What a model wants, `[side, side, 3]`."""
        return np.array(self._to_srgb(_fitted(self.image, pixels)))

    def uncut(self, pixels: PixelSpec) -> NDArray[np.uint8]:
        """The picture scaled as a model wants it but not cut to a square, `[h, w, 3]`: what training cuts at random.

        Of a long strip the middle, `_LONGEST_UNCUT` times as long as wide.
        """
        image = self.image
        if pixels.fit == "crop":
            width, height = (min(side, _LONGEST_UNCUT * min(image.size)) for side in image.size)
            left, top = (image.width - width) // 2, (image.height - height) // 2
            image = image.crop((left, top, left + width, top + height))
        return np.array(self._to_srgb(image.resize(_model_size(image.size, pixels), _FILTERS[pixels.resample])))

    def thumbnail(self, longest_side: int) -> bytes:
        """A WebP, its longer side at most `longest_side` pixels."""
        return _webp(self._to_srgb(_scaled(self.image, longest_side)))

    def preview(self, longest_side: int) -> bytes:
        """A JPEG of high quality, its longer side at most `longest_side` pixels."""
        file = BytesIO()
        small = self._to_srgb(_scaled(self.image, longest_side))
        small.save(file, "JPEG", quality=_PREVIEW_QUALITY, icc_profile=b"", exif=b"")
        return file.getvalue()

    def _to_srgb(self, small: Image.Image) -> Image.Image:
        return small if self.transform is None else ImageCms.applyTransform(small, self.transform) or small


def decode(data: bytes, pixels: PixelSpec, limits: DecodeLimits, extension: str = "") -> Decoded:
    """Decode a photo's bytes. `extension`, lower-case with its dot, tells raw files from TIFF.

    Raises DecodeFailure. In this process: hostile bytes belong into `sandbox.SandboxedDecoder`.
    """
    small = reduced(data, pixels, SMALL_SIDE, limits, extension)
    return Decoded(small.facts, small.model_input(pixels), small.thumbnail(SMALL_SIDE))


def thumbnail(data: bytes, longest_side: int, limits: DecodeLimits, extension: str = "") -> bytes:
    """A WebP of the photo, upright, its longer side at most `longest_side` pixels. Raises DecodeFailure."""
    return reduced(data, None, longest_side, limits, extension).thumbnail(longest_side)


def preview(data: bytes, longest_side: int, limits: DecodeLimits, extension: str = "") -> tuple[PhotoFacts, bytes]:
    """The facts, and a JPEG to look at: upright, sRGB, its longer side at most `longest_side`. Raises DecodeFailure."""
    found = reduced(data, None, longest_side, limits, extension)
    return found.facts, found.preview(longest_side)


def reduced(
    data: bytes, pixels: PixelSpec | None, longest_side: int, limits: DecodeLimits, extension: str = ""
) -> Reduced:
    """The picture in no more pixels than a model (if any) and a thumbnail need. Raises DecodeFailure."""

    def need(size: tuple[int, int]) -> tuple[int, int]:
        sizes = [_inside(size, longest_side)] + ([_model_size(size, pixels)] if pixels else [])
        return 2 * max(width for width, _ in sizes), 2 * max(height for _, height in sizes)

    try:
        picture = _picture(data, limits, need, extension)
        image = colour.averageable(picture.image)
        least = need(image.size)
        factor = min(image.width // least[0], image.height // least[1])
        if factor > 1:
            image = image.reduce(factor)
        if picture.turn in _TURNS:
            image = image.transpose(_TURNS[picture.turn])
        image, transform = colour.to_rgb(image, picture.image.info.get("icc_profile"))
    except MemoryError:
        raise DecodeFailure(FailureKind.TOO_LARGE, "out of memory") from None
    facts = PhotoFacts(
        format=picture.format,
        width=picture.size[0],
        height=picture.size[1],
        orientation=picture.orientation,
        metadata=picture.metadata,
    )
    return Reduced(facts, image, transform)


def _picture(data: bytes, limits: DecodeLimits, need: Need, extension: str) -> Picture:
    if begins_like_raw(data) or FORMAT_OF_EXTENSION.get(extension) == "raw" or metadata.is_dng(data):
        from ritrova.images.raw import read_raw  # here: rawpy costs 0.1 s, and most libraries hold no raw files

        picture = read_raw(data, limits, need)
        if picture is not None:
            return picture
    return read(data, limits, need)


def _model_size(size: tuple[int, int], pixels: PixelSpec) -> tuple[int, int]:
    """Width and height to which the model's preprocessing scales the whole picture."""
    if pixels.fit == "squash":
        return pixels.side, pixels.side
    width, height = size
    if width <= height:
        return pixels.resize, int(pixels.resize * height / width)
    return int(pixels.resize * width / height), pixels.resize


def _fitted(image: Image.Image, pixels: PixelSpec) -> Image.Image:
    """The model's square, by the arithmetic of the models' own preprocessing."""
    resample, side = _FILTERS[pixels.resample], pixels.side
    width, height = _model_size(image.size, pixels)
    if pixels.fit == "squash":
        return image.resize((side, side), resample)
    left, top = (width - side) // 2, (height - side) // 2
    if image.width < 2 * width and max(width, height) <= 8 * side:
        return image.resize((width, height), resample).crop((left, top, left + side, top + side))
    # Large pictures and long strips: only the middle is worth scaling. Pillow may then scale rows and columns
    # in another order, which changes the last bit here and there.
    across, down = image.width / width, image.height / height
    box = (left * across, top * down, (left + side) * across, (top + side) * down)
    return image.resize(
        (side, side), resample, box=(box[0], box[1], min(box[2], image.width), min(box[3], image.height))
    )


def _inside(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """The size that a picture gets when its longer side may be `longest_side`; never larger than it is."""
    scale = min(1.0, longest_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _scaled(image: Image.Image, longest_side: int) -> Image.Image:
    return image.resize(_inside(image.size, longest_side), Image.Resampling.BICUBIC, reducing_gap=1.5)


def _webp(image: Image.Image) -> bytes:
    file = BytesIO()
    # Nothing of the photo's own metadata goes along: no place, no profile of colours that are sRGB now.
    image.save(file, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=b"", exif=b"", xmp=b"")
    return file.getvalue()
