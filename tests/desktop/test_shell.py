"""Window and engine together: what the engine says is shown where it belongs."""

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.engine import events as e
from ritrova.engine import requests as q
from ritrova.engine.base import Fault, Text
from ritrova.engine.keeping_messages import PutSettingsAside
from ritrova.engine.messages import Hello, Writer
from ritrova.photo import IndexReport
from ritrova.text import Catalogue, Message, msg
from ritrova_desktop.engine import EngineState
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.shell import GONE, Shell
from ritrova_desktop.views.tray import Tray

FAULT = Fault(type="DiskFull", whose="environment", title=Text.of(msg("The disk is full.")), path=b"/l\xff")


class Opened:
    """A window with its shell, as the application makes them."""

    def __init__(self, context: Context) -> None:
        self.reports = 0
        self.context = context
        self.window = MainWindow(context)
        self.tray = Tray(context.words, context.theme, lambda: False)
        self.shell = Shell(context, self.window, self.tray, self._report)
        self.window.show_place(context.navigator.here)
        self.window.show()

    def _report(self) -> None:
        self.reports += 1

    @property
    def titles(self) -> list[str]:
        return [str(notice.title) for notice in self.context.notices.up]


@pytest.fixture
def opened(context: Context, qtbot: QtBot) -> Opened:
    made = Opened(context)
    qtbot.addWidget(made.window)
    return made


def hello(**changes: Any) -> Hello:
    return Hello(version="0", pid=1, library=b"/l", thumbnails=b"/t", **{"read_only": False, **changes})


def test_counts_are_those_of_the_library(opened: Opened, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: opened.window.status.text == "100 photos")
    engine.library.photos[0].favourite = True
    engine.say(e.LibraryChanged(what="marks"))
    asked = len(engine.asked)
    qtbot.waitUntil(lambda: q.ListAlbums() in engine.asked[asked:])


def test_a_library_that_another_writes_is_said_to_be_read_only(opened: Opened, engine: FakeEngine) -> None:
    engine._take(hello(read_only=True, writer=Writer(pid=7, program="ritrova index")))
    assert opened.titles == ["ritrova index (process 7) writes to this library."]
    engine._take(hello())
    assert opened.titles == []


def test_the_first_time_begins_with_a_welcome(opened: Opened, engine: FakeEngine) -> None:
    engine._take(hello(first_run=True))
    assert opened.context.navigator.here.kind is Kind.FIRST_RUN


