"""What the rows of a list say, by role; `views/row_delegate.py` paints them."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from ritrova_desktop.text import Words

ITEM = Qt.ItemDataRole.UserRole
DETAIL = Qt.ItemDataRole.UserRole + 1
ICON = Qt.ItemDataRole.UserRole + 2
MARK = Qt.ItemDataRole.UserRole + 3
MARK_COLOUR = Qt.ItemDataRole.UserRole + 4

Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractListModel):
    """A list in memory. A subclass says what of an item is shown (`_text`); `show_items` takes new ones."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words
        self._items: tuple[object, ...] = ()
        words.changed.connect(self._all_changed)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._items):
            return None
        item = self._items[index.row()]
        return item if role == ITEM else self._text(item, role)

    def show_items(self, items: tuple[object, ...]) -> None:
        """Rows that are the same things, in the same order, keep their selection."""
        if [self._key(one) for one in items] == [self._key(one) for one in self._items]:
            self._items = items
            self._all_changed()
            return
        self.beginResetModel()
        self._items = items
        self.endResetModel()

    def row_of(self, key: object) -> int | None:
        return next((row for row, item in enumerate(self._items) if self._key(item) == key), None)

    def _key(self, item: object) -> object:
        raise NotImplementedError

    def _text(self, item: object, role: int) -> object:
        raise NotImplementedError

    def _all_changed(self) -> None:
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))
