"""The photos found, in memory: an item model that grows as an answer comes in parts. It asks nobody anything.

model.begin(results, number, keep=answer.again)     the head of an answer
model.add(part)                                     the next part
model.finish()                                      the last one is there
"""

from collections.abc import Callable, Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QDate,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from ritrova.engine.replies import FAVOURITE, Columns, Results, ResultsPart
from ritrova_desktop.models.packed import UNDATED, Rows, no_rows, packed, ratios

Index = QModelIndex | QPersistentModelIndex
_EPOCH = QDate(1970, 1, 1)
_STARS = FAVOURITE - 1
_ROOT = QModelIndex()


class Role(IntEnum):
    CONTENT = Qt.ItemDataRole.UserRole + 1  # bytes
    FILE = Qt.ItemDataRole.UserRole + 2  # int
    WIDTH = Qt.ItemDataRole.UserRole + 3
    HEIGHT = Qt.ItemDataRole.UserRole + 4
    DAY = Qt.ItemDataRole.UserRole + 5  # QDate; not valid where unknown
    STRENGTH = Qt.ItemDataRole.UserRole + 6  # float, or None
    FOLDED = Qt.ItemDataRole.UserRole + 7  # how many more photos the tile stands for
    STARS = Qt.ItemDataRole.UserRole + 8
    FAVOURITE = Qt.ItemDataRole.UserRole + 9


