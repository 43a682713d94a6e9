"""What stands where no photo is, while the library is only empty for now or the engine does not run."""

import pytest
from pytestqt.qtbot import QtBot

from ritrova.engine.events import IndexingState, LibraryChanged, Progress
from ritrova.engine.query import Query
from ritrova_desktop.engine import EngineState
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.result_page import ResultPage


@pytest.fixture
def page(context: Context, qtbot: QtBot) -> ResultPage:
    page = ResultPage(context)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    page.enter(Place(Kind.ALL))
    qtbot.waitUntil(lambda: page.grid.results.rowCount() == 100)
    return page


def test_while_nothing_is_indexed_yet_it_says_how_far(page: ResultPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.empty.take_progress(
        Progress(activity="index", phase="reading", done=1240, total=8000, total_final=True, photos_per_second=31,
                 eta_s=218)
    )  # fmt: skip
    page.empty.show_why(Query(), searchable=0, indexing=True, folders=True)
    assert page.empty._title.text() == "Still indexing: 1,240 of 8,000"


def test_a_library_that_is_empty_for_now_says_why(page: ResultPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.photos.clear()
    page.context.search.again()
    qtbot.waitUntil(lambda: page.empty._title.text() == "No photos found")
    engine.say(IndexingState(state="running"))  # the answer came before indexing began
    qtbot.waitUntil(lambda: page.empty._title.text() == "Still indexing")
    engine.say(IndexingState(state="idle"))
    qtbot.waitUntil(lambda: page.empty._title.text() == "No photos found")
    engine.folders = [folder.model_copy(update={"state": "vanished"}) for folder in engine.folders]
    engine.say(LibraryChanged(what="folders"))
    qtbot.waitUntil(lambda: page.empty._title.text() == "The photos are away")
    assert page.empty.add_folder.isVisible()


def test_nothing_is_searched_while_the_engine_has_failed(
    page: ResultPage, context: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    page._slow.setInterval(0)
    engine._lost(EngineState.FAILED)
    assert page.toolbar.count.text() == "100 photos"
    context.search.set_text("mare")
    qtbot.waitUntil(lambda: page.toolbar.count.text() == "The engine does not run")
    engine.start()
    qtbot.waitUntil(lambda: page.toolbar.count.text() == "10 photos")
