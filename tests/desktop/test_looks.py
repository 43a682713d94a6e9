"""Looks: contrast that can be read, icons in the theme's colours, a language and a theme that change at once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QMenu, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from ritrova.engine.query import Query, Scope
from ritrova.text import msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme, style, tokens
from ritrova_desktop.theme.tokens import DARK, LIGHT, READ_ON, SEEN_ON, Colours, contrast
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.empty_results import EmptyResults
from ritrova_desktop.views.page import FormPage
from ritrova_desktop.views.rounded import rounded
from ritrova_desktop.views.ticked_rows import TickedRows

COLOURS = st.from_regex(r"\A#[0-9a-f]{6}\Z")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(READ_ON, 4.5), (SEEN_ON, 3.0)], ids=["read", "seen"])
def test_contrast_is_aa(colours: Colours, pairs: tuple[tuple[str, tuple[str, ...]], ...], least: float) -> None:
    weak = {
        (front, back): round(contrast(getattr(colours, front), getattr(colours, back)), 2)
        for front, backs in pairs
        for back in backs
        if contrast(getattr(colours, front), getattr(colours, back)) < least
    }
    assert weak == {}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails


@given(COLOURS, COLOURS)
def test_contrast_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one) >= 1


def test_style_names_no_colour_of_its_own() -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", style.STYLE.template) == []


def test_margins_keep_the_rhythm() -> None:
    assert {gap % tokens.UNIT for gap in (tokens.GAP_SMALL, tokens.GAP, tokens.GAP_LARGE, tokens.GAP_PAGE)} == {0}


def test_every_icon_draws_something_in_the_colour_asked_for(theme: Theme) -> None:
    for name in theme.icons.names:
        image = theme.icons.pixmap(name, 24, 2.0, "bad").toImage()
        assert (image.width(), image.devicePixelRatio()) == (48, 2.0)
        assert any(image.pixelColor(x, y).alpha() for x in range(0, 48, 2) for y in range(0, 48, 2)), name
    assert theme.icons.colour("bad") in _colours(theme.icons.pixmap("star-filled", 24, 1.0, "bad").toImage())


def test_an_icon_follows_the_theme_without_being_set_again(theme: Theme, qtbot: QtBot) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    button.setIcon(theme.icon("star-filled"))
    button.setIconSize(QSize(24, 24))
    assert LIGHT.text in _colours(button.grab().toImage())
    theme.choose("dark")
    try:
        assert DARK.text in _colours(button.grab().toImage())
    finally:
        theme.choose("light")


def test_an_icon_keeps_a_text_at_a_distance(theme: Theme) -> None:
    wide = theme.icon("star-filled").pixmap(QSize(20, 16), 2.0)
    assert (wide.width(), wide.height(), wide.devicePixelRatio()) == (40, 32, 2.0)
    image = wide.toImage()
    drawn = [x for x in range(40) if any(image.pixelColor(x, y).alpha() for y in range(32))]
    assert 0 <= min(drawn) < 8
    assert max(drawn) < 32


def test_an_unknown_icon_is_a_mistake(theme: Theme) -> None:
    with pytest.raises(KeyError):
        theme.icon("no-such-icon")


def test_bound_texts_follow_the_language(words: Words, qtbot: QtBot) -> None:
    one, two = QLabel(), QLabel()
    qtbot.addWidget(one)
    qtbot.addWidget(two)
    words.bind(one, one.setText, msg("Show the version."))
    words.bind(one, two.setText, msg("The disk is full."))  # of the same owner
    words.bind(one, two.setText, msg("Library folder"))  # in its place
    words.choose("it")
    assert (one.text(), two.text()) == ("Mostra la versione.", "Cartella della raccolta")
    words.choose("en")
    assert one.text() == "Show the version."


def test_what_is_gone_is_not_spoken_to(words: Words, qtbot: QtBot) -> None:
    label = QLabel()
    words.bind(label, label.setText, msg("The disk is full."))
    label.deleteLater()
    qtbot.waitUntil(lambda: not isValid(label))
    words.choose("it")


def test_numbers_are_grouped_as_the_language_does(words: Words) -> None:
    assert words.number(1240) == "1,240"
    words.choose("it")
    assert words.number(1240) == "1.240"
    words.choose("en")


def _colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_a_menu_has_round_corners_that_let_through_what_is_behind(theme: Theme, qtbot: QtBot) -> None:
    menu = rounded(QMenu())
    qtbot.addWidget(menu)
    menu.addAction("One")
    menu.popup(QPoint(40, 40))
    image = menu.grab().toImage()
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(image.width() // 2, 6).name() == theme.colours.surface
    menu.close()


def test_boxes_in_lists_are_in_the_themes_colours(theme: Theme, qtbot: QtBot) -> None:
    rows = QListWidget()
    qtbot.addWidget(rows)
    TickedRows(rows)
    for state in (Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked):
        item = QListWidgetItem("", rows)
        item.setCheckState(state)
    rows.resize(200, 200)
    rows.show()
    image = rows.viewport().grab().toImage()
    seen = [_colours(image.copy(rows.visualItemRect(rows.item(row)))) for row in range(3)]
    assert [theme.colours.accent in colours for colours in seen] == [False, True, True]
    assert theme.colours.surface in seen[0]


def test_a_page_stays_where_it_is_when_it_gets_too_long_for_the_window(context: Context, qtbot: QtBot) -> None:
    page = FormPage(context, msg("Preferences"))
    qtbot.addWidget(page)
    tall = QWidget()
    page.column.addWidget(tall)
    page.resize(700, 400)
    page.show()
    scroll = page.findChild(QScrollArea)
    assert scroll is not None
    left = tall.mapTo(page, QPoint(0, 0)).x(), tall.width()
    tall.setFixedHeight(900)
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().isVisible())
    assert (tall.mapTo(page, QPoint(0, 0)).x(), tall.width()) == left


def test_an_empty_page_keeps_its_words_where_there_is_little_room(context: Context, qtbot: QtBot) -> None:
    empty = EmptyResults(context)
    empty.show_why(Query(scope=Scope(kind="favourites")), searchable=3, indexing=False, folders=True)
    qtbot.addWidget(empty)
    empty.resize(500, 300)
    empty.show()
    icon, *texts = empty.findChildren(QLabel)
    assert icon is empty.icon
    assert icon.isVisible()
    empty.resize(500, 110)
    qtbot.waitUntil(lambda: not icon.isVisible())
    qtbot.waitUntil(lambda: all(one.isVisible() and one.height() >= one.heightForWidth(one.width()) for one in texts))
