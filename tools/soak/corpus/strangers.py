"""What is no picture, or another one than its name says."""

import struct
from random import Random

from soak.corpus.pictures import encoded

_NAMES = ("jpg", "jpeg", "png", "heic", "tif", "dng", "cr2", "arw", "webp", "gif", "bmp", "avif")
_HEADS = (
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"\xff\xd8\xff\xe1",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"BM",
    b"RIFF\x10\0\0\0WEBPVP8 ",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"II+\0\x08\0\0\0\x10\0\0\0",
    b"IIRO\x08\0\0\0",
    b"FUJIFILMCCD-RAW ",
    b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
    b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
    b"\0\0\0\x18ftypcrx \0\0\0\0crx isom",
    b"\0\0\0\x0cJXL \r\n\x87\n",
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"<svg xmlns='http://www.w3.org/2000/svg'>",
    b"\x7fELF",
    b"#!/bin/sh\n",
)


def _empty(dice: Random) -> tuple[str, bytes]:
    return dice.choice(_NAMES), bytes(dice.choice((0, 0, 1, 3, 4_096)))


def _noise(dice: Random) -> tuple[str, bytes]:
    return dice.choice(_NAMES), dice.randbytes(dice.choice((1, 10, 3_000)))


def _head(dice: Random) -> tuple[str, bytes]:
    """A true beginning, and anything behind it."""
    return dice.choice(_NAMES), dice.choice(_HEADS) + dice.choice((dice.randbytes(2_000), bytes(500), b""))


def _other_name(dice: Random) -> tuple[str, bytes]:
    """A whole picture under the name of another format."""
    format = dice.choice(("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"))
    return dice.choice(_NAMES), encoded(format) + dice.randbytes(dice.choice((4, 4_000)))


def _two_in_one(dice: Random) -> tuple[str, bytes]:
    """Two files, one behind the other."""
    return dice.choice(_NAMES), encoded(dice.choice(("JPEG", "PNG", "GIF"))) + b"PK\x03\x04" + struct.pack(
        "<Q", dice.getrandbits(64)
    )


STRANGERS = (_empty, _noise, _head, _head, _other_name, _two_in_one)
