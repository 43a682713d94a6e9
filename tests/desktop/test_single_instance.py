"""One window a library: the second start raises the first; what lies in the way, or speaks nonsense, does no harm."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from ritrova_desktop import single_instance
from ritrova_desktop.single_instance import LONGEST, MOST_FILES, SingleInstance, name_of

SECOND = """
import json, sys
from PySide6.QtCore import QCoreApplication
from ritrova_desktop.single_instance import SingleInstance
application = QCoreApplication([])
print(SingleInstance(sys.argv[1]).claim(json.loads(sys.argv[2])))
"""
KILLED = """
import os, sys
from PySide6.QtCore import QCoreApplication
from ritrova_desktop.single_instance import SingleInstance
application = QCoreApplication([])
instance = SingleInstance(sys.argv[1])
assert instance.claim()
os._exit(9)
"""


@pytest.fixture
def first(tmp_path: Path, qapp: object) -> Any:
    instance = SingleInstance(name_of(tmp_path))
    assert instance.claim()
    yield instance
    instance.close()


def speak(qtbot: QtBot, name: str, said: bytes) -> QLocalSocket:
    socket = QLocalSocket()
    socket.connectToServer(name)
    assert socket.waitForConnected(60_000)
    socket.write(said)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=5_000)
    return socket


def test_a_second_start_hands_over_its_files(first: SingleInstance, qtbot: QtBot) -> None:
    files = ["/foto/perché no.jpg", os.fsdecode(b"/foto/\xff.jpg")]
    with qtbot.waitSignal(first.asked, timeout=10_000) as asked:
        second = subprocess.Popen(
            [sys.executable, "-c", SECOND, first.name, json.dumps(files)], stdout=subprocess.PIPE, text=True
        )
    assert asked.args == [files]
    assert second.communicate(timeout=10)[0].strip() == "False"


def test_another_library_has_a_window_of_its_own(first: SingleInstance, tmp_path: Path) -> None:
    other = SingleInstance(name_of(tmp_path / "other"))
    assert other.claim()
    other.close()


def test_two_ways_to_a_library_are_one(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "link").symlink_to("library")
    assert name_of(tmp_path / "link") == name_of(tmp_path / "library")


def test_what_a_killed_window_left_is_no_obstacle(tmp_path: Path, qtbot: QtBot) -> None:
    name = name_of(tmp_path)
    assert subprocess.run([sys.executable, "-c", KILLED, name], timeout=20).returncode == 9
    instance = SingleInstance(name)
    assert instance.claim()
    with qtbot.waitSignal(instance.asked):
        speak(qtbot, name, b'{"files": []}\n')
    instance.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes; Qt sets an access list there")
def test_only_the_same_user_can_reach_it(first: SingleInstance) -> None:
    server = first.findChild(QLocalServer)
    assert server is not None
    assert stat.S_IMODE(Path(server.fullServerName()).stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "said",
    [
        b"no json\n",
        b"[]\n",
        b'{"files": 3}\n',
        b'{"files": [3]}\n',
        b"[" * 100_000 + b"\n",
        json.dumps({"files": ["x"] * (MOST_FILES + 1)}).encode() + b"\n",
        b"x" * (LONGEST + 10),
    ],
    ids=["text", "list", "number", "numbers", "deep", "many", "long"],
)
def test_nonsense_is_hung_up_on(first: SingleInstance, qtbot: QtBot, said: bytes) -> None:
    asked: list[list[str]] = []
    first.asked.connect(asked.append)
    socket = speak(qtbot, first.name, said)
    assert asked == []
    assert bytes(socket.readAll().data()) == b""
    speak(qtbot, first.name, b'{"files": ["/a"]}\n')  # it still listens
    assert asked == [["/a"]]


def test_who_says_nothing_is_not_waited_for(
    first: SingleInstance, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "ANSWER_MS", 50)
    speak(qtbot, first.name, b'{"files"')
