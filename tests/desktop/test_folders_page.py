"""The folders page: what is watched, what is taken of it, and when."""

import os

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.events import IndexingState, Progress
from ritrova.engine.replies import FolderState
from ritrova.engine.requests import AddFolder, Index, Pause, RelocateFolder, RemoveFolder, Resume, SetPatterns
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.models.folders import FoldersModel
from ritrova_desktop.models.rows import DETAIL, MARK
from ritrova_desktop.text import Words
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.folders import FoldersPage
from ritrova_desktop.views.navigation import Kind, Place

HOME = FolderState(path=b"/home/anna/Immagini", photos=1240, missing=1, failed=2, state="watched", volume="disco")
AWAY = FolderState(
    path=b"/media/archivio/Foto",
    photos=7,
    missing=0,
    failed=0,
    state="offline",
    why=Text.of(msg("The disk is not connected.")),
    volume="Archivio",
    exclude=("*.tif",),
)


@pytest.fixture
def page(context: Context, engine: FakeEngine, qtbot: QtBot) -> FoldersPage:
    engine.folders = [HOME, AWAY]
    page = FoldersPage(context)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    page.enter(Place(Kind.FOLDERS))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    return page


def test_a_row_tells_how_many_photos_and_how_the_folder_is(page: FoldersPage, context: Context) -> None:
    first, second = page.model.index(0), page.model.index(1)
    assert first.data() == "Immagini"
    assert first.data(DETAIL) == "1,240 photos · one is gone · 2 cannot be read · /home/anna/Immagini"
    assert first.data(MARK) == "Watched"
    assert second.data(MARK) == "Not connected"
    assert "The disk is not connected." in second.data(Qt.ItemDataRole.ToolTipRole)


def test_the_model_keeps_qts_rules(words: Words, qtmodeltester: ModelTester, qapp: object) -> None:
    model = FoldersModel(words)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.show_items((HOME, AWAY))
    model.show_items((HOME.model_copy(update={"photos": 3}), AWAY))
    model.show_items((AWAY,))
    assert model.row_of(AWAY.path) == 0


def test_a_folder_is_added_by_the_systems_dialog(page: FoldersPage, engine: FakeEngine, qtbot: QtBot) -> None:
    QTest.mouseClick(page.add, Qt.MouseButton.LeftButton)
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit("/home/anna/Vacanze")
    dialog.close()
    qtbot.waitUntil(lambda: AddFolder(path=b"/home/anna/Vacanze") in engine.asked)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)


def test_a_dropped_folder_is_added_whatever_its_name(page: FoldersPage, engine: FakeEngine, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/home/anna/Città d'arte #2"), QUrl("https://example.org/x")])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))
    qtbot.waitUntil(lambda: any(isinstance(asked, AddFolder) for asked in engine.asked))
    added = [asked.path for asked in engine.asked if isinstance(asked, AddFolder)]
    assert added == [os.fsencode("/home/anna/Città d'arte #2")]


def test_removing_says_that_the_photos_stay_and_can_be_taken_back(
    page: FoldersPage, engine: FakeEngine, context: Context, qtbot: QtBot
) -> None:
    page.list.setCurrentIndex(page.model.index(1))
    QTest.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(context.notices.up))
    assert RemoveFolder(path=AWAY.path) in engine.asked
    (notice,) = context.notices.up
    assert notice.detail is not None
    assert notice.detail.key == "Its photos stay on the disk, untouched."
    notice.remedies[0].run()
    qtbot.waitUntil(lambda: AddFolder(path=AWAY.path, exclude=("*.tif",)) in engine.asked)


def test_a_folder_that_is_gone_can_be_said_to_be_elsewhere(page: FoldersPage, engine: FakeEngine, qtbot: QtBot) -> None:
    assert not page.relocate.isVisible()  # of one that is there
    gone = HOME.model_copy(
        update={
            "state": "vanished",
            "why": Text.of(msg("The folder is gone, though its disk is there.")),
            "remedy": Text.of(msg("Put it back, or remove it from the library.")),
        }
    )
    engine.folders = [gone, AWAY]
    page.enter(Place(Kind.FOLDERS))
    first = page.model.index(0)
    qtbot.waitUntil(lambda: first.data(MARK) == "No longer there")
    assert "Put it back" in first.data(Qt.ItemDataRole.ToolTipRole)
    page.list.setCurrentIndex(first)
    assert not page.show_it.isEnabled()
    QTest.mouseClick(page.relocate, Qt.MouseButton.LeftButton)
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit("/home/anna/Foto")
    dialog.close()
    qtbot.waitUntil(lambda: RelocateFolder(path=HOME.path, to=b"/home/anna/Foto") in engine.asked)
    qtbot.waitUntil(lambda: page.model.index(0).data() == "Foto")


def test_patterns_are_edited_and_a_refresh_does_not_take_them_away(
    page: FoldersPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    page.list.setCurrentIndex(page.model.index(1))
    assert page.patterns.exclude.toPlainText() == "*.tif"
    assert not page.patterns.save.isEnabled()
    page.patterns.exclude.selectAll()
    page.patterns.exclude.insertPlainText("*.tif\n  bozze* \n\n")
    page.enter(Place(Kind.FOLDERS))
    qtbot.wait(20)
    QTest.mouseClick(page.patterns.save, Qt.MouseButton.LeftButton)
    wanted = SetPatterns(path=AWAY.path, include=(), exclude=("*.tif", "bozze*"))
    qtbot.waitUntil(lambda: wanted in engine.asked)


def test_indexing_is_paused_resumed_and_forced(page: FoldersPage, engine: FakeEngine, qtbot: QtBot) -> None:
    card = page.indexing
    QTest.mouseClick(card.now, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: Index() in engine.asked)
    engine.say(IndexingState(state="running"))
    engine.say(
        Progress(
            activity="index", phase="reading", done=1240, total=8000, total_final=True, photos_per_second=31, eta_s=218
        )
    )
    qtbot.waitUntil(lambda: card.said.text() == "1,240 of 8,000 · 31 photos/s · 4 min left")
    QTest.mouseClick(card.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: Pause() in engine.asked and card.resume.isVisible())
    QTest.mouseClick(card.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: Resume() in engine.asked)
    engine.say(IndexingState(state="waiting", why=Text.of(msg("Waiting for mains power"))))
    qtbot.waitUntil(card.anyway.isVisible)
    assert card.said.text() == "Waiting for mains power"
    QTest.mouseClick(card.anyway, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: Resume(anyway=True) in engine.asked)


def test_when_indexing_may_run_is_chosen_on_the_same_page(page: FoldersPage, engine: FakeEngine, qtbot: QtBot) -> None:
    key = ("indexing", "only_on_mains")
    qtbot.waitUntil(lambda: key in page.indexing.form.rows)
    QTest.mouseClick(page.indexing.form.rows[key][0].widget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: engine.settings.indexing.only_on_mains)


def test_a_refused_folder_goes_the_way_of_all_refusals(page: FoldersPage, engine: FakeEngine, qtbot: QtBot) -> None:
    fault = Fault(type="UsageError", whose="usage", title=Text.of(msg("The folder is watched already.")))
    engine.refuse(AddFolder, fault)
    with qtbot.waitSignal(engine.refused) as heard:
        page._add(HOME.path)
    assert heard.args == [fault]
    assert page.model.rowCount() == 2


def test_without_folders_the_page_says_what_to_do(context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.folders = []
    page = FoldersPage(context)
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.FOLDERS))
    qtbot.wait(30)
    assert page.empty.isVisible()
    assert not page.patterns.isVisible()
    assert not page.remove.isEnabled()
