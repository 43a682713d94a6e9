"""Undo while the engine has not answered yet, and what requests leave behind."""

from pathlib import Path

import pytest
from PySide6.QtCore import SIGNAL, QObject
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault, Text
from ritrova.engine.curation_requests import SetRating
from ritrova.engine.requests import ListFolders
from ritrova.text import msg
from ritrova_desktop.engine import EngineState
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.operations.curation import set_rating
from ritrova_desktop.views.context import Context


@pytest.fixture
def ready(context: Context, engine: FakeEngine, qtbot: QtBot) -> Context:
    """Photo 1 has got two stars, which can be taken back."""
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    set_rating(engine, (1,), 2, context.undo.push)
    qtbot.waitUntil(lambda: engine.idle)
    return context


def stars(engine: FakeEngine) -> int | None:
    return engine.photos[0].rating


def test_undo_takes_back_the_change_that_has_not_been_answered_yet(
    ready: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    set_rating(engine, (1,), 5, ready.undo.push)
    ready.undo.undo()
    qtbot.waitUntil(lambda: engine.idle)
    assert stars(engine) == 2
    ready.undo.redo()
    qtbot.waitUntil(lambda: engine.idle)
    assert stars(engine) == 5


def test_undo_pressed_twice_at_once_takes_two_steps_back(ready: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    set_rating(engine, (1,), 5, ready.undo.push)
    ready.undo.undo()
    ready.undo.undo()
    qtbot.waitUntil(lambda: engine.idle)
    assert stars(engine) is None
    assert not ready.undo.can_undo


def test_a_change_that_was_refused_leaves_the_ones_before_it_alone(
    ready: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    title = Text.of(msg("The disk is full."))
    engine.refuse(SetRating, Fault(type="DiskFull", whose="environment", title=title))
    set_rating(engine, (1,), 5, ready.undo.push)
    ready.undo.undo()
    qtbot.waitUntil(lambda: engine.idle)
    assert stars(engine) == 2
    assert ready.undo.can_undo


def test_an_engine_that_died_over_a_change_takes_nothing_else_back(
    ready: Context, engine: FakeEngine, qtbot: QtBot
) -> None:
    set_rating(engine, (1,), 5, ready.undo.push)
    ready.undo.undo()
    engine.die()
    engine.start()
    qtbot.waitUntil(lambda: engine.state is EngineState.READY and engine.idle)
    assert stars(engine) == 5  # as far as it got; the window says that nobody knows
    assert ready.undo.can_undo


def test_the_first_change_of_all_can_be_taken_back_at_once(context: Context, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    heard: list[bool] = []
    context.undo.awaiting.connect(lambda: heard.append(context.undo.can_undo))
    set_rating(engine, (1,), 3, context.undo.push)
    assert heard == [True]
    context.undo.undo()
    qtbot.waitUntil(lambda: engine.idle)
    assert stars(engine) is None
    assert heard[-1] is False


def test_requests_leave_nothing_with_whoever_asked(engine: FakeEngine, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    owner, answers = QObject(), list[object]()
    before = owner.receivers(SIGNAL("destroyed()"))
    for _ in range(50):
        engine.request(ListFolders(), lambda body, _more: answers.append(body), owner=owner)
    qtbot.waitUntil(lambda: len(answers) == 50)
    assert owner.receivers(SIGNAL("destroyed()")) == before
    engine.request(ListFolders(), lambda body, _more: answers.append(body), owner=owner)
    engine.request(ListFolders(), None, lambda fault: answers.append(fault), owner=owner)
    owner.deleteLater()
    qtbot.waitUntil(lambda: engine.idle)
    assert len(answers) == 50
