"""Pictures that are whole, and metadata that is absurd: EXIF, XMP with entities, IPTC, profiles, in every container."""

import struct
from random import Random

from soak.corpus.headers import chunk
from soak.corpus.pictures import encoded
from soak.corpus.tiffs import Tags, directory

CANARY = "file:///etc/hostname"
"""What external entities ask for. Nothing of it may come into a library."""

_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def segment(marker: int, body: bytes) -> bytes:
    """A JPEG's segment."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_with(*segments: bytes) -> bytes:
    data = encoded("JPEG")
    return data[:2] + b"".join(segments) + data[2:]


def _exif(tags: Tags, below: Tags | None = None, gps: Tags | None = None) -> bytes:
    """An EXIF segment's body: a directory, and those for the exposure and the place."""
    at = 8
    size = len(directory(tags | {34665: (4, [0]), 34853: (4, [0])}, at))
    second = directory(below or {}, at + size)
    third = directory(gps or {}, at + size + len(second))
    first = directory(tags | {34665: (4, [at + size]), 34853: (4, [at + size + len(second)])}, at)
    return b"Exif\0\0II*\0" + struct.pack("<I", at) + first + second + third


def _text(dice: Random) -> list[int]:
    """A string as no camera writes it."""
    return list(
        dice.choice(
            (
                b"9999:99:99 99:99:99\0",
                b"0000:00:00 00:00:00\0",
                b"-2020:1:1\0",
                b"\xff\xfe\x00\xd8" * 9,
                b"A" * 30_000,
                b"",
                b"%s%n{0}\\x00\0",
                "\u202e\u0000nome\u0007".encode(),
                b"\0" * 100,
            )
        )
    )


def _number(dice: Random) -> list[int]:
    """A fraction as no camera writes it."""
    return [dice.choice((0, 1, 0xFFFFFFFF, dice.getrandbits(32))), dice.choice((0, 1, 0xFFFFFFFF))]


def _absurd_exif(dice: Random) -> tuple[str, bytes]:
    tags: Tags = {
        271: (2, _text(dice)),
        272: (2, _text(dice)),
        274: (3, [dice.choice((0, 1, 6, 9, 65_535))]),
        18246: (3, [dice.choice((0, 5, 99, 65_535))]),
        40095: (1, list(dice.randbytes(dice.choice((1, 9, 300))))),
    }
    below: Tags = {
        33434: (5, _number(dice)),
        33437: (5, _number(dice)),
        34855: (3, [dice.choice((0, 65_535))] * dice.choice((1, 5))),
        36867: (2, _text(dice)),
        36881: (2, list(dice.choice((b"+99:99\0", b"Z\0", b"\xff\0", b"-00:00\0")))),
        37386: (5, _number(dice)),
        42036: (2, _text(dice)),
    }
    gps: Tags = {
        1: (2, list(dice.choice((b"N\0", b"X\0", b"\0")))),
        2: (5, _number(dice) + _number(dice) + _number(dice)),
        3: (2, list(b"E\0")),
        4: (5, (_number(dice) * 3)[: dice.choice((2, 6))]),
    }
    return "jpg", jpeg_with(segment(0xE1, _exif(tags, below, gps)[:65_000]))


def _wild_exif(dice: Random) -> tuple[str, bytes]:
    """A segment with the right head and anything behind it; or a thousand of them."""
    body = (
        b"Exif\0\0"
        + dice.choice((b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""))
        + dice.randbytes(dice.choice((0, 9, 5_000)))
    )
    return "jpg", jpeg_with(segment(0xE1, body) * dice.choice((1, 1, 300)))


def _xmp(dice: Random) -> bytes:
    """XMP that asks for other files, grows without end, is very deep, or is cut off."""
    bomb = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 12}">' for n in range(1, 12))
    packet = dice.choice(
        (
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{CANARY}">]><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_RDF}>'
            "<rdf:Description><dc:title>&e;</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>",
            f'<!DOCTYPE x SYSTEM "{CANARY}" [<!ENTITY % p SYSTEM "{CANARY}"> %p;]><x/>',
            f'<!DOCTYPE x [<!ENTITY b0 "ha">{bomb}]><x>&b11;</x>',
            f"<x {_RDF}>" + "<rdf:Bag><rdf:li>" * 5_000,
            f"<rdf:RDF {_RDF}>" + '<rdf:Description dc:title="x"/>' * 1_500 + "</rdf:RDF>",
            f'<rdf:RDF {_RDF}><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="{"9" * 5_000}"/>'
            "</rdf:RDF>",
            "\ufeff<?xml version='1.0' encoding='utf-7'?><x/>",
            "<x " + " ".join(f'a{n}="{n}"' for n in range(3_000)) + "/>",
        )
    )
    data = packet.encode(dice.choice(("utf-8", "utf-8", "utf-16")))
    return data[: dice.choice((len(data), len(data), dice.randrange(len(data))))]


def _xmp_in_jpeg(dice: Random) -> tuple[str, bytes]:
    body = b"http://ns.adobe.com/xap/1.0/\0" + _xmp(dice)
    return "jpg", jpeg_with(segment(0xE1, body[:65_000]), segment(0xFE, dice.randbytes(6)))


def _xmp_in_png(dice: Random) -> tuple[str, bytes]:
    data = encoded("PNG")
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _xmp(dice)) + chunk(
        b"tEXt", dice.randbytes(6).hex().encode()
    )
    return "png", data[:33] + text + data[33:]


def _xmp_elsewhere(dice: Random) -> tuple[str, bytes]:
    format, extension = dice.choice((("WEBP", "webp"), ("TIFF", "tif"), ("HEIF", "heic"), ("AVIF", "avif")))
    if format == "TIFF":
        from PIL import TiffImagePlugin

        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags.tagtype[700] = 1
        tags[700] = _xmp(dice)
        return extension, encoded(format, tiffinfo=tags)
    return extension, encoded(format, xmp=_xmp(dice), quality=dice.randrange(30, 90))


def _iptc(dice: Random) -> tuple[str, bytes]:
    """Photoshop's blocks, with lengths that lie."""
    record = (
        b"\x1c\x02"
        + bytes([dice.choice((5, 25, 55, 120))])
        + struct.pack(">H", dice.choice((3, 0x7FFF, 0x8004, 0xFFFF)))
    )
    block = (
        b"8BIM\x04\x04\0\0"
        + struct.pack(">I", dice.choice((0, 8, 0x7FFFFFFF, 0xFFFFFFFF)))
        + record
        + dice.randbytes(50)
    )
    return "jpg", jpeg_with(segment(0xED, b"Photoshop 3.0\0" + block * dice.choice((1, 200))))


def _profile(dice: Random) -> tuple[str, bytes]:
    """Colour profiles of garbage, in too many parts, or with numbers of parts that contradict one another."""
    parts = dice.choice((1, 3, 255))
    body = dice.choice((b"", b"\0" * 128, dice.randbytes(600)))
    return "jpg", jpeg_with(
        *(
            segment(0xE2, b"ICC_PROFILE\0" + bytes([dice.choice((part + 1, 0, 255)) & 255, parts]) + body)
            for part in range(parts)
        )
    )


METADATA = (
    _absurd_exif,
    _absurd_exif,
    _wild_exif,
    _xmp_in_jpeg,
    _xmp_in_jpeg,
    _xmp_in_png,
    _xmp_elsewhere,
    _iptc,
    _profile,
)
