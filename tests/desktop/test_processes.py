"""The window's process and those behind it: none is left, and none knows more than it should."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from ritrova.engine.query import Query
from ritrova.engine.replies import Folders, Results
from ritrova.engine.requests import AddFolder, ListFolders, Search
from ritrova_desktop.engine import EngineState
from ritrova_desktop.engine_client import ProcessEngine

HEAVY = ("torch", "PIL", "pillow_heif", "rawpy", "hnswlib", "sqlalchemy", "transformers", "timm", "typer", "rich")
IMPORT_ALL = """
import json, pkgutil, importlib, sys, ritrova_desktop
for module in pkgutil.walk_packages(ritrova_desktop.__path__, "ritrova_desktop."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(json.dumps([name for name in json.loads(sys.argv[1]) if name in sys.modules]))
"""


@pytest.fixture
def window(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`ritrova-desktop` in a process of its own, on an empty library."""
    places = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ritrova_desktop", "--library", str(tmp_path / "library")],
        env={**os.environ, **places},
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


def engine_of(window: "subprocess.Popen[bytes]") -> psutil.Process:
    """The engine that a window started, once it is there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for child in psutil.Process(window.pid).children():
            if "engine" in child.cmdline():
                return child
        time.sleep(0.02)
    raise AssertionError("the window starts no engine")


def test_the_window_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(HEAVY)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM"])
def test_nothing_outlives_a_window_that_was_killed(window: "subprocess.Popen[bytes]", number: str) -> None:
    engine = engine_of(window)
    window.send_signal(getattr(signal, number))
    window.wait(timeout=120)
    _, alive = psutil.wait_procs([engine], timeout=120)
    assert alive == []


def test_an_engine_that_was_killed_comes_back_with_the_question(real_engine: ProcessEngine, qtbot: QtBot) -> None:
    answers: list[Results] = []
    psutil.Process(real_engine.process_id).kill()
    real_engine.request(Search(spec=Query()), lambda body, _more: answers.append(body))
    qtbot.waitUntil(lambda: real_engine.state is EngineState.RESTARTING, timeout=5_000)
    qtbot.waitUntil(lambda: bool(answers), timeout=30_000)
    assert answers[0].total == 0


def test_folders_are_added_and_kept_over_a_restart(real_engine: ProcessEngine, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "foto").mkdir()
    answers: list[Folders] = []
    real_engine.request(AddFolder(path=bytes(tmp_path / "foto")), lambda body, _more: answers.append(body))
    qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
    psutil.Process(real_engine.process_id).kill()
    qtbot.waitUntil(lambda: real_engine.state is EngineState.RESTARTING, timeout=5_000)
    real_engine.request(ListFolders(), lambda body, _more: answers.append(body))
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=30_000)
    assert [folder.path for folder in answers[1].folders] == [bytes(tmp_path / "foto")]
