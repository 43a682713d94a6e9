"""Some of many: a list with a box before each value and a field that finds one, for the filters' popovers."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ritrova.text import Message, msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.ticked_rows import TickedRows

VALUE = Qt.ItemDataRole.UserRole
_MOST_ROWS = 8
_FIND_FROM = 10
"""Values from which on a field helps to find one."""

_WIDTH = 320
_ROW = 32


@dataclass(frozen=True, slots=True)
class Offered:
    value: object
    text: str
    count: int | None = None
    depth: int = 0
    tip: str = ""


class ChoiceList(QWidget):
    """`chosen` tells the values that are ticked, in the list's order, whenever they change."""

    chosen = Signal(tuple)

    def __init__(self, words: Words, name: Message, offered: Iterable[Offered], ticked: Iterable[object]) -> None:
        super().__init__()
        self._list = QListWidget()
        self._list.setAccessibleName(words(name))
        self._list.setUniformItemSizes(True)
        TickedRows(self._list)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        ticked = list(ticked)
        offered = list(offered)
        known = {one.value for one in offered}
        gone = [
            Offered(value, str(value)) for value in ticked if value not in known
        ]  # still asked for: can be unticked
        for one in (*gone, *offered):
            self._list.addItem(self._item(words, one, one.value in ticked))
        self._find = QLineEdit()
        self._find.setPlaceholderText(words(msg("Find")))
        self._find.setAccessibleName(words(msg("Find")))
        if self._list.count() < _FIND_FROM:
            self._find.hide()
        self._find.textChanged.connect(self._narrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.GAP)
        column.addWidget(self._find)
        column.addWidget(self._list)
        self.setFixedWidth(_WIDTH)
        self._list.setFixedHeight(min(max(self._list.count(), 1), _MOST_ROWS) * (_ROW + 4))
        self._list.itemChanged.connect(lambda *_: self.chosen.emit(self.ticked))
        self._list.itemActivated.connect(self._flip)
        self.setFocusProxy(self._find if self._list.count() >= _FIND_FROM else self._list)
        if self._list.count():
            self._list.setCurrentRow(0)

    @property
    def ticked(self) -> tuple[object, ...]:
        items = (self._list.item(row) for row in range(self._list.count()))
        return tuple(item.data(VALUE) for item in items if item.checkState() is Qt.CheckState.Checked)

    @property
    def list(self) -> QListWidget:
        return self._list

    def _item(self, words: Words, one: Offered, ticked: bool) -> QListWidgetItem:
        count = "" if one.count is None else f"  ·  {words.number(one.count)}"
        item = QListWidgetItem("    " * one.depth + one.text + count)
        item.setData(VALUE, one.value)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, one.text)
        item.setToolTip(one.tip or one.text)
        item.setSizeHint(QSize(0, _ROW))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        return item

    def _flip(self, item: QListWidgetItem) -> None:
        """Enter ticks, as Space does."""
        ticked = item.checkState() is Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)

    def _narrow(self, text: str) -> None:
        wanted = text.strip().casefold()
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(wanted not in item.text().casefold())