class ResultsModel(QAbstractListModel):
    """`total` tells how many photos there will be; `rowCount` how many have come."""

    renewed = Signal(
        bool
    )  # another answer, or (true) the same question answered anew: whoever shows it keeps the place
    state_changed = Signal()  # total, searchable, indexing, absent, loading

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.number = 0  # of the request that is answered
        self.total = self.searchable = 0
        self.indexing = self.absent = self.answered = self.loading = False
        self._rows = no_rows()
        self._count = 0
        self._aside: tuple[Results, list[Rows]] | None = None  # an answer anew, shown once it is whole
        self._describe: Callable[[int], str] = self._day_text
        self._unfolded: dict[bytes, int] = {}  # content -> how many rows after it were unfolded

    # An answer

    def begin(self, results: Results, number: int, *, keep: bool = False) -> None:
        """Another answer takes the place of the old one: at once, or with `keep` once it is whole."""
        self.number = number
        if keep and self._count:
            self._aside = (results, [packed(results.columns)])
            return
        self._aside = None
        self.beginResetModel()
        self._rows = no_rows(max(results.total, len(results.columns)))
        self._count = 0
        self._unfolded = {}
        self._append(packed(results.columns))
        self.endResetModel()
        self._take_head(results, loading=self._count < results.total)
        self.renewed.emit(False)

    def add(self, part: ResultsPart) -> None:
        rows = packed(part.columns)
        if self._aside is not None:
            self._aside[1].append(rows)
            return
        if len(rows):
            self.beginInsertRows(_ROOT, self._count, self._count + len(rows) - 1)
            self._append(rows)
            self.endInsertRows()

    def finish(self) -> None:
        """The last part is there."""
        aside, self._aside = self._aside, None
        if aside is not None:
            rows = np.concatenate(aside[1])
            same = len(rows) == self._count and bool((rows["content"] == self.rows["content"]).all())
            if same and not self._unfolded:  # often nothing has changed: then nothing is laid out again
                self._rows[: self._count] = rows
                self.dataChanged.emit(self.index(0), self.index(self._count - 1))
            else:
                self.beginResetModel()
                self._rows, self._count, self._unfolded = rows, len(rows), {}
                self.endResetModel()
                self.renewed.emit(True)
            self._take_head(aside[0], loading=False)
        elif self.loading:
            self.loading = False
            self.state_changed.emit()

    # What the views ask

    @property
    def rows(self) -> Rows:
        """All rows that have come: not to be changed, nor kept over a change of the model."""
        return self._rows[: self._count]

    def ratios(self, first: int = 0) -> NDArray[np.float32]:
        return ratios(self.rows[first:])

    def content(self, row: int) -> bytes:
        return bytes(self._rows["content"][row].tobytes())

    def file(self, row: int) -> int:
        return int(self._rows["file"][row])

    def files(self, rows: Iterable[int]) -> tuple[int, ...]:
        return tuple(self.rows["file"][np.fromiter(rows, np.int64)].tolist())

    def day(self, row: int) -> QDate:
        """Not valid where it is not known."""
        number = int(self._rows["day"][row])
        return QDate() if number == UNDATED else _EPOCH.addDays(number)

    def row_of(self, content: bytes) -> int | None:
        """Where a photo is now. Looks through all of them."""
        found = np.flatnonzero(self.rows["content"] == np.void(content))
        return int(found[0]) if len(found) else None

    # What changed by the person's hand

    def mark(self, files: Iterable[int], *, stars: int | None = None, favourite: bool | None = None) -> None:
        """Show new stars, or hearts, at once."""
        rows = np.flatnonzero(np.isin(self.rows["file"], np.fromiter(files, np.int64)))
        if not len(rows):
            return
        marks = self.rows["marks"][rows]
        if stars is not None:
            marks = (marks & ~np.uint8(_STARS)) | np.uint8(stars)
        if favourite is not None:
            marks = (marks & ~np.uint8(FAVOURITE)) | np.uint8(FAVOURITE if favourite else 0)
        self.rows["marks"][rows] = marks
        self.dataChanged.emit(self.index(int(rows[0])), self.index(int(rows[-1])))

    def drop(self, files: Iterable[int]) -> None:
        """Photos that are gone."""
        gone = np.flatnonzero(np.isin(self.rows["file"], np.fromiter(files, np.int64)))
        for first, last in reversed(_runs(gone)):
            self._remove(first, last)
        self.total = max(0, self.total - len(gone))
        self.state_changed.emit()

    def unfold(self, content: bytes, columns: Columns) -> None:
        """Show what a tile stands for, after it."""
        row = self.row_of(content)
        if row is None or content in self._unfolded:
            return
        rows = packed(columns)
        rows = rows[rows["content"] != np.void(content)]
        if not len(rows):
            return
        rows["folded"] = 0
        self.beginInsertRows(_ROOT, row + 1, row + len(rows))
        self._rows = np.concatenate([self._rows[: row + 1], rows, self._rows[row + 1 :]])
        self._count += len(rows)
        self._unfolded[content] = len(rows)
        self.endInsertRows()

    def fold(self, content: bytes) -> None:
        """Show the one tile again."""
        count = self._unfolded.pop(content, 0)
        row = self.row_of(content)
        if count and row is not None:
            self._remove(row + 1, row + count)

    def is_unfolded(self, content: bytes) -> bool:
        return content in self._unfolded

    # QAbstractListModel

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < self._count:
            return None
        row = self._rows[index.row()]
        match role:
            case Role.CONTENT:
                return QByteArray(row["content"].tobytes())
            case Role.FILE | Role.WIDTH | Role.HEIGHT | Role.FOLDED:
                return int(row[role.name.lower() if isinstance(role, Role) else Role(role).name.lower()])
            case Role.DAY:
                return self.day(index.row())
            case Role.STRENGTH:
                return None if np.isnan(row["strength"]) else float(row["strength"])
            case Role.STARS:
                return int(row["marks"]) & _STARS
            case Role.FAVOURITE:
                return bool(row["marks"] & FAVOURITE)
            case Qt.ItemDataRole.DisplayRole:
                return self._day_text(index.row())
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._describe(index.row())
        return None

    def set_description(self, describe: Callable[[int], str]) -> None:
        """How a screen reader is told of a row."""
        self._describe = describe

    def _day_text(self, row: int) -> str:
        day = self.day(row)
        return day.toString(Qt.DateFormat.ISODate) if day.isValid() else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        kept = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return kept | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags

    def roleNames(self) -> dict[int, QByteArray]:
        return {**super().roleNames(), **{int(role): QByteArray(role.name.lower().encode()) for role in Role}}

    def _append(self, rows: Rows) -> None:
        end = self._count + len(rows)
        if end > len(self._rows):  # more than was announced
            self._rows = np.concatenate([self.rows, no_rows(end - self._count)])
        self._rows[self._count : end] = rows
        self._count = end

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(_ROOT, first, last)
        self._rows = np.concatenate([self._rows[:first], self._rows[last + 1 :]])
        self._count -= last - first + 1
        self.endRemoveRows()

    def _take_head(self, results: Results, *, loading: bool) -> None:
        self.total, self.searchable = results.total, results.searchable
        self.indexing, self.absent = results.indexing, results.absent
        self.answered, self.loading = True, loading
        self.state_changed.emit()


def _runs(numbers: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ascending numbers as runs of neighbours, first and last."""
    if not len(numbers):
        return []
    ends = np.flatnonzero(np.diff(numbers) != 1)
    firsts = [numbers[0], *numbers[ends + 1]]
    lasts = [*numbers[ends], numbers[-1]]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]
