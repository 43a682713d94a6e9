"""Every key that the window promises, pressed where the keyboard is: in the grid, in the photo view, in the field."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.fake_photos import FakePhoto
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.pages import MakePage
from ritrova_desktop.views.photo_view import PhotoPage
from ritrova_desktop.views.result_page import ResultPage
from ritrova_desktop.views.search_bar import SearchBar
from ritrova_desktop.views.show_in_folder import SystemFiles

Key = Qt.Key
Modifier = Qt.KeyboardModifier
Plain, Ctrl, Shift = Modifier.NoModifier, Modifier.ControlModifier, Modifier.ShiftModifier


class Opened(SystemFiles):
    """Remembers what the system was asked to open."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.notices)
        self.paths: list[bytes] = []

    def open(self, path: bytes) -> None:
        self.paths.append(path)


class Window:
    """The window with its pages, and a person at the keyboard."""

    def __init__(self, context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
        self.context, self._engine, self._bot = context, engine, qtbot
        self.opened = Opened(context)
        pages: dict[Kind, MakePage] = dict.fromkeys(Kind, Page)
        pages |= {Kind.ALL: lambda context: ResultPage(context, self.opened), Kind.PHOTO: PhotoPage}
        self.window = MainWindow(context, pages)
        qtbot.addWidget(self.window)
        self.bar = SearchBar(context)
        self.window.set_top_bar(self.bar)
        self.bar.left.connect(self.window.focus_page)
        self.window.show_place(context.navigator.here)
        self.window.resize(1100, 700)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(lambda: context.results.rowCount() == 100)
        self.window.focus_page()

    @property
    def page(self) -> ResultPage:
        assert isinstance(self.window.page, ResultPage)
        return self.window.page

    @property
    def row(self) -> int | None:
        return self.page.grid.selection.current

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Plain) -> None:
        """Where the keyboard is; and wait for what the engine answers."""
        widget = QApplication.focusWidget()
        assert widget is not None, "nothing has the keyboard"
        QTest.keyClick(widget, key, modifiers)
        self._bot.waitUntil(lambda: self._engine.idle)

    def photo(self, row: int) -> FakePhoto:
        return self._engine.photos[self.context.results.file(row) - 1]


@pytest.fixture
def person(context: Context, engine: FakeEngine, qtbot: QtBot) -> Iterator[Window]:
    person = Window(context, engine, qtbot)
    yield person
    person.bar.close_files()
    QGuiApplication.clipboard().clear()


def clipboard() -> QMimeData:
    return QGuiApplication.clipboard().mimeData() or QMimeData()


def test_moving_and_selecting_in_the_grid(person: Window) -> None:
    seen = []
    for key in (Key.Key_Home, Key.Key_Right, Key.Key_Right, Key.Key_Left, Key.Key_End, Key.Key_Home):
        person.press(key)
        seen.append(person.row)
    assert seen == [0, 1, 2, 1, 99, 0]
    person.press(Key.Key_Down)
    below = person.row or 0
    assert below > 1
    person.press(Key.Key_Up)
    assert (person.row or 0) < below
    person.press(Key.Key_A, Ctrl)
    assert person.page.grid.selection.count == 100


def test_looking_and_opening(person: Window, context: Context) -> None:
    person.press(Key.Key_Home)
    person.press(Key.Key_Right)
    person.press(Key.Key_Space)
    assert context.navigator.here == Place(Kind.PHOTO, row=1)
    person.press(Key.Key_Right)
    person.press(Key.Key_Space)
    assert context.navigator.here == Place(Kind.ALL)
    assert person.page.grid.hasFocus()
    assert person.page.grid.selection.rows() == [2], "the grid is where the person looked last"
    person.press(Key.Key_Return)
    person.press(Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert person.opened.paths == [person.photo(2).path] * 2


@pytest.mark.parametrize("in_photo_view", [False, True])
def test_saying_something_and_taking_it_back(person: Window, in_photo_view: bool) -> None:
    person.press(Key.Key_Home)
    if in_photo_view:
        person.press(Key.Key_Space)
    photo = person.photo(0)
    person.press(Key.Key_F)
    assert photo.favourite
    for stars in range(1, 6):
        person.press(Qt.Key(Key.Key_0 + stars))
        assert photo.rating == stars
    person.press(Key.Key_Z, Ctrl)
    assert photo.rating == 4
    person.press(Key.Key_Z, Ctrl | Shift)
    assert photo.rating == 5
    person.press(Key.Key_Z, Ctrl)
    person.press(Key.Key_Y, Ctrl)
    assert photo.rating == 5
    if not in_photo_view:  # there 0 shows the whole photo
        person.press(Key.Key_0)
        assert not photo.rating


@pytest.mark.parametrize("in_photo_view", [False, True])
def test_copying_and_the_trash(person: Window, context: Context, in_photo_view: bool, qtbot: QtBot) -> None:
    person.press(Key.Key_Home)
    photo = person.photo(0)
    if in_photo_view:
        person.press(Key.Key_Space)
    person.press(Key.Key_C, Ctrl)
    qtbot.waitUntil(lambda: clipboard().hasUrls() and clipboard().hasImage())
    assert clipboard().urls()[0].toLocalFile().encode() == photo.path
    person.press(Key.Key_C, Ctrl | Shift)
    qtbot.waitUntil(lambda: clipboard().text().encode() == photo.path)
    person.press(Key.Key_Delete)
    person.press(Key.Key_Escape)  # the question has the keyboard
    assert photo.present
    person.press(Key.Key_Delete)
    person.press(Key.Key_Return)
    assert not photo.present
    assert context.results.rowCount() == 99
    person.press(Key.Key_Right)  # the keyboard is where it was


def test_searching(person: Window, context: Context, qtbot: QtBot) -> None:
    person.press(Key.Key_F, Ctrl)
    assert person.bar.field.hasFocus()
    QTest.keyClicks(person.bar.field, "mare")
    qtbot.waitUntil(lambda: context.results.rowCount() == 10)
    person.press(Key.Key_Return)
    assert person.page.grid.hasFocus()
    person.press(Key.Key_F, Ctrl)
    person.press(Key.Key_Escape)
    qtbot.waitUntil(lambda: context.results.rowCount() == 100)
