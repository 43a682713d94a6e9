"""What is shown of every photo, in memory, column by column: about 60 bytes a photo, so that SQL answers no scroll."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ritrova.store.browsing import Row

FAVOURITE = 8  # in `marks`; the stars are the three bits below
UNDATED = np.iinfo(np.int64).min
_HASH = 32


class Interned:
    """Small numbers for values that many photos share: cameras, directories."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {None: -1}

    def __call__(self, value: object) -> int:
        return self._numbers.setdefault(value, len(self._numbers))


@dataclass(frozen=True)
class Catalogue:
    """The contents that have a present file, by content id. Never changed: a change makes a new one."""

    contents: NDArray[np.int64]  # ascending
    hashes: NDArray[np.uint8]  # [n, 32]
    widths: NDArray[np.int32]
    heights: NDArray[np.int32]
    taken: NDArray[np.int64]  # local seconds since 1970; UNDATED
    cameras: NDArray[np.int32]  # -1: not known
    files: NDArray[np.int64]  # a present file
    places: NDArray[np.int32]  # its directory
    folders: NDArray[np.int32]  # its watched folder
    marks: NDArray[np.uint8]
    embeddings: NDArray[np.int64]  # of the model in use; 0 for none

    def __len__(self) -> int:
        return len(self.contents)

    @classmethod
    def of(cls, rows: Iterable[Row], interned: Interned) -> Self:
        """From rows of `store.browsing.rows`, ascending by content."""
        columns = list(zip(*rows, strict=True)) or [()] * 12
        n = len(columns[0])
        stars = np.clip(np.array(columns[9], np.uint8), 0, 5)
        return cls(
            contents=np.array(columns[0], np.int64),
            hashes=np.frombuffer(b"".join(columns[1]), np.uint8).reshape(n, _HASH),
            widths=np.array(columns[2], np.int32),
            heights=np.array(columns[3], np.int32),
            taken=np.array([UNDATED if each is None else each for each in columns[4]], np.int64),
            cameras=np.array([interned(each) for each in columns[5]], np.int32),
            files=np.array(columns[6], np.int64),
            places=np.array([interned(each) for each in zip(columns[7], columns[8], strict=True)], np.int32),
            folders=np.array(columns[7], np.int32),
            marks=stars | np.where(np.array(columns[10], bool), FAVOURITE, 0).astype(np.uint8),
            embeddings=np.array(columns[11], np.int64),
        )

    def merged(self, newer: "Catalogue") -> "Catalogue":
        """These contents with the newer word on those that both have."""
        if not len(newer):
            return self
        keep = ~np.isin(self.contents, newer.contents)
        order = np.argsort(np.concatenate([self.contents[keep], newer.contents]), kind="stable")
        return Catalogue(
            **{
                field.name: np.concatenate([getattr(self, field.name)[keep], getattr(newer, field.name)])[order]
                for field in fields(self)
            }
        )

    def without(self, contents: NDArray[np.int64]) -> "Catalogue":
        """Less some contents."""
        keep = ~np.isin(self.contents, contents)
        return Catalogue(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})

    @cached_property
    def newest_first(self) -> NDArray[np.int64]:
        """Row numbers, the undated last; of one second, the later content first."""
        return np.lexsort((-self.contents, -self.taken, self.taken == UNDATED))

    @cached_property
    def oldest_first(self) -> NDArray[np.int64]:
        """Row numbers, the undated last."""
        return np.lexsort((self.contents, self.taken, self.taken == UNDATED))

    def rows_of(self, contents: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row numbers of those of these contents that are here."""
        if not len(self):
            return np.empty(0, np.int64)
        rows = np.minimum(np.searchsorted(self.contents, contents), len(self) - 1)
        found: NDArray[np.int64] = rows[self.contents[rows] == contents]
        return found

    def rows_with(self, hashes: Collection[bytes]) -> NDArray[np.int64]:
        """The row numbers of those of these hashes that are here."""
        ends = self.hashes[:, -8:].copy().view(np.int64)[:, 0]  # eight bytes tell nearly all of them apart
        wanted = np.frombuffer(b"".join(each[-8:] for each in hashes), np.int64)
        known = set(hashes)
        rows = [row for row in np.flatnonzero(np.isin(ends, wanted)).tolist() if self.hashes[row].tobytes() in known]
        return np.array(rows, np.int64)

    def days(self, rows: NDArray[np.int64]) -> list[str | None]:
        """The local days of some rows: 2024-07-01."""
        taken = self.taken[rows]
        dated = taken != UNDATED
        days = (np.where(dated, taken, 0) // 86_400).astype("datetime64[D]")
        texts = np.datetime_as_string(days)
        return [str(day) if known else None for day, known in zip(texts, dated, strict=True)]