def test_a_dead_engine_is_said_until_it_is_back(opened: Opened, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    engine.die()
    assert opened.titles == ["The engine stopped and is starting again."]
    engine.start()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    assert opened.titles == []


def test_an_engine_that_stays_away_can_be_started_and_reported(opened: Opened, engine: FakeEngine) -> None:
    engine._enter(EngineState.FAILED)
    engine.failed.emit(FAULT)
    (notice,) = opened.context.notices.up
    assert [str(remedy.label) for remedy in notice.remedies] == ["Start again", "Report a problem"]
    notice.remedies[1].run()
    assert opened.reports == 1


def test_a_library_that_cannot_be_opened_can_be_brought_back(opened: Opened, engine: FakeEngine, qtbot: QtBot) -> None:
    engine._lost(EngineState.FAILED)
    damaged = Text.of(msg("The library's database is damaged."))
    engine.failed.emit(Fault(type="LibraryCorrupt", whose="environment", title=damaged, path=b"/l/library.sqlite3"))
    (notice,) = opened.context.notices.up
    assert str(notice.remedies[0].label) == "Show the copies"
    notice.remedies[0].run()
    assert opened.context.navigator.here.kind is Kind.LIBRARY

    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    engine._lost(EngineState.FAILED)
    settings = Text.of(msg("The settings file cannot be understood: {reason}", reason="line 1"))
    engine.failed.emit(Fault(type="EnvironmentFault", whose="environment", title=settings, path=b"/l/settings.json"))
    notice = opened.context.notices.up[-1]
    assert str(notice.remedies[0].label) == "Take the usual settings"
    notice.remedies[0].run()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    assert PutSettingsAside() in engine.asked


def test_a_count_that_is_refused_leaves_no_word_of_an_engine_that_does_not_run(
    opened: Opened, engine: FakeEngine, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: opened.window.status.text == "100 photos")
    opened.window.status.say(msg("The engine does not run"))
    engine.refuse(q.GetStatus, FAULT)
    engine.say(e.LibraryChanged(what="photos"))
    qtbot.waitUntil(lambda: opened.window.status.text == "Something needs your attention.")


def test_a_refusal_that_nobody_awaits_becomes_a_notice(opened: Opened, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.refuse(q.Index, FAULT)
    engine.request(q.Index())
    qtbot.waitUntil(lambda: opened.titles == ["The disk is full."])
    assert opened.context.notices.up[0].path == "/l\\udcff"


def test_indexing_is_seen_paused_and_resumed(opened: Opened, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    opened.window.status.pause_asked.emit()
    qtbot.waitUntil(lambda: opened.window.status.text == "Indexing is paused")
    opened.window.status.resume_asked.emit()
    qtbot.waitUntil(lambda: q.Resume(anyway=True) in engine.asked)


def test_the_end_of_indexing_is_told_where_it_brought_something(opened: Opened, engine: FakeEngine) -> None:
    engine.index_ended.emit(e.IndexEnded(model="m", report=IndexReport(unchanged=5)))
    assert opened.titles == []
    engine.index_ended.emit(e.IndexEnded(model="m", report=IndexReport(embedded=3, failed=1)))
    (notice,) = opened.context.notices.up
    assert (str(notice.title), str(notice.detail)) == ("3 new photos can be found.", "One cannot be read.")
    notice.remedies[0].run()
    assert opened.context.navigator.here.kind is Kind.FAILURES


def test_what_the_engine_notices_has_a_remedy(opened: Opened, engine: FakeEngine) -> None:
    engine.noticed.emit(e.Notice(level="warning", message=Text.of(msg("Too many folders")), action="folders"))
    opened.context.notices.up[0].remedies[0].run()
    assert opened.context.navigator.here.kind is Kind.FOLDERS


def test_a_folder_that_came_back_is_not_told_to_be_gone(opened: Opened, engine: FakeEngine, qtbot: QtBot) -> None:
    assert Catalogue("it").render(Message(GONE, {"folder": "x"})) != GONE.format(folder="x")  # still said so
    (folder,) = engine.folders
    engine.folders = [folder.model_copy(update={"state": "vanished"})]
    asked = len(engine.asked)
    engine.say(e.Notice(level="warning", message=Text.of(Message(GONE, {"folder": "/foto"})), action="folders"))
    engine.say(e.LibraryChanged(what="folders"))
    qtbot.waitUntil(lambda: opened.titles != [])
    qtbot.waitUntil(lambda: q.ListFolders() in engine.asked[asked:])
    qtbot.waitUntil(lambda: engine.idle)
    assert opened.titles == ["The folder /foto is gone, though its disk is there."]
    engine.folders = [folder]
    engine.say(e.LibraryChanged(what="folders"))
    qtbot.waitUntil(lambda: opened.titles == [])


def test_the_place_decides_among_which_photos_is_searched(opened: Opened) -> None:
    searched = []
    for place in (Place(Kind.ALBUM, album=4), Place(Kind.FOLDERS), Place(Kind.ALL)):
        opened.context.navigator.go(place)
        searched.append(opened.context.search.query.scope)
    assert [(scope.kind, scope.album) for scope in searched] == [("album", 4), ("album", 4), ("all", None)]


def test_closing_ends_where_there_is_no_tray(opened: Opened, qtbot: QtBot) -> None:
    opened.context.state.update(close_to_tray=True)
    with qtbot.waitSignal(opened.shell.ended):
        opened.window.close()


def test_closing_hides_only_where_chosen_and_quitting_quits(opened: Opened, qtbot: QtBot, qapp: QApplication) -> None:
    opened.tray._there = lambda: True
    opened.context.state.update(close_to_tray=True)
    opened.window.close()
    assert not opened.window.isVisible()
    with qtbot.waitSignal(opened.shell.ended):
        opened.context.actions["window.quit"].trigger()


def test_a_storm_of_notices_stays_bounded(opened: Opened) -> None:
    for number in range(200):
        opened.context.notices.tell(msg("Notice {n}", n=number))
    assert len(opened.window.notice_bar.lines) == 3
    assert len(opened.context.notices.up) == 20
