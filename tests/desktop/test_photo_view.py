"""The photo view: from photo to photo, zoom, facts, stars, keywords, slideshow, and photos that go away meanwhile."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.curation_requests import SetFavourite, SetKeywords, SetRating
from ritrova.engine.events import LibraryChanged
from ritrova.engine.requests import Preview, Trash
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.chip import Chip
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.copyable import CopyableText
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.photo_view import PhotoPage

Key = Qt.Key


@pytest.fixture
def window(context: Context, qtbot: QtBot) -> MainWindow:
    window = MainWindow(context, {**dict.fromkeys(Kind, Page), Kind.PHOTO: PhotoPage})
    qtbot.addWidget(window)
    window.show_place(context.navigator.here)
    window.resize(1100, 700)
    window.show()
    window.activateWindow()
    context.search.answered.connect(lambda answer: context.results.begin(answer.results, answer.number))
    context.search.again()
    qtbot.waitUntil(lambda: context.results.rowCount() == 100)
    return window


@pytest.fixture
def page(window: MainWindow, context: Context, qtbot: QtBot) -> PhotoPage:
    context.navigator.go(Place(Kind.PHOTO, row=5))
    page = window.page
    assert isinstance(page, PhotoPage)
    qtbot.waitUntil(lambda: page.canvas.hasFocus() and is_shown(page))
    return page


def is_shown(page: PhotoPage) -> bool:
    """Its picture has come, and its facts."""
    return bool(page.canvas._images) and len(page.info.texts) > 3


def shown_chips(page: PhotoPage, text: str) -> list[Chip]:
    return [chip for chip in page.info.findChildren(Chip) if chip.text() == text and chip.isVisible()]


def previews(engine: FakeEngine) -> list[Preview]:
    return [asked for asked in engine.asked if isinstance(asked, Preview)]


def test_the_photo_comes_at_screen_size_and_its_neighbours_after_it(
    page: PhotoPage, context: Context, engine: FakeEngine
) -> None:
    results = context.results
    asked = previews(engine)
    assert [one.file for one in asked] == [results.file(5), results.file(6), results.file(4)]
    assert len({one.side for one in asked}) == 1, "asked for more than once"
    assert asked[0].side is not None
    assert page.canvas.side <= asked[0].side < page.canvas.side + 256


def test_the_arrows_lead_from_photo_to_photo_and_escape_back(page: PhotoPage, context: Context, qtbot: QtBot) -> None:
    QTest.keyClick(page.canvas, Key.Key_Right)
    QTest.keyClick(page.canvas, Key.Key_Right)
    QTest.keyClick(page.canvas, Key.Key_Left)
    assert context.navigator.here == Place(Kind.PHOTO, row=6)
    assert page.file == context.results.file(6)
    assert page.tools.place.text() == "7 of 100"
    QTest.keyClick(page.canvas, Key.Key_End)
    assert context.navigator.here.row == 99
    assert not page.tools.next.isEnabled()
    QTest.keyClick(page.canvas, Key.Key_Right)
    assert context.navigator.here.row == 99
    QTest.keyClick(page.canvas, Key.Key_Escape)
    assert context.navigator.here == Place(Kind.ALL)


def test_a_neighbour_is_there_at_once(page: PhotoPage, context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(page._pictures._kept) == 3)
    before = len(previews(engine))
    QTest.keyClick(page.canvas, Key.Key_Right)
    assert page.canvas._images, "the prefetched picture is not shown at once"
    assert [one.file for one in previews(engine)[before:]] == [context.results.file(7)]


def test_all_pixels_are_asked_for_when_one_zooms_in(page: PhotoPage, engine: FakeEngine, qtbot: QtBot) -> None:
    assert page.canvas.fitted
    QTest.mouseDClick(page.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert page.canvas.scale == pytest.approx(1.0)
    assert Preview(file=page.file or 0, side=None) in engine.asked
    assert page.tools.percent.text() == "100 %"
    QTest.keyClick(page.canvas, Key.Key_0)
    assert page.canvas.fitted
    QTest.keyClick(page.canvas, Key.Key_Plus)
    fitting = page.canvas._view.fitting
    assert page.canvas.scale == pytest.approx(fitting * 1.25)
    QTest.keyClick(page.canvas, Key.Key_Minus)
    assert page.canvas.fitted


def test_the_wheel_zooms_where_the_pointer_is_and_the_mouse_moves_the_photo(page: PhotoPage) -> None:
    canvas = page.canvas
    place = QPointF(300, 250)

    def under_pointer() -> QPointF:
        target = canvas.target
        return QPointF((place.x() - target.x()) / canvas.scale, (place.y() - target.y()) / canvas.scale)

    for _ in range(12):
        before = under_pointer()
        wheel = QWheelEvent(place, canvas.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
                            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(canvas, wheel)
    after = under_pointer()
    assert (after - before).manhattanLength() < 2
    left = canvas.target.x()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    QTest.mouseMove(canvas, QPoint(340, 300))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(340, 300))
    assert canvas.target.x() == pytest.approx(left + 40, abs=1)


def test_the_facts_are_in_words_and_can_be_copied(page: PhotoPage) -> None:
    texts = " | ".join(page.info.texts)
    photo = page._details
    assert photo is not None
    assert "Sunday 31 August 2025, 12:00" in texts or "August 2025" in texts
    assert f"{photo.width} × {photo.height} · " in texts
    path = next(one for one in page.info.findChildren(CopyableText) if one.plain.startswith("/foto/"))
    QTest.keyClick(path, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == photo.path.rpartition(b"/")[0].decode()


def test_stars_heart_and_keywords_go_to_the_engine_and_can_be_taken_back(
    page: PhotoPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    file = page.file or 0
    QTest.keyClick(page.canvas, Key.Key_4)
    QTest.keyClick(page.canvas, Key.Key_F)  # as in the grid
    qtbot.waitUntil(lambda: page.info.stars.stars == 4)
    assert SetRating(files=(file,), rating=4) in engine.asked
    assert SetFavourite(files=(file,), favourite=True) in engine.asked
    page.info.keyword.setFocus()
    QTest.keyClicks(page.info.keyword, "nonna, lago")
    QTest.keyClick(page.info.keyword, Key.Key_Return)
    assert SetKeywords(files=(file,), add=("nonna",)) in engine.asked
    qtbot.waitUntil(lambda: {"nonna", "lago"} <= {chip.text() for chip in page.info.findChildren(Chip)})
    qtbot.waitUntil(lambda: bool(shown_chips(page, "lago")))
    (chip,) = shown_chips(page, "lago")
    QTest.mouseClick(chip.cross, Qt.MouseButton.LeftButton)
    assert SetKeywords(files=(file,), remove=("lago",)) in engine.asked
    QTest.keyClick(page.info.keyword, Key.Key_Escape)
    assert page.canvas.hasFocus()
    assert context.undo.can_undo


def test_a_photo_that_goes_away_ends_in_a_notice(
    page: PhotoPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.photos[(page.file or 0) - 1].present = False
    engine.say(LibraryChanged(what="photos"))
    qtbot.waitUntil(lambda: [one.key for one in context.notices.up] == ["photo-view"])
    assert context.notices.up[0].title == msg("This photo is not there any more.")
    assert page.canvas._images, "what was seen of it stays"
    QTest.keyClick(page.canvas, Key.Key_Right)
    assert context.notices.up == ()


def test_the_arrows_lead_on_from_a_photo_that_has_left_the_results(page: PhotoPage, context: Context) -> None:
    before, gone, following = context.results.files([4, 5, 6])
    context.results.drop((gone,))
    assert page.tools.previous.isEnabled()
    QTest.mouseClick(page.tools.next, Qt.MouseButton.LeftButton)
    assert (page.file, page.tools.place.text()) == (following, "6 of 99")
    context.results.drop((following,))
    QTest.keyClick(page.canvas, Key.Key_Left)
    assert page.file == before
    context.results.drop(tuple(context.results.files(range(5, 98))))
    QTest.keyClick(page.canvas, Key.Key_End)
    assert page.file == before
    context.results.drop((before,))
    assert not page.tools.next.isEnabled(), "the last one is gone: nothing follows"


def test_the_notice_of_a_photo_that_went_goes_when_it_is_back(
    page: PhotoPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    one = engine.photos[(page.file or 0) - 1]
    one.present = False
    engine.say(LibraryChanged(what="photos"))
    qtbot.waitUntil(lambda: [one.key for one in context.notices.up] == ["photo-view"])
    one.present = True
    engine.say(LibraryChanged(what="photos"))
    qtbot.waitUntil(lambda: context.notices.up == () and is_shown(page))


def test_a_photo_that_was_replaced_is_shown_anew(
    page: PhotoPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    one = engine.photos[(page.file or 0) - 1]
    one.content, one.width, one.height = b"n" * 32, 800, 600
    before = len(previews(engine))
    engine.say(LibraryChanged(what="photos"))
    qtbot.waitUntil(lambda: len(previews(engine)) > before)
    assert page.canvas._view.photo.toSize().width() == 800
    assert context.notices.up[0].title == msg("The photo was changed meanwhile: this is how it is now.")


def test_a_photo_that_cannot_be_decoded_says_so_and_can_be_tried_again(
    window: MainWindow, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    fault = Fault(type="DecodeFailure", whose="environment", title=Text.of(msg("The file is damaged.")), path=b"/a.jpg")
    engine.refuse(Preview, fault)
    context.navigator.go(Place(Kind.PHOTO, row=2))
    page = window.page
    assert isinstance(page, PhotoPage)
    qtbot.waitUntil(lambda: page.canvas.said == "The file is damaged.")
    (notice,) = context.notices.up
    assert notice.path == "/a.jpg"
    notice.remedies[0].run()
    qtbot.waitUntil(lambda: bool(page.canvas._images) and not page.canvas.said)


def test_a_picture_of_ours_that_vanished_is_no_crash(
    window: MainWindow, context: Context, engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    context.navigator.go(Place(Kind.PHOTO, row=3))
    page = window.page
    assert isinstance(page, PhotoPage)
    page._pictures._loader.load(b"/nowhere/at/all.jpg", lambda image: context.notices.tell(msg("{image}", image=image)))
    qtbot.waitUntil(lambda: any(one.title.params == {"image": None} for one in context.notices.up))


def test_the_slideshow_goes_on_pauses_and_stops(page: PhotoPage, context: Context, qtbot: QtBot) -> None:
    page.slideshow._timer.setInterval(50)
    QTest.keyClick(page.canvas, Key.Key_S)
    qtbot.waitUntil(lambda: (context.navigator.here.row or 0) >= 7)
    QTest.keyClick(page.canvas, Key.Key_Space)
    assert page.slideshow.paused
    assert not page.slideshow._timer.isActive()
    QTest.keyClick(page.canvas, Key.Key_Space)
    assert page.slideshow._timer.isActive()
    QTest.keyClick(page.canvas, Key.Key_Escape)
    assert not page.slideshow.running
    assert context.navigator.here.kind is Kind.PHOTO


def test_full_screen_shows_nothing_but_the_photo(page: PhotoPage, window: MainWindow, context: Context) -> None:
    QTest.keyClick(page.canvas, Key.Key_F11)
    assert page.bare
    assert not window.sidebar.isVisible()
    assert not page.tools.isVisible()
    QTest.keyClick(page.canvas, Key.Key_Escape)
    assert not page.bare
    assert page.tools.isVisible()
    assert context.navigator.here.kind is Kind.PHOTO


def test_less_motion_means_no_fade(page: PhotoPage, context: Context, qtbot: QtBot) -> None:
    context.state.update(reduced_motion=True)
    page.slideshow.start()
    page.step(1)
    assert page.canvas._before.isNull()
    page.slideshow.stop()
    context.state.update(reduced_motion=False)


def test_results_that_change_under_it_keep_the_photo(page: PhotoPage, context: Context, qtbot: QtBot) -> None:
    file = page.file
    context.results.drop((context.results.file(0),))
    assert page.file == file
    assert page.tools.place.text() == "5 of 99"
    context.results.drop((file or 0,))
    assert page.tools.place.text() == ""


def test_looking_at_photos_touches_no_file(page: PhotoPage, ui_guard: object, qtbot: QtBot) -> None:
    # The fake engine writes its pictures where it runs, which is here: those that are there are not written again.
    QTest.keyClick(page.canvas, Key.Key_Right)
    qtbot.waitUntil(lambda: not page._pictures._requests and not page._pictures._loads)
    with ui_guard():  # type: ignore[operator]
        QTest.keyClick(page.canvas, Key.Key_Plus)
        QTest.keyClick(page.canvas, Key.Key_I)
        page.window().grab()
        QTest.keyClick(page.canvas, Key.Key_I)


def test_a_huge_picture_is_read_no_larger_than_qt_allows(tmp_path: Path) -> None:
    from ritrova_desktop.models.pictures import MOST_PIXELS, read_picture

    image = QImage(12_000, 6_000, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    path = tmp_path / "huge.jpg"
    assert image.save(str(path), "JPEG", 10)  # type: ignore[call-overload]
    read = read_picture(bytes(path))
    assert read.width() * read.height() <= MOST_PIXELS
    assert read.width() > 10_000


def test_the_trash_asks_and_the_next_photo_is_shown(
    page: PhotoPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    file, following = context.results.files([5, 6])
    QTest.keyClick(page.canvas, Key.Key_Delete)
    assert page.confirm.isVisible()
    QTest.keyClick(page.confirm.yes, Key.Key_Escape)
    assert not any(isinstance(asked, Trash) for asked in engine.asked)
    QTest.keyClick(page.canvas, Key.Key_Delete)
    QTest.keyClick(page.confirm.yes, Key.Key_Return)
    assert Trash(files=(file,)) in engine.asked
    qtbot.waitUntil(lambda: page.file == following)
    assert context.navigator.here == Place(Kind.PHOTO, row=5)
    assert page.window().focusWidget() is page.canvas
    assert page.tools.place.text() == "6 of 99"


def test_the_photo_and_its_path_are_copied(page: PhotoPage, context: Context, qtbot: QtBot) -> None:
    clipboard = QGuiApplication.clipboard()
    QTest.keyClick(page.canvas, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: clipboard.mimeData().hasUrls())
    path = clipboard.mimeData().urls()[0].toLocalFile()
    QTest.keyClick(page.canvas, Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: clipboard.text() == path)
    clipboard.clear()
