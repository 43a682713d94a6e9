"""Libraries of many photos that do not exist, written straight into the store's tables: for what needs no pixels.

A photo's facts depend on its number alone. `SHARES` of them can be asked for by folder, by date and by camera.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert

from ritrova.encoding.protocol import Encoder
from ritrova.photo import FileStamp, FileState
from ritrova.store.records import Place
from ritrova.store.store import Store
from ritrova.store.tables import Batch, Content, Embedding, File

SHARES = (0.5, 0.1, 0.01, 0.0001)
"""Of the photos lie in the folder `0` and were taken by the camera `Shared 0`, and so on; the rest is numbered 4."""

ELSEWHERE = Path("/no such disk")
FIRST_DAY, BETWEEN = datetime(2005, 1, 1), timedelta(minutes=72)
"""Twenty photos a day."""

_ROWS = 10_000  # at once


def fill(
    store: Store,
    encoder: Encoder,
    folder: int,
    files: Iterable[tuple[bytes, bytes, FileStamp]],
    vectors: Iterable[NDArray[np.float16]],
) -> None:
    """Enter files (directory, name, stamp) of a watched folder as present, each a content of its own with a vector
    `[d]`, into a store that has none yet.
    """
    model = store.add_model(encoder.fingerprint, encoder.name, encoder.dimension)
    count = 0
    for rows in _batched(zip(files, vectors, strict=False), _ROWS):
        numbers = range(count + 1, count + 1 + len(rows))  # as SQLite will number them
        count += len(rows)
        with store.writing() as connection:
            connection.execute(insert(Content), [_content(number) for number in numbers])
            connection.execute(
                insert(File),
                [
                    _file(number, Place(folder, directory, name), stamp)
                    for number, ((directory, name, stamp), _) in zip(numbers, rows, strict=True)
                ],
            )
            connection.execute(
                insert(Embedding),
                [
                    {"model_id": model, "content_id": number, "vector": vector.tobytes()}
                    for number, (_, vector) in zip(numbers, rows, strict=True)
                ],
            )
            connection.execute(insert(Batch).values(token=count, model_id=model, last_id=count))


def invent(store: Store, encoder: Encoder, count: int, vectors: Iterable[NDArray[np.float16]]) -> None:
    """Fill a store with files that are on no disk; on an unplugged one, so that indexing leaves them alone."""
    folder = store.add_folder("no such volume", "bench", "removable", os.fsencode(ELSEWHERE), b"")
    fill(store, encoder, folder, invented(count), vectors)


def invented(count: int) -> Iterator[tuple[bytes, bytes, FileStamp]]:
    """Files that are on no disk, in folders whose sizes follow `SHARES`, 200 a directory, in the order of time."""
    for number in range(count):
        top = share_of(number / count)
        yield b"%d/%04d" % (top, number // 200), b"IMG_%06d.jpg" % number, FileStamp(3_000_000 + number, number, number)


def share_of(position: float) -> int:
    """Which of `SHARES` a photo at `position` (0 to 1) of the library belongs to; the last number is the rest."""
    for number, share in enumerate(SHARES):
        if position < share:
            return number
        position -= share
    return len(SHARES)


def _content(number: int) -> dict[str, Any]:
    scattered = number * 0.6180339887 % 1  # evenly spread, and far from the order of ids
    width, height = (3000, 4000) if scattered < 0.3 else (4000, 3000)
    return {
        "hash": number.to_bytes(32),
        "size": 3_000_000 + number,
        "format": "heif" if 0.2 < scattered < 0.4 else "jpeg",
        "width": width,
        "height": height,
        "orientation": 1,
        "taken_at": (FIRST_DAY + number * BETWEEN).isoformat(),
        "taken_offset": 60,
        "taken_source": "exif",
        "camera": f"Shared {share_of(scattered)}",
        "rating": int(scattered * 50) % 6,
    }


def _file(number: int, place: Place, stamp: FileStamp) -> dict[str, Any]:
    return {
        "folder_id": place.folder_id,
        "directory": place.directory,
        "name": place.name,
        "key": place.key,
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "inode": stamp.inode,
        "state": FileState.PRESENT,
        "content_id": number,
    }


def _batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
