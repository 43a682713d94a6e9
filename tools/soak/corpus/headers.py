"""Headers that announce what no file holds: enormous, empty and contradictory pictures."""

import struct
import zlib
from random import Random

from soak.corpus.pictures import encoded, scene

SIZES = (0, 1, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, depth: int, kind: int, pixels: bytes, *more: bytes) -> bytes:
    """A PNG of these parts, be they true or not."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _png(dice: Random) -> tuple[str, bytes]:
    width, height = dice.choice(SIZES), dice.choice(SIZES)
    depth, kind = dice.choice((1, 2, 8, 16, 255)), dice.choice((0, 2, 3, 6, 7))
    return "png", png(width, height, depth, kind, zlib.compress(bytes(dice.randrange(400))))


def _png_lengths(dice: Random) -> tuple[str, bytes]:
    """Chunks that are longer than the file."""
    data = bytearray(encoded("PNG"))
    struct.pack_into(">I", data, dice.choice((8, 33)), dice.choice(SIZES))
    return "png", bytes(data)


def _jpeg(dice: Random) -> tuple[str, bytes]:
    """Another size, number of components or sampling in the frame's header."""
    data = bytearray(encoded("JPEG"))
    at = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, at + 5, dice.choice(SIZES) & 0xFFFF, dice.choice(SIZES) & 0xFFFF)
    if dice.random() < 0.5:
        data[at + 9 + dice.randrange(4)] = dice.randrange(256)
    return "jpg", bytes(data)


def _jpeg_segments(dice: Random) -> tuple[str, bytes]:
    """Segments of no length, of too much, and a great many of them."""
    data = encoded("JPEG")
    segment = b"\xff" + bytes([dice.choice((0xC4, 0xDB, 0xDD, 0xE1, 0xE2, 0xED, 0xFE))])
    length = struct.pack(">H", dice.choice((0, 1, 2, 3, 0xFFFF)))
    return "jpg", data[:2] + (segment + length) * dice.choice((1, 50, 5000)) + data[2:]


def _gif(dice: Random) -> tuple[str, bytes]:
    data = bytearray(encoded("GIF"))
    struct.pack_into("<HH", data, 6, dice.choice(SIZES) & 0xFFFF, dice.choice(SIZES) & 0xFFFF)
    at = data.find(b",", 13)
    if at > 0 and dice.random() < 0.7 and at + 9 < len(data):
        struct.pack_into("<HHHH", data, at + 1, *(dice.choice(SIZES) & 0xFFFF for _ in range(4)))
    return "gif", bytes(data)


def _bmp(dice: Random) -> tuple[str, bytes]:
    data = bytearray(encoded("BMP"))
    struct.pack_into("<II", data, 18, dice.choice(SIZES), dice.choice(SIZES))
    struct.pack_into("<HI", data, 28, dice.choice((0, 1, 4, 8, 16, 24, 32, 255)), dice.choice((0, 1, 2, 3, 99)))
    struct.pack_into("<I", data, dice.choice((10, 14, 46)), dice.choice(SIZES))
    return "bmp", bytes(data)


def _webp(dice: Random) -> tuple[str, bytes]:
    """A container that says another size than its picture, or than the file has."""
    inner = encoded("WEBP")[12:]
    size = b"".join(struct.pack("<I", dice.choice(SIZES) & 0xFFFFFF)[:3] for _ in range(2))
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([dice.randrange(256), 0, 0, 0]) + size + inner
    return "webp", b"RIFF" + struct.pack("<I", dice.choice((len(body), *SIZES))) + body


def _heif(dice: Random) -> tuple[str, bytes]:
    """Boxes whose lengths make no sense, in pictures of both kinds."""
    format = dice.choice(("HEIF", "AVIF"))
    data = bytearray(encoded(format))
    names = [name for name in (b"ftyp", b"meta", b"iinf", b"iloc", b"iprp", b"ispe", b"mdat", b"pitm") if name in data]
    at = data.index(dice.choice(names))
    struct.pack_into(">I", data, at - 4, dice.choice(SIZES))
    if b"ispe" in data and dice.random() < 0.5:
        struct.pack_into(">II", data, data.index(b"ispe") + 8, dice.choice(SIZES), dice.choice(SIZES))
    return "heic" if format == "HEIF" else "avif", bytes(data)


def _long_strip(dice: Random) -> tuple[str, bytes]:
    """A real picture of one row or one column."""
    long = dice.choice((2_000, 16_000, 60_000))
    return "png", encoded("PNG", scene(8, 8).resize((long, 1) if dice.random() < 0.5 else (1, long)))


HEADERS = (_png, _png_lengths, _jpeg, _jpeg_segments, _gif, _bmp, _webp, _heif, _long_strip)
