"""The search bar: typing, completing, clearing, photos dropped and pasted, chips, and a search that is kept."""

import os
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.curation_requests import MakeAlbum
from ritrova.engine.query import MOST_TEXT, PhotoRef, Query
from ritrova.engine.requests import Complete, PictureOf, Remember, Search
from ritrova.photo import Filters
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.name_field import NameField
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.popover import Popover
from ritrova_desktop.views.save_search import SaveSearch
from ritrova_desktop.views.search_bar import SearchBar
from ritrova_desktop.views.sidebar import PHOTOS_MIME


def texts(engine: FakeEngine) -> list[str]:
    return [asked.spec.text for asked in engine.asked if isinstance(asked, Search)]


def dropped(bar: SearchBar, mime: QMimeData) -> None:
    """What happens when something is let go over the bar, without a drag that would block."""
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    bar.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, button, none))


def files(*paths: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime


def test_one_search_is_asked_when_the_typing_rests(bar: SearchBar, engine: FakeEngine, qtbot: QtBot) -> None:
    QTest.keyClicks(bar.field, "gatto")
    assert texts(engine) == []
    qtbot.waitUntil(lambda: texts(engine) == ["gatto"])


def test_enter_does_not_wait_and_remembers_the_sentence(bar: SearchBar, engine: FakeEngine, qtbot: QtBot) -> None:
    QTest.keyClicks(bar.field, "il mare")
    with qtbot.waitSignal(bar.left):
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert texts(engine) == ["il mare"]
    assert Remember(text="il mare") in engine.asked


def test_escape_takes_down_the_suggestions_then_the_text(bar: SearchBar, engine: FakeEngine, qtbot: QtBot) -> None:
    QTest.keyClicks(bar.field, "mo")
    qtbot.waitUntil(bar.completions.isVisible)
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.completions.isVisible()
    assert bar.field.text() == "mo"
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert bar.field.text() == ""
    qtbot.waitUntil(lambda: texts(engine)[-1] == "")
    with qtbot.waitSignal(bar.left):
        QTest.keyClick(bar.field, Qt.Key.Key_Escape)


def test_a_suggestion_completes_the_word_being_typed(bar: SearchBar, engine: FakeEngine, qtbot: QtBot) -> None:
    QTest.keyClicks(bar.field, "mo")
    qtbot.waitUntil(bar.completions.isVisible)
    assert bar.completions.texts == ["montagna"]
    assert bar.field.hasFocus(), "the list took the keyboard"
    QTest.keyClick(bar.field, Qt.Key.Key_Down)
    assert bar.completions.current == 0
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.field.text() == "montagna"
    assert texts(engine)[-1] == "montagna"
    assert not bar.completions.isVisible()


def test_the_arrow_leads_to_the_results_where_there_is_nothing_to_suggest(bar: SearchBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.left):
        QTest.keyClick(bar.field, Qt.Key.Key_Down)


def test_an_empty_field_offers_the_newest_searches_which_can_be_forgotten(
    bar: SearchBar, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.sought = ["il bosco", "la neve", "il mare"]
    QTest.mouseClick(bar.field, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.completions.texts == ["il mare", "la neve", "il bosco"])
    assert bar.completions.isVisible()
    bar.window().grab()
    (cross, *_) = bar.completions.findChildren(QToolButton)
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.completions.texts == ["la neve", "il bosco"])
    QTest.keyClick(bar.field, Qt.Key.Key_Down)
    QTest.keyClick(bar.field, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: bar.completions.texts == ["il bosco"])
    assert bar.completions.current == 0
    assert engine.sought == ["il bosco"]
    QTest.keyClicks(bar.field, "m")
    assert not bar.completions.isVisible(), "they are no answer to what is typed"
    QTest.keyClick(bar.field, Qt.Key.Key_Backspace)
    QTest.keyClick(bar.field, Qt.Key.Key_Down)
    qtbot.waitUntil(bar.completions.isVisible)
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.field.text() == "il bosco"


def test_the_last_search_that_is_forgotten_takes_the_list_along(
    bar: SearchBar, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.sought = ["il mare"]
    QTest.keyClick(bar.window(), Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(bar.completions.isVisible)
    QTest.keyClick(bar.field, Qt.Key.Key_Down)
    QTest.keyClick(bar.field, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not bar.completions.isVisible())
    assert bar.field.hasFocus()


def test_an_outdated_suggestion_is_not_shown(
    bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    QTest.keyClicks(bar.field, "mo")
    qtbot.waitUntil(lambda: Complete(prefix="mo", most=6) in engine.asked)
    bar.field.clearFocus()
    with qtbot.waitSignal(context.search.completed):  # asked later, so that the suggestions have been answered
        context.search.again()
    assert not bar.completions.isVisible()


def test_a_text_of_100_kb_is_cut_and_told_of(
    bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText("parola " * 15_000)
    QTest.keyClick(bar.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert len(bar.field.text()) == MOST_TEXT
    assert [notice.key for notice in context.notices.up] == ["search-cut"]
    qtbot.waitUntil(lambda: bool(texts(engine)))


def test_ctrl_f_comes_back_from_anywhere(bar: SearchBar, context: Context) -> None:
    context.navigator.go(Place(Kind.FOLDERS))
    bar.field.clearFocus()
    QTest.keyClick(bar.window(), Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert bar.field.hasFocus()


def test_searching_shows_the_results_page(bar: SearchBar, context: Context, qtbot: QtBot) -> None:
    context.navigator.go(Place(Kind.FOLDERS))
    QTest.keyClicks(bar.field, "gatto")
    qtbot.waitUntil(lambda: context.navigator.here == Place(Kind.ALL))


def test_a_dropped_photo_is_seen_and_searched_by_together_with_words(
    bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    QTest.keyClicks(bar.field, "mare")
    dropped(bar, files("/altrove/Però.JPG"))
    qtbot.waitUntil(lambda: context.search.query.text == "mare")
    assert context.search.query.photos == (PhotoRef(path="/altrove/Però.JPG".encode()),)
    (chip,) = bar.chips.chips
    assert chip.text() == "Però.JPG"
    qtbot.waitUntil(lambda: not chip.picture.isNull())
    assert PictureOf(path="/altrove/Però.JPG".encode()) in engine.asked
    QTest.mouseClick(chip.cross, Qt.MouseButton.LeftButton)
    assert context.search.query == Query(text="mare")


def test_a_name_that_is_not_utf_8_stays_itself(bar: SearchBar, context: Context) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromEncoded(b"file:///foto/caff%E8.jpg")])
    dropped(bar, mime)
    assert context.search.query.photos == (PhotoRef(path=b"/foto/caff\xe8.jpg"),)


def test_photos_of_the_grid_are_searched_by_their_content(
    bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    mime = QMimeData()
    mime.setData(PHOTOS_MIME, b"3,5")
    dropped(bar, mime)
    qtbot.waitUntil(lambda: len(context.search.query.photos) == 2)
    assert context.search.query.photos[0] == PhotoRef(content=engine.photos[2].content)


def test_what_is_no_photo_ends_in_a_notice(bar: SearchBar, context: Context, engine: FakeEngine) -> None:
    dropped(bar, files("/foto/conto.pdf"))
    assert [notice.key for notice in context.notices.up] == ["not-photos"]
    assert context.search.query == Query()
    dropped(bar, files("/foto/a.jpg", "/foto/note.txt"))
    assert context.search.query.photos == (PhotoRef(path=b"/foto/a.jpg"),)


def test_a_pasted_picture_becomes_a_file_of_ours(bar: SearchBar, context: Context, qtbot: QtBot) -> None:
    image = QImage(3000, 2000, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(bar.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(context.search.query.photos) == 1)
    path = context.search.query.photos[0].path
    assert path is not None
    assert QImage(os.fsdecode(path)).width() == 1024
    (chip,) = bar.chips.chips
    assert chip.text() == "Pasted picture.png"
    qtbot.waitUntil(lambda: not chip.picture.isNull())
    bar.close_files()
    assert not Path(os.fsdecode(path)).exists()


def test_a_photo_that_cannot_be_read_is_taken_out_again(
    bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    fault = Fault(type="DecodeFailure", whose="environment", title=Text.of(msg("It is damaged.")), path=b"/rotta.jpg")
    engine.refuse(Search, fault)
    dropped(bar, files("/rotta.jpg"))
    qtbot.waitUntil(lambda: context.search.query.photos == ())
    assert [notice.path for notice in context.notices.up] == ["/rotta.jpg"]


def test_more_and_less_like_a_photo_are_chips(bar: SearchBar, context: Context, engine: FakeEngine) -> None:
    one, other = engine.photos[0].content, engine.photos[1].content
    context.search.more_like(one)
    context.search.less_like(other)
    context.search.less_like(one)
    assert context.search.query == Query(less=(other, one))
    assert [chip.text() for chip in bar.chips.chips] == ["Less like this", "Less like this"]
    bar.chips.chips[0].setFocus()
    QTest.keyClick(bar.chips.chips[0], Qt.Key.Key_Delete)
    assert context.search.query == Query(less=(one,))
    assert bar.chips.chips[0].hasFocus(), "the keyboard is lost with the chip"
    QTest.keyClick(bar.chips.chips[0], Qt.Key.Key_Delete)
    assert bar.field.hasFocus()


def test_refinements_belong_to_the_sentence_that_they_were_made_of(
    bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    QTest.keyClicks(bar.field, "mare")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    photo, filters = PhotoRef(content=engine.photos[7].content), Filters(rating_min=3)
    context.search.add_photos((photo,))
    context.search.set_filters(filters)
    context.search.more_like(engine.photos[0].content)
    context.search.less_like(engine.photos[1].content)
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert context.search.query.more, "the same sentence keeps them"
    QTest.keyClicks(bar.field, " in tempesta")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert context.search.query == Query(text="mare in tempesta", photos=(photo,), filters=filters)


def test_clear_all_leaves_the_scope(bar: SearchBar, context: Context) -> None:
    context.search.set_text("mare")
    context.search.set_filters(Filters(rating_min=3, formats=("jpeg",)))
    assert bar.field.text() == "mare"
    (clear,) = (one for one in bar.chips.findChildren(QPushButton) if one.text() == "Clear all")
    QTest.mouseClick(clear, Qt.MouseButton.LeftButton)
    assert context.search.query.filters == Filters()
    assert bar.field.text() == ""
    assert not bar.chips.isVisible()


def test_the_question_is_kept_when_the_engine_dies(
    context: Context, bar: SearchBar, engine: FakeEngine, qtbot: QtBot
) -> None:
    context.search.set_text("mare")
    with qtbot.waitSignal(context.search.answered):
        pass
    engine.die()
    with qtbot.waitSignal(context.search.answered) as again:
        engine.start()
    assert again.args is not None
    assert again.args[0].query.text == "mare"
    assert again.args[0].again


def test_only_the_newest_question_is_answered(context: Context, bar: SearchBar, qtbot: QtBot) -> None:
    answers = []
    context.search.answered.connect(lambda answer: answers.append(answer.query.text))
    for text in ("m", "ma", "mare"):
        context.search.set_text(text)
    with qtbot.waitSignal(context.search.completed):
        pass
    assert answers == ["mare"]


def test_a_search_is_kept_as_an_album(bar: SearchBar, context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    context.search.set_text("mare")
    button = bar.findChild(SaveSearch)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    (popover,) = bar.window().findChildren(Popover)
    name = popover.findChild(NameField)
    assert name is not None
    engine.refuse(MakeAlbum, Fault(type="UsageError", whose="usage", title=Text.of(msg("The name is taken."))))
    QTest.keyClicks(name, "Estate")
    QTest.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(name.said.isVisible)
    assert name.text() == "Estate", "a refused name stays"
    QTest.keyClicks(name, "Il mare")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert MakeAlbum(name="Il mare", query=context.search.query) in engine.asked
    qtbot.waitUntil(lambda: bool(context.notices.up))
    assert not bar.window().findChildren(Popover)


def test_typing_and_dropping_touch_no_file(bar: SearchBar, context: Context, ui_guard: object, qtbot: QtBot) -> None:
    with ui_guard():  # type: ignore[operator]
        QTest.keyClicks(bar.field, "mo")
        dropped(bar, files("/foto/a.jpg"))
        qtbot.waitUntil(bar.completions.isVisible)
        bar.window().grab()
