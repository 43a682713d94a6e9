"""The frame of the window: places, pages, notices, the foot."""

from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Text
from ritrova.engine.events import IndexingState, Progress
from ritrova.engine.replies import Album
from ritrova.text import msg
from ritrova_desktop.notices import Level, Notice, Remedy
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Navigator, Place
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.pages import PAGES
from ritrova_desktop.views.sidebar import RAIL


@pytest.fixture
def window(context: Context, qtbot: QtBot) -> MainWindow:
    window = MainWindow(context)
    qtbot.addWidget(window)
    window.show_place(context.navigator.here)
    window.resize(1100, 700)
    window.show()
    return window


def test_every_kind_of_place_has_a_page(window: MainWindow, context: Context) -> None:
    for kind in Kind:
        context.navigator.go(Place(kind))
        assert window.page is not None
        assert window.page.isVisible()


def test_back_leads_to_where_one_was() -> None:
    """From photo to photo is one step: back leads out of them."""
    navigator = Navigator()
    for place in (Place(Kind.FOLDERS), Place(Kind.PHOTO, row=3), Place(Kind.PHOTO, row=4)):
        navigator.go(place)
    navigator.back()
    assert navigator.here == Place(Kind.FOLDERS)
    navigator.back()
    navigator.back()
    assert navigator.here == Place(Kind.ALL)


def test_a_photo_is_looked_at_from_somewhere_and_the_sidebar_leads_back(
    window: MainWindow, context: Context, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: context.results.rowCount() == 100)
    sidebar = window.sidebar
    context.navigator.go(Place(Kind.PHOTO, row=3))
    marked = sidebar.list.currentIndex()
    assert marked.data() == "All photos"
    sidebar.show_albums([Album(id=7, name="Estate", photos=1)])  # as after every star
    marked = sidebar.list.currentIndex()
    assert marked.data() == "All photos"
    assert context.navigator.here.kind is Kind.PHOTO
    QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=sidebar.list.visualRect(marked).center())
    assert context.navigator.here == Place(Kind.ALL)


def test_the_sidebar_goes_where_it_is_clicked_and_follows(window: MainWindow, context: Context, qtbot: QtBot) -> None:
    window.sidebar.show_albums([Album(id=7, name="Estate", photos=1240)])
    assert Place(Kind.ALBUM, album=7) in window.sidebar.places()
    context.navigator.go(Place(Kind.ALBUM, album=7))
    index = window.sidebar.list.currentIndex()
    assert index.data() == "Estate"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Estate, 1,240"
    QTest.keyClick(window.sidebar.list, Qt.Key.Key_Home)
    assert context.navigator.here == Place(Kind.ALL)


