"""Filters: what a chip says, what its form changes, how dates are read and written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from ritrova.photo import Filters
from ritrova_desktop.text import Words
from ritrova_desktop.views.choice_list import ChoiceList
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.dates import day_as_written, days_meant, range_in_words
from ritrova_desktop.views.filter_kinds import KINDS
from ritrova_desktop.views.popover import Popover
from ritrova_desktop.views.search_bar import SearchBar

FULL = Filters(
    folders=(b"/foto/mare", b"/foto/caff\xe8", b"/foto/neve"),
    date_from=date(2024, 6, 1),
    date_to=date(2024, 6, 30),
    formats=("jpeg", "heif"),
    cameras=("Pixel 8",),
    orientation="portrait",
    rating_min=3,
    keywords=("nonna",),
    favourites=True,
    album=4,
)


def open_form(bar: SearchBar, kind: str, qtbot: QtBot) -> Popover:
    """By way of the menu, as a person does."""
    QTest.mouseClick(bar.chips.filters_button, Qt.MouseButton.LeftButton)
    menu = bar.chips.filters_button.findChildren(QMenu)[-1]
    title = next(one.title.key for one in KINDS if one.name == kind)
    menu.setActiveAction(next(action for action in menu.actions() if action.text() == title))
    QTest.keyClick(menu, Qt.Key.Key_Return)
    bar.window().activateWindow()  # the offscreen plugin does not, once a menu has closed
    qtbot.waitUntil(lambda: bool(bar.window().findChildren(Popover)))
    return bar.window().findChildren(Popover)[-1]


def test_every_kind_of_filter_has_a_chip_that_takes_it_away(bar: SearchBar, context: Context) -> None:
    context.search.set_filters(FULL)
    assert [chip.text() for chip in bar.chips.chips] == [
        "June 2024",
        "mare, caff\\udce8 and 1 more",
        "JPEG, HEIF",
        "Pixel 8",
        "3 stars or more",
        "Portrait",
        "nonna",
        "Favourites",
        "In an album",
    ]
    for _ in KINDS:
        QTest.mouseClick(bar.chips.chips[0].cross, Qt.MouseButton.LeftButton)
    assert context.search.query.filters == Filters()
    assert bar.chips.isHidden()


def test_folders_are_ticked_in_a_list_that_can_be_narrowed(bar: SearchBar, context: Context, qtbot: QtBot) -> None:
    form = open_form(bar, "folders", qtbot)
    choice = form.findChild(ChoiceList)
    assert choice is not None
    find = choice.findChild(QLineEdit)
    assert find is not None
    qtbot.waitUntil(find.hasFocus)
    QTest.keyClicks(find, "mar")
    shown = [row for row in range(choice.list.count()) if not choice.list.item(row).isHidden()]
    assert len(shown) == 1
    choice.list.setCurrentRow(shown[0])
    QTest.keyClick(choice.list, Qt.Key.Key_Space)
    assert context.search.query.filters == Filters(folders=(b"/foto/mare",))
    QTest.keyClick(choice.list, Qt.Key.Key_Escape)
    assert form.isHidden()


def test_dates_are_written_as_people_do(bar: SearchBar, context: Context, qtbot: QtBot) -> None:
    form = open_form(bar, "dates", qtbot)
    first, last = form.findChildren(QLineEdit)
    QTest.keyClicks(first, "6/2024")
    QTest.keyClicks(last, "2024")
    assert context.search.query.filters == Filters(date_from=date(2024, 6, 1), date_to=date(2024, 12, 31))
    QTest.keyClicks(last, "x")
    assert context.search.query.filters.date_to == date(2024, 12, 31), "what is no date changes nothing"
    assert "no date" in last.toolTip()
    (year,) = (one for one in form.findChildren(QPushButton) if one.text() == "2025")
    QTest.mouseClick(year, Qt.MouseButton.LeftButton)
    assert [chip.text() for chip in bar.chips.chips] == ["2025"]


def test_one_of_a_few_or_any(bar: SearchBar, context: Context, qtbot: QtBot) -> None:
    context.search.set_filters(Filters(rating_min=3))
    QTest.mouseClick(bar.chips.chips[0], Qt.MouseButton.LeftButton, pos=bar.chips.chips[0].rect().center())
    qtbot.waitUntil(lambda: bool(bar.window().findChildren(Popover)))
    buttons = bar.window().findChildren(Popover)[-1].findChildren(QRadioButton)
    assert [button.text() for button in buttons if button.isChecked()] == ["3 stars or more"]
    buttons[5].click()
    assert context.search.query.filters == Filters(rating_min=5)
    buttons[0].click()
    assert context.search.query.filters == Filters()


def test_a_press_elsewhere_closes_the_form(bar: SearchBar, qtbot: QtBot) -> None:
    form = open_form(bar, "orientation", qtbot)
    QTest.mouseClick(bar.field, Qt.MouseButton.LeftButton)
    assert form.isHidden()
    qtbot.waitUntil(bar.field.hasFocus)


def test_a_form_that_is_open_follows_the_language(bar: SearchBar, words: Words, qtbot: QtBot) -> None:
    form = open_form(bar, "orientation", qtbot)
    words.choose("it")
    assert form.isHidden()
    (again,) = (one for one in bar.window().findChildren(Popover) if one.isVisible())
    assert [one.text() for one in again.findChildren(QRadioButton)] == [
        "Qualsiasi",
        "Orizzontale",
        "Verticale",
        "Quadrata",
    ]
    assert again.accessibleName() == "Orientamento"
    again.close_it()
    words.choose("en")
    assert not any(one.isVisible() for one in bar.window().findChildren(Popover)), "a form that was closed stays closed"


def test_the_words_for_a_range(words: Words) -> None:
    def said(first: date | None, last: date | None) -> str | None:
        return range_in_words((first, last), words)

    assert said(None, None) is None
    assert said(date(2024, 1, 1), date(2024, 12, 31)) == "2024"
    assert said(date(2020, 1, 1), date(2024, 12, 31)) == "2020 – 2024"
    assert said(date(2024, 2, 1), date(2024, 2, 29)) == "February 2024"
    assert said(date(2024, 2, 1), date(2024, 2, 28)) == "1 Feb 2024 – 28 Feb 2024"
    assert said(date(2024, 7, 4), date(2024, 7, 4)) == "4 Jul 2024"
    assert said(date(2024, 1, 1), None) == "From 2024"
    assert said(None, date(2024, 7, 4)) == "Until 4 Jul 2024"


@given(st.dates(min_value=date(1826, 1, 1)))
def test_a_day_that_is_written_is_read_back(day: date) -> None:
    assert days_meant(day_as_written(day)) == (day, day)
    assert days_meant(day.isoformat()) == (day, day)


@pytest.mark.parametrize("text", ["", "ieri", "31/6/2024", "13/2024", "0/2024", "24", "2024/1/1/1", "0000", "9" * 400])
def test_what_is_no_date(text: str) -> None:
    assert days_meant(text) is None
