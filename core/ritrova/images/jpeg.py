"""The one thing about JPEG files that Pillow must be spared."""

_SOI, _APP1, _SOS, _EOI, _FILL = b"\xff\xd8", 0xE1, 0xDA, 0xD9, 0xFF
_MOST_SEGMENTS = 32  # 2 MB of EXIF


def without_excess(data: bytes) -> bytes:
    """The file without the EXIF segments after the first 32; anything but a JPEG as it is.

    A segment holds 64 KB. Pillow joins EXIF that is spread over several one by one, in quadratic time: a
    maker note of 100 MB would take a minute.
    """
    if not data.startswith(_SOI):
        return data
    excess = _segments(data)[_MOST_SEGMENTS:]
    if not excess:
        return data
    kept, at = [], 0
    for start, end in excess:
        kept.append(data[at:start])
        at = end
    return b"".join([*kept, data[at:]])


def _segments(data: bytes) -> list[tuple[int, int]]:
    """Where EXIF segments begin and end. The walk stops at the pixels, and at anything odd."""
    found: list[tuple[int, int]] = []
    at = len(_SOI)
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (_SOS, _EOI):
        if data[at + 1] == _FILL:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == _APP1 and data[at + 4 : at + 8] == b"Exif":
            found.append((at, end))
        at = end
    return found
