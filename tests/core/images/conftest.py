"""Photos made on the spot, a decoder in its process, and raw files that no camera took."""

import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.photo import PixelSpec

pillow_heif.register_heif_opener()

Scene = Callable[..., Image.Image]
Encode = Callable[..., bytes]
MakeDng = Callable[..., bytes]


@pytest.fixture(scope="session")
def spec() -> PixelSpec:
    return PixelSpec(side=64, resize=72)


@pytest.fixture(scope="session")
def limits() -> DecodeLimits:
    return DecodeLimits(timeout_s=20)


@pytest.fixture(scope="module")
def decoder(spec: PixelSpec, limits: DecodeLimits) -> Iterator[SandboxedDecoder]:
    """The real decoder in its process; one for all tests of a module."""
    with SandboxedDecoder(spec, limits) as decoder:
        yield decoder


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    """The decoding function that misbehaves, made importable for decoder processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        yield "hostile_decoders:by_content"


@pytest.fixture(scope="session")
def scene() -> Scene:
    """A picture without symmetries: a warm-to-cold slope, a dark corner, soft spots."""

    def make(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
        y, x = np.mgrid[0:height, 0:width]
        x, y = x / max(width - 1, 1), y / max(height - 1, 1)
        red, green = 255 * x, 120 + 100 * np.sin(7 * x + 3 * y)
        blue = np.where((x < 0.3) & (y < 0.4), 20, 255 * (1 - y))
        return Image.fromarray(np.stack([red, green, blue], -1).astype(np.uint8)).convert(mode)

    return make


@pytest.fixture(scope="session")
def encode() -> Encode:
    """The file's bytes of a picture."""

    def make(image: Image.Image, format: str, **options: Any) -> bytes:
        file = BytesIO()
        image.save(file, format, **options)
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def make_dng(scene: Scene, encode: Encode) -> MakeDng:
    """A digital negative of 256 x 192: a colour filter mosaic, uncompressed, and a JPEG preview if asked for."""

    def make(preview: tuple[int, int] | None = (128, 96), orientation: int = 1) -> bytes:
        pixels = np.asarray(scene(256, 192)).astype(np.uint16) << 8
        mosaic = pixels[:, :, 1].copy()
        mosaic[0::2, 0::2] = pixels[0::2, 0::2, 0]
        mosaic[1::2, 1::2] = pixels[1::2, 1::2, 2]
        raw: list[Tag] = [
            (254, 4, [0]),
            (256, 4, [256]),
            (257, 4, [192]),
            (258, 3, [16]),
            (259, 3, [1]),
            (262, 3, [32803]),  # colour filter array
            (273, 4, mosaic.tobytes()),
            (277, 3, [1]),
            (278, 4, [192]),
            (279, 4, [mosaic.nbytes]),
            (33421, 3, [2, 2]),
            (33422, 1, bytes([0, 1, 1, 2])),
            (50717, 4, [65535]),
        ]
        said: list[Tag] = [
            (271, 2, b"Prova\0"),
            (272, 2, b"Prova Uno\0"),
            (274, 3, [orientation]),
            (34665, 4, [(36867, 2, b"2021:08:09 10:11:12\0"), (36881, 2, b"+02:00\0")]),
            (50706, 1, bytes([1, 4, 0, 0])),
            (50708, 2, b"Prova Uno\0"),
            (50721, 10, [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]),
            (50728, 5, [1, 1, 1, 1, 1, 1]),
            (50778, 3, [21]),
        ]
        if preview is None:
            return tiff([*raw, *said])
        jpeg = encode(scene(*preview), "JPEG", quality=95)
        small: list[Tag] = [
            (254, 4, [1]),
            (256, 4, [preview[0]]),
            (257, 4, [preview[1]]),
            (258, 3, [8, 8, 8]),
            (259, 3, [7]),
            (262, 3, [6]),
            (273, 4, jpeg),
            (277, 3, [3]),
            (278, 4, [preview[1]]),
            (279, 4, [len(jpeg)]),
            (330, 4, raw),
        ]
        return tiff([*small, *said])

    return make


Tag = tuple[int, int, Any]
"""Number, TIFF type, and numbers, or bytes, or the tags of a directory that this one points to."""
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 10: "i"}


def tiff(tags: list[Tag]) -> bytes:
    """A little-endian TIFF of one chain of directories. Bytes under tag 273 are a strip that it points to."""
    body = bytearray(b"II*\0\0\0\0\0")
    struct.pack_into("<I", body, 4, _put(body, tags))
    return bytes(body)


def _put(body: bytearray, tags: list[Tag]) -> int:
    entries = b""
    for number, kind, value in sorted(tags, key=lambda tag: tag[0]):
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            value = [_put(body, value)]
        elif number == 273:
            offset = len(body)
            body += value + b"\0" * (len(value) % 2)
            value = [offset]
        data = value if isinstance(value, bytes) else struct.pack(f"<{len(value)}{_CODES[kind]}", *value)
        count = len(data) if kind <= 2 else len(value) // (2 if kind in (5, 10) else 1)
        if len(data) > 4:
            offset = len(body)
            body += data + b"\0" * (len(data) % 2)
            data = struct.pack("<I", offset)
        entries += struct.pack("<HHI", number, kind, count) + data.ljust(4, b"\0")
    offset = len(body)
    body += struct.pack("<H", len(tags)) + entries + b"\0\0\0\0"
    return offset
