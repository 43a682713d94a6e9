"""What goes wrong around the window ends in a notice with a remedy: the window as it is started, and real engines.

The faults of single parts have their tests with those parts: photos that go or change while they are looked at
(test_photo_view.py), 10,000 files dragged (test_result_page.py), long texts and things that are no photos
(test_search_bar.py), damaged preferences of the window (test_app.py, test_remembering.py).
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.encoding import fake
from ritrova.engine.base import Fault
from ritrova.engine.curation_requests import SetFavourite
from ritrova.engine.events import IndexEnded
from ritrova.engine.replies import Folders
from ritrova.engine.requests import AddFolder, Index, ListFolders
from ritrova.errors import DiskFull
from ritrova.library import Library
from ritrova.text import msg
from ritrova_desktop.app import App
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine import Engine, EngineState
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.notices import Notice
from ritrova_desktop.state import State
from ritrova_desktop.views.navigation import Kind, Place

PATIENCE_MS = 300_000
PHOTOS = 24

Open = Callable[..., App]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library of the fake encoder, not made yet."""
    write_settings(
        tmp_path / "library",
        {"encoding": {"model": fake.NAME}, "decoding": {"workers": 1}, "indexing": {"considerate": False}},
    )
    return tmp_path / "library"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "foto"
    folder.mkdir()
    for number in range(PHOTOS):
        image = QImage(640, 480, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsv(number * 359 // PHOTOS, 255, 200))
        assert image.save(str(folder / f"{number:02}.jpg"))
    return folder


@pytest.fixture
def open_app(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """The application around an engine, shown; it ends with the test."""
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    apps: list[App] = []

    def opened(engine: Engine, state: State | None = None) -> App:
        app = App(qapp, engine, state or State(None), Options(language="en", theme="light"))
        apps.append(app)
        app.show()
        return app

    yield opened
    for app in apps:
        app.window.hide()
        app.close()


def write_settings(library: Path, values: dict[str, Any]) -> None:
    library.mkdir(exist_ok=True)
    (library / "settings.json").write_text(json.dumps(values), encoding="utf-8")


def real(library: Path) -> ProcessEngine:
    return ProcessEngine(engine_command(library))


def notice(app: App, title: str) -> Notice | None:
    return next((one for one in app.context.notices.up if str(one.title) == title), None)


def offering(app: App, label: str) -> Notice | None:
    """The notice with such a button."""
    return next((one for one in app.context.notices.up for remedy in one.remedies if str(remedy.label) == label), None)


def ready(app: App, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: app.context.engine.state is EngineState.READY, timeout=PATIENCE_MS)


def folders(app: App, qtbot: QtBot) -> Folders:
    heard: list[Folders] = []
    app.context.engine.request(ListFolders(), lambda reply, _more: heard.append(reply))
    qtbot.waitUntil(lambda: bool(heard), timeout=PATIENCE_MS)
    return heard[0]


def test_an_engine_killed_while_indexing_takes_up_its_work_and_the_question(
    open_app: Open, library: Path, photos: Path, qtbot: QtBot
) -> None:
    engine = real(library)
    app = open_app(engine)
    ready(app, qtbot)
    with qtbot.waitSignal(engine.progress, timeout=PATIENCE_MS):
        engine.request(AddFolder(path=os.fsencode(photos)))
        engine.request(Index(anyway=True))
    app.context.navigator.go(Place(Kind.ALL))
    app.context.search.set_fold(False)
    app.context.search.set_text("rosso")
    psutil.Process(engine.process_id).kill()
    qtbot.waitUntil(lambda: notice(app, "The engine stopped and is starting again.") is not None, timeout=PATIENCE_MS)
    ready(app, qtbot)
    assert notice(app, "The engine stopped and is starting again.") is None
    qtbot.waitUntil(lambda: app.context.results.total == PHOTOS, timeout=PATIENCE_MS)
    assert app.context.search.query.text == "rosso"

    away = photos.with_name("altrove")  # its disk is there, and it is not
    photos.rename(away)
    qtbot.waitUntil(lambda: folders(app, qtbot).folders[0].missing == PHOTOS, timeout=PATIENCE_MS)
    assert folders(app, qtbot).folders[0].state == "vanished"
    assert offering(app, "Show the folders") is not None
    qtbot.waitUntil(lambda: app.context.results.total == 0, timeout=PATIENCE_MS)
    away.rename(photos)
    qtbot.waitUntil(lambda: folders(app, qtbot).folders[0].state == "watched", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not app.context.search.busy and app.context.results.total == PHOTOS, timeout=PATIENCE_MS)

    shutil.rmtree(library)  # the folder of the library, under the engine that writes to it
    engine.request(SetFavourite(files=(app.context.results.file(0),), favourite=True))
    qtbot.waitUntil(lambda: notice(app, "The folder of the library is gone.") is not None, timeout=PATIENCE_MS)
    assert app.window.isVisible()


def test_a_library_that_another_process_writes_can_be_looked_at(open_app: Open, library: Path, qtbot: QtBot) -> None:
    with Library.open(library, write=True):
        app = open_app(real(library))
        ready(app, qtbot)
        assert app.context.engine.read_only
        titles = [str(one.title).replace(",", "") for one in app.context.notices.up]
        assert [title for title in titles if str(os.getpid()) in title and "writes to this library" in title]
    app.context.engine.request(ListFolders())  # the person does something, and it is looked at once
    qtbot.waitUntil(lambda: not app.context.engine.read_only, timeout=PATIENCE_MS)
    assert not [one for one in app.context.notices.up if "writes to this library" in str(one.title)]


def test_a_model_that_cannot_be_loaded_leads_to_the_models(open_app: Open, library: Path, qtbot: QtBot) -> None:
    write_settings(library, {"encoding": {"model": "assente"}})
    app = open_app(real(library))
    qtbot.waitUntil(lambda: offering(app, "Show the models") is not None, timeout=PATIENCE_MS)
    said = offering(app, "Show the models")
    assert said is not None
    assert "assente" in str(said.title)
    search = app.context.search
    for text in ("mare", "mare calmo"):
        with qtbot.waitSignal(search.failed):
            search.set_text(text)
    assert [str(one.title) for one in app.context.notices.up].count(str(said.title)) == 1
    said = offering(app, "Try again")
    assert said is not None
    assert said == offering(app, "Show the models")
    {str(one.label): one for one in said.remedies}["Show the models"].run()
    assert app.context.navigator.here.kind is Kind.MODELS


def test_damaged_settings_are_said_and_once_mended_the_engine_starts(
    open_app: Open, library: Path, qtbot: QtBot
) -> None:
    (library / "settings.json").write_text("{", encoding="utf-8")
    app = open_app(real(library))
    qtbot.waitUntil(lambda: app.context.engine.state is EngineState.FAILED, timeout=PATIENCE_MS)
    said = offering(app, "Start again")
    assert said is not None
    assert said.detail is not None
    remedies = {str(one.label): one for one in said.remedies}
    assert list(remedies) == ["Take the usual settings", "Start again", "Report a problem"]
    write_settings(library, {"encoding": {"model": fake.NAME}})
    qtbot.waitUntil(lambda: app.context.engine.process_id == 0, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    remedies["Start again"].run()
    ready(app, qtbot)
    assert notice(app, str(said.title)) is None


def test_a_full_disk_is_said_with_what_to_do(open_app: Open, qtbot: QtBot) -> None:
    engine = FakeEngine()
    app = open_app(engine)
    ready(app, qtbot)
    error = DiskFull(msg("The disk is full."), msg("Free some space, then try again."))
    engine.say(IndexEnded(model=fake.NAME, report=None, fault=Fault.of(error)))
    qtbot.waitUntil(lambda: notice(app, "The disk is full.") is not None)
    said = notice(app, "The disk is full.")
    assert said is not None
    assert str(said.detail) == "Free some space, then try again."


def test_a_window_that_was_on_a_screen_that_is_gone_comes_back_in_sight(open_app: Open, qtbot: QtBot) -> None:
    first = open_app(FakeEngine())
    qtbot.waitUntil(first.window.isVisible)
    first.window.resize(700, 500)
    first.window.move(QPoint(9_000, 4_000))  # where the other screen was
    kept = bytes(first.window.saveGeometry().data())
    state = State(None)
    state.update(geometry=kept)
    window = open_app(FakeEngine(), state).window
    qtbot.waitUntil(window.isVisible)
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.intersects(window.frameGeometry())
    assert screen.contains(window.frameGeometry().topLeft())