def test_a_notice_is_shown_with_its_remedy_until_it_is_used(window: MainWindow, context: Context, qtbot: QtBot) -> None:
    pressed: list[bool] = []
    remedy = Remedy(label=msg("Do it"), run=lambda: pressed.append(True))
    context.notices.post(Notice(title=msg("Something is wrong"), level=Level.ERROR, remedies=(remedy,)))
    (line,) = window.notice_bar.lines
    (button,) = line.findChildren(QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [True]
    assert window.notice_bar.lines == []
    assert not window.notice_bar.isVisible()


def test_a_notice_of_the_same_key_takes_the_place_of_the_former(context: Context, window: MainWindow) -> None:
    for n in range(3):
        context.notices.post(Notice(title=msg("Lost {n}", n=n), key="engine"))
    assert len(window.notice_bar.lines) == 1
    context.notices.withdraw("engine")
    assert context.notices.up == ()


def test_a_low_window_shows_the_newest_notice_and_leaves_room_for_photos(
    window: MainWindow, context: Context, qtbot: QtBot
) -> None:
    window.resize(900, 700)
    for n in range(4):
        context.notices.post(Notice(title=msg("Lost {n}", n=n)))
    assert [line.accessibleName() for line in window.notice_bar.lines] == ["Lost 1", "Lost 2", "Lost 3"]
    window.resize(900, 380)
    qtbot.waitUntil(lambda: [line.accessibleName() for line in window.notice_bar.lines] == ["Lost 3"])
    window.resize(900, 700)
    names = ["Lost 1", "Lost 2", "Lost 3"]
    qtbot.waitUntil(lambda: [line.accessibleName() for line in window.notice_bar.lines] == names)


def test_many_remedies_go_below_the_text_where_the_window_is_narrow(
    window: MainWindow, context: Context, qtbot: QtBot
) -> None:
    remedies = tuple(Remedy(label=msg("A remedy with a long name"), run=bool) for _ in range(2))
    context.notices.post(Notice(title=msg("Something is wrong, and it takes a few words to say so"), remedies=remedies))
    (line,) = window.notice_bar.lines
    title = next(one for one in line.findChildren(QLabel) if one.text().startswith("Something"))

    def below() -> bool:
        button = line.findChildren(QPushButton)[0]
        place = button.mapTo(line, QPoint(0, 0))
        return place.y() >= title.geometry().bottom() and title.height() >= title.heightForWidth(title.width())

    window.resize(660, 600)
    qtbot.waitUntil(below)
    window.resize(1200, 600)
    qtbot.waitUntil(lambda: not below())


def test_the_foot_tells_how_far_indexing_is(window: MainWindow, qtbot: QtBot) -> None:
    status = window.status
    status.show_state(IndexingState(state="running"))
    status.show_progress(
        Progress(
            activity="index", phase="reading", done=1240, total=8000, total_final=True, photos_per_second=31, eta_s=218
        )
    )
    assert status.text == "Indexing 1,240 of 8,000 · 31 photos/s · 4 min left"
    status.show_state(IndexingState(state="waiting", why=Text.of(msg("Waiting for mains power"))))
    assert status.text == "Waiting for mains power"
    status.show_state(IndexingState(state="idle"))
    status.say(msg("Ready"))
    assert status.text == "Ready"


def test_what_is_copied_or_moved_to_the_trash_leaves_the_foot_when_it_is_done(window: MainWindow) -> None:
    status = window.status
    status.say(msg("Ready"))
    moment = Progress(
        activity="export", phase="reading", done=1, total=2, total_final=True, photos_per_second=0, eta_s=None
    )
    status.show_progress(moment)
    assert status.text == "Copying 1 of 2 so far"
    assert not any(button.isVisibleTo(status) for button in status.findChildren(QToolButton))  # it is not paused
    status.show_progress(moment.model_copy(update={"done": 2}))
    assert status.text == "Ready"


def test_moving_about_touches_no_file(window: MainWindow, context: Context, ui_guard: object, qtbot: QtBot) -> None:
    with ui_guard():  # type: ignore[operator]
        for kind in Kind:
            context.navigator.go(Place(kind))
            qtbot.wait(1)
        context.words.choose("it")
        context.theme.choose("dark")
        window.grab()
        context.theme.choose("light")


def is_wide(window: MainWindow, width: int) -> bool:
    return window.width() == width


def test_a_full_screen_shows_nothing_but_the_page_however_wide_it_is(window: MainWindow, qtbot: QtBot) -> None:
    window.set_bare(True)
    for width in (700, 1200):
        window.resize(width, 600)
        qtbot.waitUntil(partial(is_wide, window, width))
        assert not window.sidebar.isVisible()
    window.set_bare(False)
    assert window.sidebar.isVisible()


def test_a_narrow_window_gives_the_room_to_the_photos(window: MainWindow, qtbot: QtBot) -> None:
    """The sidebar keeps its icons: every place can still be gone to."""
    window.resize(700, 600)
    qtbot.waitUntil(lambda: window.sidebar.rail and window.sidebar.width() == RAIL)
    window.context.actions["window.sidebar"].trigger()
    assert not window.sidebar.rail
    window.resize(1100, 700)
    qtbot.waitUntil(lambda: window.sidebar.width() > RAIL)
    assert window.context.state.now.sidebar_shown


def test_the_room_of_the_sidebar_is_the_persons_choice(window: MainWindow, context: Context) -> None:
    context.actions["window.sidebar"].trigger()
    assert window.sidebar.rail
    assert not context.state.now.sidebar_shown


class WithTool(Page):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.foot = QSlider()


def test_a_page_may_have_a_tool_at_the_foot(context: Context, qtbot: QtBot) -> None:
    window = MainWindow(context, {**PAGES, Kind.MODELS: WithTool})
    qtbot.addWidget(window)
    window.show()
    window.show_place(Place(Kind.MODELS))
    tool = window.status.findChild(QSlider)
    assert isinstance(tool, QSlider)
    assert tool.isVisible()
    window.show_place(Place(Kind.FOLDERS))
    assert not tool.isVisible()
