"""The page of the library: its copies, going back to one, its check, the photos that are gone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.keeping_messages import (
    Check,
    ForgetMissing,
    LookAtCopy,
    Repair,
    Restore,
    SaveCopy,
    ShowKeeping,
    StopKeeping,
)
from ritrova.text import msg
from ritrova_desktop.engine import EngineState
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.operations.did import Did
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.library_page import LibraryPage
from ritrova_desktop.views.navigation import Kind, Place


@pytest.fixture
def page(context: Context, engine: FakeEngine, qtbot: QtBot) -> LibraryPage:
    page = LibraryPage(context)
    qtbot.addWidget(page)
    page.resize(900, 900)
    page.show()
    page.enter(Place(Kind.LIBRARY))
    qtbot.waitUntil(lambda: page.copies.model.rowCount() == 2 and page.copies.back.isEnabled())
    return page


def press(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def titles(context: Context) -> list[str]:
    return [context.words(notice.title) for notice in context.notices.up]


def test_it_tells_where_the_library_lies_how_big_it_is_and_what_copies_there_are(
    page: LibraryPage, engine: FakeEngine
) -> None:
    assert engine.hello is not None
    assert page.where.path.plain == engine.hello.library.decode()
    assert page.where.sizes.text() == (  # there are no models: they are not told of
        "8.4 MB: database 1.0 MB, search index 2.0 MB, thumbnails 3.0 MB, copies 2.4 MB"
    )
    assert "The newest is of 1 July 2024" in page.copies.newest.text()
    assert "100 photos · 1.2 MB · of the week" in str(
        page.copies.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    )


def test_a_copy_is_saved_and_the_person_told_where(
    page: LibraryPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    page.copies.save_to(b"/usb/copia.zip")
    assert not page.copies.save.isEnabled()
    qtbot.waitUntil(lambda: "The copy is written." in titles(context))
    assert SaveCopy(path=b"/usb/copia.zip") in engine.asked
    assert context.notices.up[-1].path == "/usb/copia.zip"
    qtbot.waitUntil(page.copies.save.isEnabled)


def test_a_copy_that_cannot_be_written_is_explained(page: LibraryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    fault = Fault(type="DiskFull", whose="environment", title=Text.of(msg("The disk is full.")))
    engine.refuse(SaveCopy, fault)
    with qtbot.waitSignal(engine.refused) as told:
        page.copies.save_to(b"/usb/copia.zip")
    assert told.args == [fault]
    assert page.copies.save.isEnabled()


def test_going_back_is_asked_first_done_alone_told_and_taken_back(
    page: LibraryPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    context.undo.push(Did(what=msg("x"), undo=(ForgetMissing(),)))
    page.copies.list.setCurrentIndex(page.copies.model.index(1))
    press(page.copies.back)
    assert page.confirm.isVisible()
    QTest.keyClick(page.confirm.yes, Qt.Key.Key_Escape)
    assert not any(isinstance(body, Restore) for body in engine.asked)

    press(page.copies.back)
    press(page.confirm.yes)
    assert engine.state is EngineState.ALONE
    assert not page.copies.back.isEnabled()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    assert Restore(path=b"/copie/prima.zip") in engine.asked
    assert any(title.startswith("The library is again as it was: 1 July 2024") for title in titles(context))
    assert not context.undo.can_undo  # its steps are of another state
    qtbot.waitUntil(lambda: page.copies.model.rowCount() == 3)  # what was there

    (undo,) = context.notices.up[-1].remedies
    undo.run()
    qtbot.waitUntil(lambda: Restore(path=b"/copie/di-ora.zip") in engine.asked)


def test_a_chosen_file_is_looked_into_before_the_question(page: LibraryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.copies.ask_for(b"/usb/altra.zip")
    qtbot.waitUntil(page.confirm.isVisible)
    assert LookAtCopy(path=b"/usb/altra.zip") in engine.asked
    assert "with 7 photos" in page.confirm.accessibleName()


def test_a_refused_copy_changes_nothing_and_leaves_no_notice_of_its_beginning(
    page: LibraryPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.refuse(Restore, Fault(type="LibraryCorrupt", whose="environment", title=Text.of(msg("Damaged."))))
    with qtbot.waitSignal(engine.refused):
        page.copies.go_back(b"/copie/prima.zip")
    assert titles(context) == []
    qtbot.waitUntil(page.copies.back.isEnabled)


def test_where_the_library_cannot_be_opened_the_copies_are_there_all_the_same(
    page: LibraryPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.keeping.copies.pop()
    engine._lost(EngineState.FAILED)
    assert page.copies.other.isEnabled()
    assert not page.copies.save.isEnabled()
    assert not page.check.check.isEnabled()
    page.enter(Place(Kind.LIBRARY))
    qtbot.waitUntil(lambda: page.copies.model.rowCount() == 1)
    assert ShowKeeping() in engine.asked


def test_a_sound_library_is_called_so(page: LibraryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    press(page.check.check)
    assert page.check.bar.isVisible()
    assert not page.copies.back.isEnabled()  # one after the other
    qtbot.waitUntil(lambda: page.check.said.text() == "All is in order.")
    assert Check() in engine.asked
    assert not page.check.bar.isVisible()
    assert page.copies.back.isEnabled()


def test_what_is_wrong_is_told_and_repaired(page: LibraryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.keeping.wrong = 3
    press(page.check.check)
    qtbot.waitUntil(lambda: page.check.said.text() == "Something needs your attention.")
    assert page.check.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Left over, Not in order, 3 half-written files"
    )
    assert "Check and repair" in page.check.advice.text()
    press(page.check.repair)
    assert engine.state is EngineState.ALONE
    assert page.check.stop.isVisible()
    qtbot.waitUntil(lambda: page.check.said.text() == "It was put right: all is in order now.")
    assert Repair() in engine.asked
    qtbot.waitUntil(page.check.check.isEnabled)
    assert not page.check.stop.isVisible()


def test_a_repair_is_stopped(page: LibraryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    press(page.check.repair)
    press(page.check.stop)
    assert "It was stopped." in page.check.said.text()
    qtbot.waitUntil(page.check.check.isEnabled)


def test_a_check_is_stopped_too(page: LibraryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    press(page.check.check)
    assert page.check.stop.hasFocus()
    press(page.check.stop)
    qtbot.waitUntil(lambda: any(isinstance(asked, StopKeeping) for asked in engine.asked))
    assert "It was stopped." in page.check.said.text()
    assert page.check.check.isEnabled()
    assert not page.check.stop.isVisible()
    qtbot.waitUntil(lambda: engine.idle)
    assert page.check.model.rowCount() == 0, "its answer came all the same"


def test_the_photos_that_are_gone_are_forgotten_after_a_question(
    page: LibraryPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    assert not page.gone.forget.isVisible()
    engine.keeping.missing = 12
    page.enter(Place(Kind.LIBRARY))
    qtbot.waitUntil(page.gone.forget.isVisible)
    assert "12 photos are no longer in their folders." in page.gone.said.text()
    press(page.gone.forget)
    press(page.confirm.yes)
    qtbot.waitUntil(lambda: "12 photos forgotten" in titles(context))
    qtbot.waitUntil(lambda: page.gone.said.text() == "No photo is gone.")


def test_a_library_that_another_writes_can_be_copied_and_checked_and_no_more(
    page: LibraryPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine._locked = True
    engine.start()
    qtbot.waitUntil(lambda: not page.copies.back.isEnabled())
    assert page.copies.save.isEnabled()
    assert page.check.check.isEnabled()
    assert not any(one.isEnabled() for one in (page.copies.other, page.check.repair, page.gone.forget))
