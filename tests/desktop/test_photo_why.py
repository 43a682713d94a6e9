"""Why a photo was found: said below it, and shown on it where the model can tell."""

import pytest
from pydantic import ValidationError
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ritrova.engine.query import PhotoRef, Query
from ritrova.engine.replies import HeatMap
from ritrova.engine.requests import Why
from ritrova.photo import Filters
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.text import Words
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.photo_view import PhotoPage
from ritrova_desktop.views.photo_why import reasons_of, shared_words
from ritrova_desktop.views.result_page import ResultPage

PAGES = {**dict.fromkeys(Kind, Page), Kind.PHOTO: PhotoPage, Kind.ALL: ResultPage}


@pytest.fixture
def window(context: Context, qtbot: QtBot) -> MainWindow:
    """Ten photos of "mare", best first."""
    window = MainWindow(context, PAGES)
    qtbot.addWidget(window)
    window.show_place(context.navigator.here)
    window.resize(1100, 700)
    window.show()
    context.search.set_text("mare")
    qtbot.waitUntil(lambda: context.results.rowCount() == 10)
    return window


def look_at(window: MainWindow, row: int, qtbot: QtBot) -> PhotoPage:
    window.context.navigator.go(Place(Kind.PHOTO, row=row))
    page = window.page
    assert isinstance(page, PhotoPage)
    qtbot.waitUntil(lambda: bool(page.canvas._images) and page._details is not None)
    return page


def test_it_says_how_well_a_photo_fits_and_what_was_looked_for(window: MainWindow, qtbot: QtBot) -> None:
    page = look_at(window, 2, qtbot)
    assert not page.why.isVisible()
    QTest.mouseClick(page.tools.why, Qt.MouseButton.LeftButton)
    said = ["Match: 98 % · Number 3 of 10", "Looked for: “mare”", "Keywords that are in the sentence: mare"]
    qtbot.waitUntil(lambda: page.why.text == "\n".join(said))
    assert page.why.isVisible()
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: page.why.text.startswith("Match: 97 % · Number 4 of 10"))
    QTest.keyClick(page.canvas, Qt.Key.Key_W)
    assert not page.why.isVisible()
    assert not page.tools.why.isChecked()


def test_the_map_lies_over_the_photo_and_goes_where_it_goes(window: MainWindow, qtbot: QtBot) -> None:
    page = look_at(window, 0, qtbot)
    canvas = page.canvas

    def lightness(across: float, down: float) -> int:
        """Of a point of the photo, by shares of its sides."""
        target = canvas.target
        place = QPoint(round(target.x() + across * target.width()), round(target.y() + down * target.height()))
        return canvas.grab().toImage().pixelColor(place).lightness()

    plain = lightness(0.08, 0.08)
    QTest.keyClick(canvas, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: canvas.has_heat)
    QTest.qWait(1)  # the strip has made the canvas smaller
    assert lightness(0.95, 0.95) < plain * 0.7, "what does not count is not dimmed"
    assert lightness(0.95, 0.95) < lightness(0.5, 0.08) < lightness(0.08, 0.08)
    QTest.keyClick(canvas, Qt.Key.Key_Z)
    canvas.move_by(-canvas.target.topLeft())
    assert lightness(0.08, 0.08) > plain * 0.7
    QTest.keyClick(canvas, Qt.Key.Key_W)
    assert not canvas.has_heat
    assert lightness(0.08, 0.08) == plain


def test_it_is_asked_for_by_key_and_menu_in_the_grid_and_goes_with_the_photo(
    window: MainWindow, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    results = window.page
    assert isinstance(results, ResultPage)
    results.grid.go(1)
    QTest.keyClick(results.grid, Qt.Key.Key_W)
    page = window.page
    assert isinstance(page, PhotoPage)
    qtbot.waitUntil(lambda: page.why.text.startswith("Match: 99 %"))
    context.navigator.back()
    assert not page.why.is_open
    menu = results.menu.make()
    next(action for action in menu.actions() if action.objectName() == "why").trigger()
    assert page.why.is_open
    context.navigator.back()
    asked = sum(isinstance(body, Why) for body in engine.asked)
    QTest.keyClick(results.grid, Qt.Key.Key_Space)
    assert sum(isinstance(body, Why) for body in engine.asked) == asked, "asked, though nobody wants to know"
    menu.deleteLater()


def test_the_photo_has_a_menu_too(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    page = look_at(window, 0, qtbot)
    menus: list[QMenu] = []

    def entries() -> dict[str, QAction]:
        page.canvas.customContextMenuRequested.emit(QPoint(50, 50))
        menus.append(page.findChildren(QMenu)[-1])
        return {action.objectName(): action for action in menus[-1].actions() if action.objectName()}

    entries()["why"].trigger()
    assert page.why.is_open
    menus[-1].close()
    again = entries()
    assert again["why"].isChecked()
    assert all(action.isEnabled() for action in again.values())
    menus[-1].close()
    assert engine.hello is not None
    engine.hello = engine.hello.model_copy(update={"read_only": True})
    grey = {name for name, action in entries().items() if not action.isEnabled()}
    assert grey == {"favourite", "trash"}
    menus[-1].close()


def test_where_nothing_was_looked_for_it_says_so(window: MainWindow, context: Context, qtbot: QtBot) -> None:
    context.search.set_text("")
    qtbot.waitUntil(lambda: context.results.rowCount() == 100)
    page = look_at(window, 0, qtbot)
    page.why.flip()
    qtbot.waitUntil(lambda: page.why.text.startswith("Nothing was looked for"))
    assert not page.canvas.has_heat
    context.search.set_text("mare")  # the answer is another one, under the same photo
    qtbot.waitUntil(lambda: "Looked for: “mare”" in page.why.text)


def test_all_that_was_asked_is_named(words: Words) -> None:
    one, other = b"a" * 32, b"b" * 32
    query = Query(photos=(PhotoRef(content=one),), more=(one, other), less=(one,),
                  filters=Filters(formats=("jpeg",), rating_min=3))  # fmt: skip
    assert reasons_of(query, (), words) == [
        "Looked for: a photo, more like 2 photos, less like a photo",
        "Format: JPEG",
        "Rating: 3 stars or more",
    ]


@pytest.mark.parametrize("values", [(0.5,) * 5, (0.5,) * 5 + (1.5,)])
def test_a_map_that_is_not_whole_is_no_map(values: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        HeatMap(rows=2, columns=3, values=values)


@pytest.mark.parametrize(
    ("sentence", "keywords", "shared"),
    [
        ("Nonna al mare, d'estate", ("mare", "estate", "lago"), ["mare", "estate"]),
        ("amare", ("mare",), []),
        ("festa di compleanno", ("Festa di Compleanno", "di"), ["Festa di Compleanno", "di"]),
    ],
)
def test_keywords_are_shared_as_whole_words(sentence: str, keywords: tuple[str, ...], shared: list[str]) -> None:
    assert shared_words(sentence, keywords) == shared
