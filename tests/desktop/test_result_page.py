"""The page of results: what the person does to photos, what stands where none are, what is taken back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.curation_requests import SetFavourite, SetRating
from ritrova.engine.events import LibraryChanged
from ritrova.engine.query import Query, Scope
from ritrova.engine.replies import Columns, FileResult, Results, Trashed
from ritrova.engine.requests import Details, Remember, Search, Trash
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.fake_photos import columns
from ritrova_desktop.models.details import HELPING
from ritrova_desktop.models.results import Role
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.photo_files import MOST_FILES, url_of
from ritrova_desktop.views.result_page import ResultPage
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.sidebar import PHOTOS_MIME
from ritrova_desktop.views.tile_painter import Spot

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


class Asked(SystemFiles):
    """What the system was asked to open or to show."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.notices)
        self.asked: list[tuple[str, bytes]] = []

    def open(self, path: bytes) -> None:
        self.asked.append(("open", path))

    def show(self, path: bytes) -> None:
        self.asked.append(("show", path))


@pytest.fixture(autouse=True)
def nothing_left_on_the_clipboard(qapp: QApplication) -> Iterator[None]:
    """The offscreen clipboard is taken down after Python: what it still holds would have no one to end it."""
    yield
    QGuiApplication.clipboard().clear()


@pytest.fixture
def dragged() -> list[QMimeData]:
    return []


@pytest.fixture
def system(context: Context) -> Asked:
    return Asked(context)


@pytest.fixture
def page(context: Context, system: Asked, dragged: list[QMimeData], qtbot: QtBot) -> ResultPage:
    def run_drag(mime: QMimeData, _picture: QPixmap) -> None:
        dragged.append(mime)

    page = ResultPage(context, system, run_drag)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    page.enter(Place(Kind.ALL))
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 100)
    page.focus_first()
    return page


def copied() -> QMimeData:
    """What is on the clipboard; there may be nothing at all."""
    return QGuiApplication.clipboard().mimeData() or QMimeData()


def press(page: ResultPage, key: Qt.Key, modifiers: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    QTest.keyClick(page.grid, key, modifiers)


def test_all_photos_are_listed_by_day_and_found_ones_by_match(page: ResultPage, context: Context, qtbot: QtBot) -> None:
    assert page.toolbar.count.text() == "100 photos"
    assert (page.grid.by_day, page.toolbar.by_day.isChecked()) == (True, True)
    context.search.set_text("mare")
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 10)
    assert (page.grid.by_day, page.toolbar.order.text()) == (False, "Best match first")
    assert page.grid.look_of(0).strength == 1.0
    page.toolbar.by_day.click()  # by day means in the order of days
    qtbot.waitUntil(lambda: not context.search.busy)
    assert (page.grid.by_day, context.search.query.order) == (True, "newest")
    page.grid.grab()


