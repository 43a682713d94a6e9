"""What opens below a filter's chip: one small form a kind. Each change counts at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ritrova.engine.replies import Count, FacetsOf
from ritrova.photo import Filters
from ritrova.text import Message, msg
from ritrova_desktop.names import shown
from ritrova_desktop.text import Words
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.choice_list import ChoiceList, Offered
from ritrova_desktop.views.dates import day_as_written, days_meant
from ritrova_desktop.views.filter_kinds import ORIENTATIONS, FilterKind, last_part, stars
from ritrova_desktop.views.flow import FlowLayout

_MOST_YEARS = 12


class FilterEditor(QWidget):
    """`changed` brings the filters as they are now."""

    changed = Signal(object)

    def __init__(self, filters: Filters) -> None:
        super().__init__()
        self._filters = filters
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(tokens.GAP)

    def _change(self, **changes: Any) -> None:
        self._filters = replace(self._filters, **changes)
        self.changed.emit(self._filters)


class ListEditor(FilterEditor):
    """Some values of a field that is a tuple."""

    def __init__(self, words: Words, kind: FilterKind, filters: Filters, offered: list[Offered], none: Message) -> None:
        super().__init__(filters)
        ticked = getattr(filters, kind.name)
        if not offered and not ticked:
            self.column.addWidget(QLabel(words(none)))
            return
        choice = ChoiceList(words, kind.title, offered, ticked)
        choice.chosen.connect(lambda values: self._change(**{kind.name: values}))
        self.column.addWidget(choice)
        self.setFocusProxy(choice)


class OneEditor(FilterEditor):
    """One value of a few, or any."""

    def __init__(self, words: Words, field: str, filters: Filters, values: dict[Any, Message]) -> None:
        super().__init__(filters)
        now = getattr(filters, field)
        group = QButtonGroup(self)
        for value, text in {None: msg("Any"), **values}.items():
            button = QRadioButton(words(text))
            button.setChecked(value == now)
            button.clicked.connect(lambda *_, value=value: self._change(**{field: value}))
            group.addButton(button)
            self.column.addWidget(button)
        checked = group.checkedButton()
        if checked is not None:
            self.setFocusProxy(checked)


class DatesEditor(FilterEditor):
    """From and until, as one writes dates, and the years that there are photos of."""

    def __init__(self, words: Words, filters: Filters, years: tuple[Count, ...]) -> None:
        super().__init__(filters)
        self._words = words
        self._from = self._field(filters.date_from, msg("From"), lambda day: {"date_from": day}, 0)
        self._until = self._field(filters.date_to, msg("Until"), lambda day: {"date_to": day}, 1)
        grid = QGridLayout()
        grid.setSpacing(tokens.GAP)
        for row, (name, field) in enumerate(((msg("From"), self._from), (msg("Until"), self._until))):
            label = QLabel(words(name))
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        self.column.addLayout(grid)
        if years:
            box = QWidget()
            flow = FlowLayout(box, gap=tokens.GAP_SMALL)
            for year in years[:_MOST_YEARS]:
                flow.addWidget(self._year(year))
            box.setFixedWidth(280)
            box.setFixedHeight(flow.heightForWidth(280))
            self.column.addWidget(box)
        self.setFocusProxy(self._from)

    def _field(
        self, day: date | None, name: Message, change: Callable[[date | None], dict[str, date | None]], which: int
    ) -> QLineEdit:
        field = QLineEdit(day_as_written(day) if day else "")
        field.setAccessibleName(self._words(name))
        field.setPlaceholderText(self._words(msg("2024, 6/2024 or 1/6/2024")))
        field.setMinimumWidth(220)

        def edited(text: str) -> None:
            meant = days_meant(text)
            understood = meant is not None or not text.strip()
            field.setToolTip("" if understood else self._words(msg("This is no date: write 2024, 6/2024 or 1/6/2024.")))
            field.setStyleSheet("" if understood else "QLineEdit { border-style: dashed; }")
            if understood:
                self._change(**change(meant[which] if meant else None))

        field.textEdited.connect(edited)
        return field

    def _year(self, year: Count) -> QPushButton:
        button = QPushButton(year.value)
        button.setProperty("look", "plain")
        button.setToolTip(self._words.number(year.count))
        button.clicked.connect(lambda *_: self._take_year(int(year.value)))
        return button

    def _take_year(self, year: int) -> None:
        first, last = date(year, 1, 1), date(year, 12, 31)
        self._from.setText(day_as_written(first))
        self._until.setText(day_as_written(last))
        self._change(date_from=first, date_to=last)


def editor(kind: FilterKind, words: Words, filters: Filters, facets: FacetsOf) -> FilterEditor:
    """The form of a kind that can be edited. Raises KeyError on another."""
    match kind.name:
        case "dates":
            return DatesEditor(words, filters, facets.years)
        case "rating":
            return OneEditor(words, "rating_min", filters, {n: stars(n) for n in range(1, 6)})
        case "orientation":
            return OneEditor(words, "orientation", filters, dict(ORIENTATIONS))
        case "folders":
            offered = [
                Offered(one.path, last_part(one.path), one.count, one.depth, shown(one.path)) for one in facets.folders
            ]
            return ListEditor(words, kind, filters, offered, msg("No folder is watched yet."))
        case "formats":
            offered = [Offered(one.value, one.value.upper(), one.count) for one in facets.formats]
            return ListEditor(words, kind, filters, offered, msg("There are no photos yet."))
        case "cameras" | "keywords":
            counts: tuple[Count, ...] = getattr(facets, kind.name)
            offered = [Offered(one.value, one.value, one.count) for one in counts]
            none = msg("No photo says its camera.") if kind.name == "cameras" else msg("No photo has keywords yet.")
            return ListEditor(words, kind, filters, offered, none)
    raise KeyError(kind.name)
