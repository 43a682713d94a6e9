"""The models page: figures, a second model beside the first, imports."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.events import IndexEnded, LibraryChanged, Progress
from ritrova.engine.replies import ModelsOf, ModelState
from ritrova.engine.requests import ImportModel, IndexModel, RemoveModel, UseModel
from ritrova.text import msg
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.model_card import ModelCard, figures_of
from ritrova_desktop.views.models_page import ModelsPage
from ritrova_desktop.views.navigation import Kind, Place

FIRST = ModelState(
    name="ritrova-small-it", version="1", bundled=True, in_use=True, licence="Apache-2.0", size=30_000_000,
    dimension=256, seen=100, total=100, languages=("it", "en"),
    figures={"shipped": {"sentence": {"recall_1": 0.372, "recall_5": 0.69, "recall_10": 0.809}}},
)  # fmt: skip
SECOND = FIRST.model_copy(
    update={"name": "clip-italian", "bundled": False, "in_use": False, "seen": 40, "figures": {}, "size": 900_000_000}
)


@pytest.fixture
def page(context: Context, engine: FakeEngine, qtbot: QtBot) -> ModelsPage:
    page = ModelsPage(context)
    qtbot.addWidget(page)
    page.show()
    page.enter(Place(Kind.MODELS))
    qtbot.waitUntil(lambda: len(page.cards) == 2)
    return page


def text_of(card: ModelCard) -> str:
    QTest.qWait(1)  # a layout shows in the next turn what was added to it
    return "\n".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())


def test_a_model_tells_what_it_is_and_how_good(page: ModelsPage) -> None:
    page.show_models(ModelsOf(models=(FIRST, SECOND.model_copy(update={"languages": ()}))))
    first, second = page.cards
    assert "Ships with Ritrova · version 1 · 30 MB · 256 dimensions · licence Apache-2.0" in text_of(first)
    assert "of 100 sentences, 37 find their photo first, 69 in the first 5, 81 in the first 10." in text_of(first)
    assert "Understands Italian and English" in text_of(first)
    assert "Understands" not in text_of(second)
    assert "In use" in text_of(first)
    assert "No test figures come with it." in text_of(second)
    assert "It has seen 40 of 100 photos." in text_of(second)


@pytest.mark.parametrize("figures", [{}, {"shipped": 3}, {"recall_10": "much"}, {"recall_10": 7.0}])
def test_figures_of_other_kinds_do_no_harm(figures: dict[str, object]) -> None:
    assert figures_of(figures) == {}


def test_a_second_model_sees_the_photos_and_takes_over_when_it_has(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    page.show_models(ModelsOf(models=(FIRST, SECOND)))
    card = page.cards[1]
    assert not card.use.isVisible()
    QTest.mouseClick(card.take_over, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: IndexModel(name="clip-italian", use=True) in engine.asked)
    engine.say(
        Progress(
            activity="index-model",
            phase="reading",
            done=41,
            total=100,
            total_final=True,
            photos_per_second=2,
            eta_s=30,
        )
    )
    qtbot.waitUntil(page.progress.isVisible)
    engine.say(IndexEnded(model="clip-italian", report=None))
    qtbot.waitUntil(lambda: not page.progress.isVisible())


def test_only_a_model_that_has_seen_all_is_switched_to(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.show_models(ModelsOf(models=(FIRST, SECOND)))
    card = page.cards[1]
    page.show_models(ModelsOf(models=(FIRST, SECOND.model_copy(update={"seen": 100}))))
    assert page.cards[1] is card  # it grows where it stands
    qtbot.waitUntil(card.use.isVisible)
    assert not card.see.isVisible()
    QTest.mouseClick(card.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: UseModel(name="clip-italian") in engine.asked)
    qtbot.waitUntil(lambda: page.cards[1].model.in_use)


def test_what_is_used_or_ships_is_not_removed(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.show_models(ModelsOf(models=(FIRST, SECOND)))
    assert not page.cards[0].remove.isVisible()
    QTest.mouseClick(page.cards[1].remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: RemoveModel(name="clip-italian") in engine.asked)


def test_a_model_that_cannot_be_used_says_why_and_offers_nothing_else(page: ModelsPage) -> None:
    broken = SECOND.model_copy(update={"trouble": Text.of(msg("A file of the model is missing."))})
    page.show_models(ModelsOf(models=(FIRST, broken)))
    card = page.cards[1]
    assert "A file of the model is missing." in text_of(card)
    assert not card.use.isVisible()
    assert not card.take_over.isVisible()
    assert card.remove.isVisible()


def test_a_refused_import_is_explained_where_it_was_asked_for(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.refuse(ImportModel, Fault(type="ModelError", whose="environment", title=Text.of(msg("No weights."))))
    page._import(b"/models/nothing")
    assert not page.importing.isEnabled()
    qtbot.waitUntil(page._trouble.isVisible)
    assert page._trouble.text() == "No weights."
    assert page.importing.isEnabled()


def test_the_page_follows_the_library(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.model = "clip-italian"
    engine.say(LibraryChanged(what="models"))
    qtbot.waitUntil(lambda: page.cards[1].model.in_use)
