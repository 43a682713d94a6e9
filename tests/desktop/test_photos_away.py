"""Photos of a disk that is not connected: found, marked, and not offered to be opened."""

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QFont, QPainter, QPixmap
from pytestqt.qtbot import QtBot

from ritrova.engine.replies import AWAY, FAVOURITE
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.justified import Tile
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.photo_view import PhotoPage
from ritrova_desktop.views.result_page import ResultPage
from ritrova_desktop.views.tile_painter import Look, TilePainter


@pytest.fixture
def page(context: Context, engine: FakeEngine, qtbot: QtBot) -> ResultPage:
    for one in engine.photos:
        one.away = one.file % 2 == 0
    page = ResultPage(context)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    page.enter(Place(Kind.ALL))
    qtbot.waitUntil(lambda: context.results.rowCount() == 100)
    return page


def spoken(model: QAbstractItemModel, row: int) -> str:
    return str(model.index(row, 0, QModelIndex()).data(Qt.ItemDataRole.AccessibleTextRole))


def test_a_screen_reader_says_which_they_are(page: ResultPage, context: Context) -> None:
    for row in range(4):
        assert ("not connected" in spoken(context.results, row)) is (context.results.file(row) % 2 == 0)
        assert "stars" not in spoken(context.results, row)


@pytest.mark.parametrize("marks", [0, 3, FAVOURITE, FAVOURITE | 5])
def test_a_tile_shows_it_beside_what_else_is_said(context: Context, engine: FakeEngine, marks: int) -> None:
    painter = TilePainter(context.thumbnails, context.theme, context.words, QFont())

    def painted(marks: int) -> QPixmap:
        pixmap = QPixmap(200, 150)
        pixmap.fill(Qt.GlobalColor.gray)
        on = QPainter(pixmap)
        painter.paint(on, Tile(0, 0, 0, 200, 150), 0, Look(engine.photos[0].content, marks=marks), 1.0)
        on.end()
        return pixmap

    assert painted(marks).toImage() != painted(marks | AWAY).toImage()
    assert painted(marks).toImage() == painted(marks).toImage()


def test_opened_it_says_why_there_is_no_more_than_the_thumbnail(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    row = next(row for row in range(100) if context.results.file(row) % 2 == 0)
    photo = PhotoPage(context)
    qtbot.addWidget(photo)
    photo.show()
    photo.show_row(row)
    qtbot.waitUntil(lambda: any(one.title == msg("This photo cannot be opened now.") for one in context.notices.up))
    [notice] = context.notices.up
    assert notice.detail == msg("The disk is not connected.")
