"""Photos in memory, packed: 61 bytes each, so that half a million take 30 MB."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ritrova.engine.replies import HASH_BYTES, Columns

ROW = np.dtype(
    [
        ("content", f"V{HASH_BYTES}"),
        ("file", "<i8"),
        ("width", "<i4"),
        ("height", "<i4"),
        ("day", "<i4"),  # since 1970-01-01; UNDATED where that is not known
        ("strength", "<f4"),  # NaN where nothing was compared
        ("folded", "<i4"),
        ("marks", "u1"),
    ]
)
UNDATED = np.iinfo(np.int32).min
Rows = NDArray[np.void]
"""A vector of `ROW`."""


def no_rows(count: int = 0) -> Rows:
    """`count` rows of nothing in particular: the pages are not touched before they are filled."""
    return np.empty(count, ROW)


def packed(columns: Columns) -> Rows:
    """What came over the channel, as rows. Raises ValueError where the columns are not of one length."""
    rows = no_rows(len(columns))
    rows["content"] = np.frombuffer(columns.hashes, rows.dtype["content"])
    rows["file"] = columns.files
    rows["width"] = columns.widths
    rows["height"] = columns.heights
    rows["day"] = _days(columns.taken)
    rows["strength"] = [math.nan if strength is None else strength for strength in columns.strengths]
    rows["folded"] = columns.folded
    rows["marks"] = np.frombuffer(columns.marks, np.uint8) if columns.marks else 0
    return rows


def ratios(rows: Rows) -> NDArray[np.float32]:
    """Width over height; 1 where a side is not known."""
    width, height = rows["width"].astype(np.float32), rows["height"].astype(np.float32)
    known = (width > 0) & (height > 0)
    return np.divide(width, height, out=np.ones(len(rows), np.float32), where=known)


def _days(taken: Sequence[str | None]) -> NDArray[np.int32]:
    try:
        days = np.array([day or "NaT" for day in taken], "datetime64[D]")
    except ValueError:  # a camera's clock that says nonsense costs one photo its day, and no more
        return np.array([_day(day) for day in taken], np.int32)
    numbers = days.astype(np.int64)
    numbers[np.isnat(days)] = UNDATED
    return numbers.astype(np.int32)


def _day(day: str | None) -> int:
    try:
        number = np.datetime64(day or "NaT", "D")
    except ValueError:
        return UNDATED
    return UNDATED if np.isnat(number) else int(number.astype(np.int64))
