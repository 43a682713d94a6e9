"""The photos that cannot be read: why, and trying again."""

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from ritrova.engine.events import LibraryChanged
from ritrova.engine.requests import RetryFailures
from ritrova.errors import FailureKind
from ritrova.photo import Failure
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.models.failures import REASONS, FailuresModel
from ritrova_desktop.models.rows import DETAIL
from ritrova_desktop.text import Words
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.failures import FailuresPage
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.show_in_folder import SystemFiles

BROKEN = tuple(
    Failure(path=f"/foto/{kind.value}.jpg".encode(), kind=kind, reason="technical", attempts=1) for kind in FailureKind
)


class Asked(SystemFiles):
    """Remembers what the system was asked for."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.notices)
        self.shown: list[bytes] = []
        self.opened: list[bytes] = []

    def show(self, path: bytes) -> None:
        self.shown.append(path)

    def open(self, path: bytes) -> None:
        self.opened.append(path)


@pytest.fixture
def page(context: Context, engine: FakeEngine, qtbot: QtBot) -> FailuresPage:
    engine.failures = list(BROKEN)
    page = FailuresPage(context, Asked(context))
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.FAILURES))
    qtbot.waitUntil(lambda: page.model.rowCount() == len(BROKEN))
    return page


def test_each_kind_of_failure_is_explained_in_words(page: FailuresPage) -> None:
    assert set(REASONS) == set(FailureKind)
    texts = [page.model.index(row).data(DETAIL) for row in range(len(BROKEN))]
    assert "The file is damaged · /foto" in texts
    assert len(set(texts)) == len(BROKEN)


def test_the_model_keeps_qts_rules(words: Words, qtmodeltester: ModelTester, qapp: object) -> None:
    model = FailuresModel(words)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.show_items(BROKEN)
    model.show_items(BROKEN[:2])


def test_chosen_ones_or_all_are_tried_again(page: FailuresPage, engine: FakeEngine, qtbot: QtBot) -> None:
    select = QItemSelectionModel.SelectionFlag.Select
    page.list.selectionModel().clear()
    for row in (0, 2):
        page.list.selectionModel().select(page.model.index(row), select)
    QTest.mouseClick(page.retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: RetryFailures(paths=(BROKEN[0].path, BROKEN[2].path)) in engine.asked)
    qtbot.waitUntil(lambda: page.model.rowCount() == len(BROKEN) - 2)
    QTest.mouseClick(page.retry_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: RetryFailures() in engine.asked)
    qtbot.waitUntil(page.empty.isVisible)
    assert not page.card.isVisible()


def test_a_photo_is_shown_in_its_folder_and_opened(page: FailuresPage) -> None:
    files = page._files
    assert isinstance(files, Asked)
    page.list.setCurrentIndex(page.model.index(1))
    QTest.mouseClick(page.show_it, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.open, Qt.MouseButton.LeftButton)
    assert files.shown == files.opened == [BROKEN[1].path]


def test_the_list_follows_the_library(page: FailuresPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.failures = [BROKEN[0]]
    engine.say(LibraryChanged(what="failures"))
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
