"""While photos are indexed, the window's thread is never kept from its next turn for long.

How long exactly is measured by benchmarks/desktop_heartbeat.py; here only a freeze fails.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova.encoding import fake
from ritrova.engine.requests import AddFolder
from ritrova_desktop.app import App
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine import EngineState
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.state import State
from ritrova_desktop.views.navigation import Kind, Place

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from desktop_heartbeat import write_photos
from heartbeat import Heartbeat

FREEZE_MS = 500
PHOTOS = 60
PATIENCE_MS = 180_000


@pytest.fixture
def app(qapp: QApplication, tmp_path: Path) -> Iterator[App]:
    root = tmp_path / "library"
    root.mkdir()
    (root / "settings.json").write_text(f'{{"encoding": {{"model": "{fake.NAME}"}}}}', encoding="utf-8")
    app = App(qapp, ProcessEngine(engine_command(root)), State(None), Options(language="en", theme="light"))
    app.show()
    yield app
    app.window.hide()
    app.close()


def test_indexing_never_freezes_the_window(app: App, tmp_path: Path, qtbot: QtBot) -> None:
    write_photos(tmp_path / "foto", PHOTOS)
    engine = app.context.engine
    qtbot.waitUntil(lambda: engine.state is EngineState.READY, timeout=PATIENCE_MS)
    app.context.navigator.go(Place(Kind.ALL))
    heart = Heartbeat()
    with qtbot.waitSignal(engine.index_ended, timeout=PATIENCE_MS):
        heart.start()
        engine.request(AddFolder(path=bytes(tmp_path / "foto")))
    qtbot.waitUntil(lambda: app.context.results.total == PHOTOS, timeout=PATIENCE_MS)
    heart.stop()
    assert heart.beats > 1
    assert heart.longest_ms < FREEZE_MS
