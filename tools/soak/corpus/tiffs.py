"""TIFF files whose directories lead nowhere, everywhere, or back to themselves; and one whole digital negative."""

import struct
from random import Random

_SIZES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 7: "B", 10: "i"}
Tags = dict[int, tuple[int, list[int]]]


def directory(tags: Tags, at: int, following: int = 0) -> bytes:
    """A little-endian directory that lies at offset `at`, its longer values right behind it."""
    entries, tail = b"", b""
    behind = at + 2 + 12 * len(tags) + 4
    for number, (kind, values) in sorted(tags.items()):
        data = struct.pack(f"<{len(values)}{_SIZES[kind]}", *values)
        count = len(values) // 2 if kind in (5, 10) else len(values)
        if len(data) > 4:
            data, tail = struct.pack("<I", behind + len(tail)), tail + data + b"\0" * (len(data) % 2)
        entries += struct.pack("<HHI", number, kind, count) + data.ljust(4, b"\0")
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + tail


def tiff(tags: Tags, strip: bytes = b"", following: int = 0) -> bytes:
    """A TIFF of one directory and one strip."""
    at = 8 + len(strip) + len(strip) % 2
    if strip:
        tags = tags | {273: (4, [8]), 279: (4, [len(strip)])}
    return b"II*\0" + struct.pack("<I", at) + strip.ljust(at - 8, b"\0") + directory(tags, at, following)


def _picture(side: int = 16) -> Tags:
    return {
        256: (4, [side]),
        257: (4, [side]),
        258: (3, [8]),
        259: (3, [1]),
        262: (3, [1]),
        277: (3, [1]),
        278: (4, [side]),
    }


def negative() -> bytes:
    """A digital negative of 64 x 48 without a preview."""
    mosaic = b"".join(struct.pack("<H", 400 * (x + y) % 65536) for y in range(48) for x in range(64))
    one = [1, 1, 0, 1, 0, 1]
    return tiff(
        {
            254: (4, [0]),
            256: (4, [64]),
            257: (4, [48]),
            258: (3, [16]),
            259: (3, [1]),
            262: (3, [32803]),
            271: (2, list(b"Prova\0")),
            272: (2, list(b"Prova Uno\0")),
            274: (3, [1]),
            277: (3, [1]),
            278: (4, [48]),
            33421: (3, [2, 2]),
            33422: (1, [0, 1, 1, 2]),
            50706: (1, [1, 4, 0, 0]),
            50708: (2, list(b"Prova Uno\0")),
            50717: (4, [65535]),
            50721: (10, [*one, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]),
            50728: (5, [1, 1, 1, 1, 1, 1]),
            50778: (3, [21]),
        },
        strip=mosaic,
    )


def _to_itself(dice: Random) -> tuple[str, bytes]:
    """The directory that follows is this one again."""
    strip = dice.randbytes(256)
    return "tif", tiff(_picture(), strip, following=8 + len(strip))


def _below_itself(dice: Random) -> tuple[str, bytes]:
    """Directories below (EXIF, GPS, others, interoperability) that are the directory itself."""
    strip = dice.randbytes(256)
    below: Tags = {number: (4, [8 + len(strip)]) for number in dice.sample((330, 34665, 34853, 40965), 2)}
    return dice.choice(("tif", "dng", "nef", "jpg")), tiff(_picture() | below, strip)


def _nested(dice: Random) -> tuple[str, bytes]:
    """Directories below directories, thousands deep, the last of which leads back to the first."""
    deep, number = dice.choice((50, 3_000)), dice.choice((330, 34665))
    size = len(directory({number: (4, [0])}, 0))
    parts = [directory({number: (4, [8 + size * ((place + 1) % deep)])}, 0) for place in range(deep)]
    return dice.choice(("tif", "dng")), b"II*\0" + struct.pack("<I", 8) + b"".join(parts) + dice.randbytes(8)


def _chain(dice: Random) -> tuple[str, bytes]:
    """Thousands of directories, one behind the other."""
    long, size = dice.choice((100, 5_000)), len(directory(_picture(), 0))
    parts = [directory(_picture(), 0, following=8 + size * (place + 1)) for place in range(long)]
    return "tif", b"II*\0" + struct.pack("<I", 8) + b"".join(parts) + dice.randbytes(8)


def _counts(dice: Random) -> tuple[str, bytes]:
    """Values that are four thousand million in number, and offsets behind the end."""
    data = bytearray(tiff(_picture(), dice.randbytes(256)))
    for _ in range(dice.choice((1, 4))):
        entry = 8 + 256 + 2 + 12 * dice.randrange(9)
        struct.pack_into("<HII", data, entry + 2, dice.randrange(1, 14), 0xFFFFFFFF, dice.getrandbits(32))
    return dice.choice(("tif", "dng", "arw", "nef")), bytes(data)


def _sizes(dice: Random) -> tuple[str, bytes]:
    """Sizes, depths and compressions that contradict one another."""
    tags = _picture() | {
        256: (4, [dice.choice((0, 1, 16, 65_535, 0xFFFFFFFF))]),
        257: (4, [dice.choice((0, 1, 16, 65_535, 0xFFFFFFFF))]),
        258: (3, [dice.choice((0, 1, 8, 16, 64, 65_535))] * dice.choice((1, 3, 9))),
        259: (3, [dice.choice((0, 1, 2, 5, 6, 7, 8, 32773, 34712, 50000, 65_535))]),
        262: (3, [dice.choice((0, 1, 2, 3, 5, 6, 8, 32803, 65_535))]),
        277: (3, [dice.choice((0, 1, 3, 4, 65_535))]),
    }
    return "tif", tiff(tags, dice.randbytes(256))


def _tiled(dice: Random) -> tuple[str, bytes]:
    """Tiles of no size, or of all of them."""
    tags = _picture(64) | {322: (4, [dice.choice((0, 1, 16, 1 << 30))]), 323: (4, [dice.choice((0, 16, 1 << 31))])}
    return "tif", tiff(tags | {324: (4, [8]), 325: (4, [dice.getrandbits(32)])}, dice.randbytes(256))


TIFFS = (_to_itself, _below_itself, _nested, _chain, _counts, _sizes, _tiled)
