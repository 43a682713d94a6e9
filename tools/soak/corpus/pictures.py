"""One small whole picture of each format."""

from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

from soak.corpus.tiffs import negative

EXTENSIONS = {
    "JPEG": "jpg",
    "progressive JPEG": "jpg",
    "PNG": "png",
    "palette PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "TIFF": "tif",
    "packed TIFF": "tif",
    "BMP": "bmp",
    "HEIF": "heic",
    "AVIF": "avif",
    "DNG": "dng",
}
_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {}),
    "progressive JPEG": ("JPEG", {"progressive": True}),
    "PNG": ("PNG", {}),
    "palette PNG": ("PNG", {}),
    "WEBP": ("WEBP", {}),
    "GIF": ("GIF", {}),
    "TIFF": ("TIFF", {}),
    "packed TIFF": ("TIFF", {"compression": "tiff_lzw"}),
    "BMP": ("BMP", {}),
    "HEIF": ("HEIF", {}),
    "AVIF": ("AVIF", {}),
}


def scene(width: int = 96, height: int = 64) -> Image.Image:
    """A picture without symmetries."""
    y, x = np.mgrid[0:height, 0:width]
    red, green, blue = 255 * x / width, 120 + 100 * np.sin(x / 14 + y / 33), 255 - 255 * y / height
    return Image.fromarray(np.stack([red, green, blue], -1).astype(np.uint8))


def encoded(format: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """The bytes of a picture's file."""
    file = BytesIO()
    (image or scene()).save(file, format, **options)
    return file.getvalue()


def pictures() -> dict[str, bytes]:
    """By the names of `EXTENSIONS`; with some metadata, where the format has any."""
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112], exif[0x9003] = "Prova", "Uno", 6, "2020:02:03 04:05:06"
    found = {}
    for name, (format, options) in _OPTIONS.items():
        more = {} if format in ("GIF", "BMP") else {"exif": exif}
        image = scene().quantize(32) if name == "palette PNG" else scene()
        found[name] = encoded(format, image, **options, **more)
    return found | {"DNG": negative()}
