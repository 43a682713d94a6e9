"""Albums and saved searches: on their page, in the sidebar, and the keywords of chosen photos."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from ritrova.engine.base import Fault, Text
from ritrova.engine.curation_requests import AddToAlbum, DeleteAlbum, MakeAlbum, RenameAlbum, SetKeywords
from ritrova.engine.events import LibraryChanged
from ritrova.engine.query import Query
from ritrova.engine.replies import Album
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.models.albums import AlbumsModel
from ritrova_desktop.models.rows import DETAIL
from ritrova_desktop.operations.albums import rename_album
from ritrova_desktop.operations.did import Did
from ritrova_desktop.text import Words
from ritrova_desktop.views.album_sidebar import AlbumSidebar, dropped_photos
from ritrova_desktop.views.albums import AlbumsPage
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.keywords import KeywordsDialog
from ritrova_desktop.views.name_dialog import NameDialog
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.sidebar import PHOTOS_MIME, Sidebar


@pytest.fixture
def filled(engine: FakeEngine, context: Context, qtbot: QtBot) -> FakeEngine:
    engine.request(MakeAlbum(name="Estate", files=(1, 2, 3)))
    engine.request(MakeAlbum(name="Gatti", query=Query(text="gatto sul divano")))
    qtbot.waitUntil(lambda: len(engine.asked) >= 2)
    return engine


@pytest.fixture
def page(filled: FakeEngine, context: Context, qtbot: QtBot) -> AlbumsPage:
    page = AlbumsPage(context)
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.ALBUMS))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    return page


@pytest.fixture
def sidebar(filled: FakeEngine, context: Context, qtbot: QtBot) -> Sidebar:
    sidebar = Sidebar(context.words, context.theme, context.navigator)
    qtbot.addWidget(sidebar)
    albums = AlbumSidebar(context, sidebar)
    albums._ask()
    sidebar.show_albums([Album(id=1, name="Estate", photos=3), Album(id=2, name="Gatti", photos=None, query=Query())])
    sidebar.show()
    qtbot.waitUntil(lambda: len(albums._albums) == 2)
    return sidebar


def dragged(*files: int) -> QMimeData:
    mime = QMimeData()
    mime.setData(PHOTOS_MIME, ",".join(map(str, files)).encode())
    return mime


def test_an_album_tells_its_photos_and_a_saved_search_what_it_asks(page: AlbumsPage) -> None:
    assert page.model.index(0).data(DETAIL) == "3 photos"
    assert page.model.index(1).data(DETAIL) == "Saved search: gatto sul divano"


def test_the_model_keeps_qts_rules(words: Words, qtmodeltester: ModelTester, qapp: object) -> None:
    model = AlbumsModel(words)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.show_items((Album(id=1, name="Estate", photos=3), Album(id=2, name="Gatti", photos=None, query=Query())))
    model.show_items((Album(id=2, name="Gatti", photos=None, query=Query()),))


def test_an_album_is_made_by_its_name(page: AlbumsPage, filled: FakeEngine, qtbot: QtBot) -> None:
    assert not page.make.isEnabled()
    QTest.keyClicks(page.name, "  Nonni   e zii ")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: MakeAlbum(name="Nonni e zii") in filled.asked)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.name == "Nonni e zii")
    assert page.name.text() == ""


def test_a_refused_name_stays_with_the_reason(
    page: AlbumsPage, filled: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    taken = Fault(type="UsageError", whose="usage", title=Text.of(msg("The name is taken.")))
    filled.refuse(MakeAlbum, taken)
    QTest.keyClicks(page.name, "Estate")
    QTest.mouseClick(page.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.name.said.isVisible)
    assert (page.name.text(), page.name.said.text()) == ("Estate", "The name is taken.")
    assert page.make.isEnabled()
    assert context.notices.up == ()
    QTest.keyClick(page.name, Qt.Key.Key_2)
    assert not page.name.said.isVisible()


def test_the_dialog_stays_until_a_name_is_taken(
    page: AlbumsPage, filled: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    done: list[Did] = []
    dialog = NameDialog(
        context,
        page,
        msg("Rename"),
        lambda name, taken, refused: rename_album(filled, 1, name, taken, refused),
        done.append,
        "Estate",
    )
    filled.refuse(RenameAlbum, Fault(type="UsageError", whose="usage", title=Text.of(msg("The name is taken."))))
    dialog.open()
    QTest.keyClicks(dialog.edit, "Gatti")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert not dialog.ok.isEnabled()
    qtbot.waitUntil(dialog.edit.said.isVisible)
    assert (dialog.edit.text(), dialog.edit.said.text(), done) == ("Gatti", "The name is taken.", [])
    QTest.keyClicks(dialog.edit, "Cani")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(done) == 1)
    assert not isValid(dialog) or not dialog.isVisible()
    assert filled.library.albums[1][0] == "Cani"


def test_a_name_is_edited_in_its_row(page: AlbumsPage, filled: FakeEngine, qtbot: QtBot) -> None:
    page.list.setCurrentIndex(page.model.index(0))
    QTest.mouseClick(page.rename, Qt.MouseButton.LeftButton)
    editor = page.list.viewport().findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.setText("Estate 2024")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: RenameAlbum(album=1, name="Estate 2024") in filled.asked)
    qtbot.waitUntil(lambda: page.model.index(0).data() == "Estate 2024")


def test_a_deleted_album_comes_back(page: AlbumsPage, filled: FakeEngine, context: Context, qtbot: QtBot) -> None:
    page.list.setCurrentIndex(page.model.index(0))
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1 and bool(context.notices.up))
    assert DeleteAlbum(album=1) in filled.asked
    context.notices.up[0].remedies[0].run()
    qtbot.waitUntil(lambda: 1 in filled.library.albums)
    assert filled.library.albums[1][0] == "Estate"
    assert [one.file for one in filled.photos if 1 in one.albums] == [1, 2, 3]


def test_the_offer_to_undo_goes_when_something_else_is_done(
    page: AlbumsPage, filled: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    page.list.setCurrentIndex(page.model.index(0))
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: bool(context.notices.up))
    context.undo.undo()
    qtbot.waitUntil(lambda: all(notice.key != "done" for notice in context.notices.up))


def test_enter_opens_an_album(page: AlbumsPage, context: Context) -> None:
    page.list.setCurrentIndex(page.model.index(1))
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert context.navigator.here == Place(Kind.ALBUM, album=2)


def test_photos_dropped_on_an_album_are_put_in(
    sidebar: Sidebar, filled: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    sidebar.dropped.emit(1, dragged(5, 6))
    qtbot.waitUntil(lambda: AddToAlbum(album=1, files=(5, 6)) in filled.asked)
    qtbot.waitUntil(lambda: bool(context.notices.up))
    assert context.words(context.notices.up[0].title) == "2 photos were put into “Estate”."


def test_nothing_is_put_into_a_saved_search(sidebar: Sidebar, filled: FakeEngine, context: Context) -> None:
    sidebar.dropped.emit(2, dragged(5))
    assert not any(isinstance(asked, AddToAlbum) for asked in filled.asked)
    assert len(context.notices.up) == 1


def test_a_drag_that_makes_no_sense_is_empty() -> None:
    assert dropped_photos(dragged()) == []
    mime = QMimeData()
    mime.setData(PHOTOS_MIME, b"1,-2,x,\xff,4")
    assert dropped_photos(mime) == [1, 4]
    assert dropped_photos(QMimeData()) == []


def test_the_menu_of_an_album_renames_and_deletes_it(
    sidebar: Sidebar, filled: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    context.navigator.go(Place(Kind.ALBUM, album=1))
    albums = sidebar.findChild(AlbumSidebar)
    assert albums is not None
    sidebar.list.customContextMenuRequested.emit(sidebar.list.visualRect(sidebar.list.currentIndex()).center())
    assert albums.menu is not None
    _new, rename, delete = albums.menu.actions()
    rename.trigger()
    dialog = sidebar.findChild(NameDialog)
    assert dialog is not None
    dialog.edit.setText("Estate 2024")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: RenameAlbum(album=1, name="Estate 2024") in filled.asked)
    delete.trigger()
    qtbot.waitUntil(lambda: DeleteAlbum(album=1) in filled.asked)
    assert context.navigator.here == Place(Kind.ALL)
    albums.menu.close()


def test_who_is_in_an_album_that_goes_is_led_to_all_photos(
    sidebar: Sidebar, filled: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    context.navigator.go(Place(Kind.ALBUM, album=1))
    filled.request(DeleteAlbum(album=1))
    filled.say(LibraryChanged(what="albums"))
    qtbot.waitUntil(lambda: context.navigator.here == Place(Kind.ALL))


def test_the_menu_of_no_album_offers_a_new_one(sidebar: Sidebar, context: Context) -> None:
    albums = sidebar.findChild(AlbumSidebar)
    assert albums is not None
    sidebar.list.customContextMenuRequested.emit(QPoint(5, 5))
    assert albums.menu is not None
    assert [action.text() for action in albums.menu.actions()] == ["New album…"]
    albums.menu.close()


def test_keywords_of_several_photos_are_changed_at_once(filled: FakeEngine, context: Context, qtbot: QtBot) -> None:
    for one, words in zip(filled.photos[:2], (("nonna", "festa"), ("nonna",)), strict=True):
        one.keywords = words
    dialog = KeywordsDialog(context, None, (1, 2))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.list.count() == 4)
    items = {dialog.list.item(row).text(): dialog.list.item(row) for row in range(4)}
    assert items["nonna"].checkState() is Qt.CheckState.Checked
    assert items["festa"].checkState() is Qt.CheckState.PartiallyChecked
    items["nonna"].setCheckState(Qt.CheckState.Unchecked)
    QTest.keyClicks(dialog.edit, "giardino, Festa")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(isinstance(asked, SetKeywords) for asked in filled.asked))
    (asked,) = (asked for asked in filled.asked if isinstance(asked, SetKeywords))
    assert asked == SetKeywords(files=(1, 2), add=("festa", "giardino"), remove=("nonna",))
    qtbot.waitUntil(lambda: filled.idle)  # the completions that were asked for hold the dialog until they come
