"""Reads the files inside a Qt resource bundle (`.rcc`), which some Debian packages put their pictures in."""

import struct
import zlib
from pathlib import Path

_COMPRESSED = 1


def read_member(bundle: Path, member: str) -> bytes:
    """The bytes of the file called `member` (with a leading slash). Raises KeyError where there is none."""
    data = bundle.read_bytes()
    magic, version, tree, payload, names = struct.unpack_from(">4s4I", data)
    if magic != b"qres":
        raise ValueError(f"not a Qt resource bundle: {bundle}")
    node_size = 14 + (8 if version >= 2 else 0)  # later versions end each node with a time

    def name_of(node: int) -> str:
        at = names + struct.unpack_from(">I", data, node)[0]
        (length,) = struct.unpack_from(">H", data, at)
        return data[at + 6 : at + 6 + 2 * length].decode("utf-16-be")

    node = tree
    for part in member.strip("/").split("/"):
        count, first = struct.unpack_from(">II", data, node + 6)
        children = (tree + node_size * i for i in range(first, first + count))
        found = next((child for child in children if name_of(child) == part), None)
        if found is None:
            raise KeyError(f"{member} is not in {bundle}")
        node = found
    (flags,) = struct.unpack_from(">H", data, node + 4)
    if flags & ~_COMPRESSED:
        raise ValueError(f"{member} is a folder, or compressed in a way that we do not read")
    start = payload + struct.unpack_from(">I", data, node + 10)[0]
    (length,) = struct.unpack_from(">I", data, start)
    content = data[start + 4 : start + 4 + length]
    return zlib.decompress(content[4:]) if flags & _COMPRESSED else content