def test_what_leaves_an_album_leaves_the_page(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    def searches() -> int:
        return sum(isinstance(body, Search) for body in engine.asked)

    context.navigator.go(Place(Kind.ALBUM, album=1))
    page.enter(context.navigator.here)
    qtbot.waitUntil(lambda: not context.search.busy)
    before = searches()
    engine.library_changed.emit(LibraryChanged(what="marks"))
    assert searches() == before
    engine.library_changed.emit(LibraryChanged(what="albums"))
    assert searches() == before + 1
    page.hide()
    engine.library_changed.emit(LibraryChanged(what="albums"))
    assert searches() == before + 1, "the photo view would lose its place"
    page.enter(context.navigator.here)
    assert searches() == before + 2
    page.show()
    qtbot.waitUntil(lambda: not context.search.busy)


def test_by_day_or_not_is_remembered(page: ResultPage, context: Context) -> None:
    page.toolbar.by_day.click()
    assert (page.grid.by_day, context.state.now.by_day) == (False, False)


def test_an_answer_that_takes_long_is_said_to_be_under_way(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    page._slow.setInterval(0)
    context.search.busy_changed.emit(True)
    qtbot.waitUntil(lambda: page.toolbar.count.text() == "Searching…")
    context.search.busy_changed.emit(False)
    assert page.toolbar.count.text() == "100 photos"


def test_stars_and_hearts_by_key_are_seen_at_once_and_taken_back(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    page.grid.go(2)
    page.grid.go(3, Modifier.ShiftModifier)
    press(page, Key.Key_4)
    index = context.results.index(2)
    assert index.data(Role.STARS) == 4
    qtbot.waitUntil(lambda: context.undo.can_undo)
    assert SetRating(files=context.results.files([2, 3]), rating=4) in engine.asked
    press(page, Key.Key_F)
    with qtbot.waitSignal(context.undo.changed):
        assert index.data(Role.FAVOURITE)
    context.actions["edit.undo"].trigger()
    qtbot.waitUntil(lambda: not index.data(Role.FAVOURITE))
    context.actions["edit.undo"].trigger()
    qtbot.waitUntil(lambda: index.data(Role.STARS) == 0)
    assert not context.actions["edit.undo"].isEnabled()
    context.actions["edit.redo"].trigger()
    qtbot.waitUntil(lambda: index.data(Role.STARS) == 4)
    press(page, Key.Key_0)
    assert index.data(Role.STARS) == 0


def test_a_refused_star_is_not_shown_any_longer(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    title = Text.of(msg("The disk is full."))
    engine.refuse(SetRating, Fault(type="DiskFull", whose="environment", title=title))
    page.grid.go(2)
    with qtbot.waitSignal(engine.refused):
        press(page, Key.Key_4)
    qtbot.waitUntil(lambda: context.results.index(2).data(Role.STARS) == 0)
    assert not context.undo.can_undo


def test_all_favourites_are_none_any_more(page: ResultPage, context: Context, engine: FakeEngine) -> None:
    press(page, Key.Key_A, Modifier.ControlModifier)
    press(page, Key.Key_F)
    press(page, Key.Key_F)
    asked = [body.favourite for body in engine.asked if isinstance(body, SetFavourite)]
    assert asked == [True, False]


def test_the_trash_asks_first_and_names_what_stayed(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.grid.go(1)
    page.grid.go(2, Modifier.ShiftModifier)
    first, second = context.results.files([1, 2])
    press(page, Key.Key_Delete)
    assert page.confirm.isVisible()
    QTest.keyClick(page.confirm.yes, Key.Key_Escape)
    assert not page.confirm.isVisible()
    assert not any(isinstance(body, Trash) for body in engine.asked)
    why = Text.of(msg("This volume has no trash."))
    results = (
        FileResult(file=first, path=b"/foto/a.jpg", ok=True),
        FileResult(file=second, path=b"/foto/b.jpg", ok=False, why=why),
    )
    answer = engine._answer
    monkeypatch.setattr(
        engine, "_answer", lambda body: Trashed(files=results) if isinstance(body, Trash) else answer(body)
    )
    press(page, Key.Key_Delete)
    QTest.keyClick(page.confirm.yes, Key.Key_Return)
    qtbot.waitUntil(lambda: context.results.rowCount() == 99)
    assert first not in context.results.rows["file"]
    assert page.toolbar.count.text() == "99 photos"
    notice = next(notice for notice in context.notices.up if notice.path == "/foto/b.jpg")
    assert notice.detail is not None
    assert str(notice.detail) == "This volume has no trash."


def test_copying_one_photo_gives_its_file_and_its_picture(page: ResultPage, context: Context, qtbot: QtBot) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    page.grid.go(4)
    press(page, Key.Key_C, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(copied().urls()))
    (url,) = copied().urls()
    assert url.toLocalFile().startswith("/foto/")
    assert copied().hasImage()
    press(page, Key.Key_C, Modifier.ControlModifier | Modifier.ShiftModifier)
    qtbot.waitUntil(lambda: clipboard.text() == url.toLocalFile())


def test_dragging_hands_over_files_for_others_and_ids_for_albums(
    page: ResultPage, context: Context, dragged: list[QMimeData], qtbot: QtBot
) -> None:
    press(page, Key.Key_A, Modifier.ControlModifier)
    page.grid.drag_begun.emit()
    qtbot.waitUntil(lambda: bool(dragged))
    (mime,) = dragged
    assert len(mime.urls()) == 100
    ids = bytes(mime.data(PHOTOS_MIME).data()).decode().split(",")
    assert tuple(map(int, ids)) == context.results.files(range(100))
    assert [url.toLocalFile()[-10:] for url in mime.urls()] == [f"{int(one):06}.jpg" for one in ids]


def test_too_many_files_are_kindly_refused(
    page: ResultPage, context: Context, engine: FakeEngine, dragged: list[QMimeData], qtbot: QtBot
) -> None:
    one = columns([(engine.photos[0], None)])
    many = MOST_FILES + 1
    times = {name: getattr(one, name) * many for name in type(one).model_fields}
    head = Results(total=many, searchable=many, indexing=False, first=0, columns=Columns(**times))
    context.results.begin(head, 9)
    press(page, Key.Key_A, Modifier.ControlModifier)
    page.grid.drag_begun.emit()
    press(page, Key.Key_C, Modifier.ControlModifier)
    assert [str(notice.title) for notice in context.notices.up] == [
        "Too many photos are selected for this: 10,000 at most."
    ]
    page.grid.go(0)
    page.grid.go(MOST_FILES - 1, Modifier.ShiftModifier)
    page.grid.drag_begun.emit()
    qtbot.waitUntil(lambda: bool(dragged), timeout=20_000)  # each helping takes a turn of the event loop
    asked = [body for body in engine.asked if isinstance(body, Details)]
    assert max(len(body.files) for body in asked) <= HELPING
    assert len(asked) == MOST_FILES // HELPING


def test_paths_that_are_no_text_stay_what_they_are() -> None:
    assert url_of("/foto/è bella.jpg".encode()).toLocalFile() == "/foto/è bella.jpg"
    assert bytes(url_of(b"/foto/\xff 1.jpg").toEncoded().data()) == b"file:///foto/%FF%201.jpg"


def test_enter_opens_with_the_system_and_space_looks(
    page: ResultPage, context: Context, system: Asked, engine: FakeEngine, qtbot: QtBot
) -> None:
    context.search.set_text("gatto")
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 10)
    page.grid.go(1)
    press(page, Key.Key_Return)
    qtbot.waitUntil(lambda: bool(system.asked))
    assert system.asked[0][0] == "open"
    assert Remember(text="gatto") in engine.asked  # the person meant it
    press(page, Key.Key_Space)
    assert context.navigator.here == Place(Kind.PHOTO, row=1)
    context.navigator.go(Place(Kind.PHOTO, row=3))  # looked on from there
    context.navigator.back()
    page.enter(context.navigator.here)
    assert page.grid.selection.rows() == [3]


def test_the_tooltip_tells_path_and_date_a_moment_later(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    page.grid.pointer.hovered = 0
    page.actions_of_photos.hint(0, QPoint(5, 5))
    file = context.results.file(0)
    qtbot.waitUntil(lambda: page.actions_of_photos.details.known(file) is not None)
    assert [body for body in engine.asked if isinstance(body, Details)] == [Details(files=(file,))]
    known = page.actions_of_photos.details.known(file)
    assert known is not None
    first, second = page.actions_of_photos.hint_text(0, known).split("\n")
    assert first.startswith("/foto/")
    assert second.endswith("2025, 12:00")


def test_a_folded_tile_unfolds_and_more_like_this_refines(page: ResultPage, context: Context, qtbot: QtBot) -> None:
    context.search.set_text("mare")
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 10)
    content = context.results.content(2)
    page.grid.spot_clicked.emit(2, Spot.FOLDED)
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 13)
    page.grid.spot_clicked.emit(2, Spot.FOLDED)
    assert page.grid.results.rowCount() == 10
    page.grid.spot_clicked.emit(2, Spot.MORE)
    assert context.search.query.more == (content,)
    page.grid.spot_clicked.emit(2, Spot.LESS)
    after = context.search.query
    assert (after.more, after.less) == ((), (content,))


def test_the_menu_names_all_that_can_be_done(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.library.albums[3] = ("Estate & mare", None)
    page.grid.go(0)
    menu = page.menu.make()
    names = [action.objectName() for action in menu.actions() if action.objectName()]
    assert names == ["preview", "open", "show", "similar", "more", "less", "why", "favourite", "keywords", "copy",
                     "copy-path", "export", "trash"]  # fmt: skip
    (albums,) = [one for one in menu.findChildren(QMenu) if one.title() == "Add to an album"]
    qtbot.waitUntil(lambda: len(albums.actions()) == 3)
    albums.actions()[2].trigger()
    qtbot.waitUntil(lambda: 3 in engine.photos[context.results.file(0) - 1].albums)
    qtbot.waitUntil(lambda: context.undo.can_undo)
    menu.deleteLater()


def test_a_library_that_can_only_be_read_is_not_written(page: ResultPage, context: Context, engine: FakeEngine) -> None:
    assert engine.hello is not None
    engine.hello = engine.hello.model_copy(update={"read_only": True})
    press(page, Key.Key_F)
    press(page, Key.Key_Delete)
    assert not any(isinstance(body, SetFavourite) for body in engine.asked)
    assert not page.confirm.isVisible()
    assert [str(notice.title) for notice in context.notices.up] == ["This library can only be read."]


def test_where_nothing_is_it_says_why(page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    empty = page.empty

    def said() -> str:
        return empty._title.text() if empty.isVisible() else ""

    context.search.set_text("zzz")
    qtbot.waitUntil(lambda: said() == "Probably not there")
    assert (empty.clear.isVisible(), empty.add_folder.isVisible()) == (True, False)
    empty.clear.click()
    qtbot.waitUntil(page.grid.isVisible)
    context.search.set_scope(Scope(kind="favourites"))
    qtbot.waitUntil(lambda: said() == "No favourites yet")
    engine.folders = []
    page._ask_folders()
    qtbot.waitUntil(lambda: said() == "No folder yet")
    assert empty.add_folder.isVisible()
    context.words.choose("it")
    context.words.choose("en")


def test_an_answer_that_only_comes_close_says_so(page: ResultPage, context: Context, qtbot: QtBot) -> None:
    for order, absent in (("newest", True), ("relevance", False), ("relevance", True)):
        context.search.set_query(Query.model_validate({"text": "mare", "order": order}))
        qtbot.waitUntil(lambda: not context.search.busy)
        head = Results(total=9, searchable=9, indexing=False, absent=absent, first=0, columns=Columns())
        context.results.begin(head, 1)
        assert not page._doubt.isVisible(), "half a word is in no photo"
        assert page._doubting.isActive() is (absent and order == "relevance")
    qtbot.waitUntil(page._doubt.isVisible)


def test_nothing_that_is_done_touches_a_file(
    page: ResultPage, context: Context, ui_guard: Callable[[], object], qtbot: QtBot, tmp_path: Path
) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    with ui_guard():  # type: ignore[attr-defined]
        page.grid.go(5)
        press(page, Key.Key_F)
        press(page, Key.Key_3)
        press(page, Key.Key_C, Modifier.ControlModifier)
        qtbot.waitUntil(lambda: bool(copied().urls()))
        page.grid.drag_begun.emit()
        page.toolbar.slider.setValue(2)
        context.search.set_text("mare")
        qtbot.waitUntil(lambda: page.grid.results.rowCount() == 10)
        page.grab()
