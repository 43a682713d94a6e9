"""Which photos are selected: by click, Shift, Ctrl, rubber band and keys. Kept as runs, so that all can be many."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Signal

from ritrova_desktop.models.results import ResultsModel

_Flag = QItemSelectionModel.SelectionFlag
Heads = NDArray[np.uint64]
Run = tuple[int, int]
"""The first and the last row of neighbours."""


class GridSelection(QObject):
    changed = Signal()

    def __init__(self, model: ResultsModel, selection: QItemSelectionModel) -> None:
        super().__init__(selection)
        self._model, self._selection = model, selection
        self._anchor = 0
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._base = QItemSelection()  # what was selected before the rubber band
        selection.selectionChanged.connect(lambda *_: self._follow())
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(lambda *_: self._follow())

    @property
    def current(self) -> int | None:
        """The row that the keyboard is on."""
        index = self._selection.currentIndex()
        return index.row() if index.isValid() else None

    @property
    def count(self) -> int:
        return sum(last - first + 1 for first, last in self.runs)

    @property
    def runs(self) -> list[Run]:
        return list(zip(self._firsts, self._lasts, strict=True))

    def rows(self, most: int | None = None) -> list[int]:
        """The selected rows, ascending; the current one where none is selected."""
        rows = [row for first, last in self.runs for row in range(first, last + 1)[:most]]
        if not rows and self.current is not None:
            rows = [self.current]
        return rows[:most]

    def has(self, row: int) -> bool:
        at = bisect_right(self._firsts, row) - 1
        return at >= 0 and row <= self._lasts[at]

    def only(self, row: int) -> None:
        self._anchor = row
        self._selection.setCurrentIndex(self._model.index(row), _Flag.ClearAndSelect)

    def toggle(self, row: int) -> None:
        self._anchor = row
        self._selection.setCurrentIndex(self._model.index(row), _Flag.Toggle)

    def move(self, row: int) -> None:
        """Take the keyboard there, and select nothing."""
        self._selection.setCurrentIndex(self._model.index(row), _Flag.NoUpdate)

    def extend(self, row: int, *, add: bool = False) -> None:
        """Select from where the last selection began to `row`."""
        anchor = min(self._anchor, self._model.rowCount() - 1)
        first, last = sorted((anchor, row))
        run = QItemSelection(self._model.index(first), self._model.index(last))
        self._selection.select(run, _Flag.Select if add else _Flag.ClearAndSelect)
        self.move(row)

    def all(self) -> None:
        count = self._model.rowCount()
        if count:
            run = QItemSelection(self._model.index(0), self._model.index(count - 1))
            self._selection.select(run, _Flag.ClearAndSelect)

    def clear(self) -> None:
        self._selection.clearSelection()

    def begin_band(self, *, add: bool) -> None:
        """A rubber band is drawn out; with `add`, what is selected stays."""
        if not add:
            self.clear()
        self._base = QItemSelection(self._selection.selection())

    def band(self, runs: Sequence[Run]) -> None:
        chosen = QItemSelection(self._base)
        for first, last in runs:
            chosen.merge(QItemSelection(self._model.index(first), self._model.index(last)), _Flag.Select)
        self._selection.select(chosen, _Flag.ClearAndSelect)

    # Over a new answer to the same question

    def contents(self) -> Heads:
        """The selected photos, by the first eight bytes of their hashes."""
        if not self._firsts:
            return np.zeros(0, np.uint64)
        rows = np.concatenate([np.arange(first, last + 1) for first, last in self.runs])
        return np.asarray(_heads(self._model)[rows])

    def select_contents(self, contents: Heads) -> None:
        """Select those that are still there."""
        if not len(contents):
            return
        found = np.flatnonzero(np.isin(_heads(self._model), contents))
        chosen = QItemSelection()
        for first, last in _runs(found.tolist()):
            chosen.select(self._model.index(first), self._model.index(last))
        self._selection.select(chosen, _Flag.ClearAndSelect)

    def _follow(self) -> None:
        chosen = self._selection.selection()
        ranges = sorted((chosen.at(at).top(), chosen.at(at).bottom()) for at in range(chosen.count()))
        self._firsts, self._lasts = [first for first, _ in ranges], [last for _, last in ranges]
        self.changed.emit()


def _heads(model: ResultsModel) -> Heads:
    return np.ascontiguousarray(model.rows["content"]).view(np.uint64).reshape(-1, 4)[:, 0]


def _runs(rows: Iterable[int]) -> list[Run]:
    runs: list[Run] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
