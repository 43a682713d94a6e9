"""Small files that become very large: pixels, metadata, colour profiles."""

import struct
import zlib
from random import Random

from soak.corpus.headers import chunk, png
from soak.corpus.pictures import encoded
from soak.corpus.tiffs import tiff

_MEGABYTE = 1 << 20


def _zeros(size: int) -> bytes:
    """That many zeros, compressed, without having them all in memory."""
    pack = zlib.compressobj(9)
    block = bytes(_MEGABYTE)
    return b"".join([*(pack.compress(block) for _ in range(size // _MEGABYTE)), pack.flush()])


def _pixels(dice: Random) -> tuple[str, bytes]:
    """Just below the limit of pixels: must be read or listed within the limits of time and memory."""
    side = dice.choice((8_000, 12_000))
    return "png", png(
        side, side, 1, 0, _zeros(side * (side // 8 + 1) + _MEGABYTE), chunk(b"tEXt", dice.randbytes(8).hex().encode())
    )


def _many_pixels(dice: Random) -> tuple[str, bytes]:
    """Far beyond it."""
    side = dice.choice((40_000, 90_000))
    return "png", png(side, side, 8, 2, _zeros(8 * _MEGABYTE), chunk(b"tEXt", dice.randbytes(8).hex().encode()))


def _text(dice: Random) -> tuple[str, bytes]:
    """A PNG's comment of 200 MB."""
    data = encoded("PNG")
    packed = b"Comment\0\0" + _zeros(dice.choice((64, 200)) * _MEGABYTE)
    return "png", data[:33] + chunk(b"zTXt", packed) * dice.choice((1, 3)) + data[33:]


def _profile(dice: Random) -> tuple[str, bytes]:
    """A colour profile of 100 MB."""
    data = encoded("PNG")
    return "png", data[:33] + chunk(b"iCCP", b"p\0\0" + _zeros(dice.choice((20, 100)) * _MEGABYTE)) + data[33:]


def _strips(dice: Random) -> tuple[str, bytes]:
    """A TIFF whose strips are all the same few bytes, compressed."""
    packed = _zeros(dice.choice((1, 8)) * _MEGABYTE)
    side = dice.choice((6_000, 14_000))
    return "tif", tiff(
        {
            256: (4, [side]),
            257: (4, [side]),
            258: (3, [8]),
            259: (3, [8]),
            262: (3, [1]),
            277: (3, [1]),
            278: (4, [side]),
        },
        strip=packed,
    )


def _frames(dice: Random) -> tuple[str, bytes]:
    """A GIF of very many frames, of which the first is enough."""
    data = encoded("GIF")
    frame = data[data.index(b",") : -1]
    return "gif", data[:-1] + (b"!\xf9\x04\0\0\0\0\0" + frame) * dice.choice((100, 1_000)) + b";"


def _mosaic(dice: Random) -> tuple[str, bytes]:
    """A digital negative that says it has 65,535 x 65,535 pixels."""
    return "dng", tiff(
        {
            254: (4, [0]),
            256: (4, [0xFFFF]),
            257: (4, [0xFFFF]),
            258: (3, [16]),
            259: (3, [1]),
            262: (3, [32803]),
            277: (3, [1]),
            278: (4, [0xFFFF]),
            33421: (3, [2, 2]),
            33422: (1, [0, 1, 1, 2]),
            50706: (1, [1, 4, 0, 0]),
        },
        strip=struct.pack("<I", dice.getrandbits(32)) * 100,
    )


BOMBS = (_pixels, _many_pixels, _text, _profile, _strips, _frames, _mosaic)
