"""Whole pictures, broken as disks, cables and interrupted copies break them."""

from random import Random


def damaged(whole: bytes, dice: Random) -> bytes:
    """One to three kinds of damage."""
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        dice.choice((_cut, _cut, _flip, _flip, _flip, _zero, _repeat, _join, _drop))(data, dice)
    return bytes(data)


def _cut(data: bytearray, dice: Random) -> None:
    """Truncate: anywhere, near the head, or by the last bytes."""
    size = len(data)
    del data[dice.choice((dice.randrange(size + 1), dice.randrange(min(64, size) + 1), max(0, size - 3))) :]


def _flip(data: bytearray, dice: Random) -> None:
    """Turn bits over: a few or many, in the head or anywhere."""
    if data:
        reach = dice.choice((32, 256, len(data)))
        for _ in range(dice.choice((1, 3, 30, 300))):
            data[dice.randrange(min(reach, len(data)))] ^= 1 << dice.randrange(8)


def _zero(data: bytearray, dice: Random) -> None:
    """A block that was never written."""
    start = dice.randrange(len(data) + 1)
    block = data[start : start + dice.choice((16, 512, 4096))]
    data[start : start + len(block)] = bytes(len(block))


def _repeat(data: bytearray, dice: Random) -> None:
    """A block that was written twice."""
    start = dice.randrange(len(data) + 1)
    block = data[start : start + dice.choice((8, 128, 1024))]
    data[start:start] = block


def _join(data: bytearray, dice: Random) -> None:
    """The head of a file and the tail of another, or of itself."""
    data += data[dice.randrange(len(data) + 1) :]


def _drop(data: bytearray, dice: Random) -> None:
    """A block that is missing."""
    start = dice.randrange(len(data) + 1)
    del data[start : start + dice.choice((1, 7, 100))]
