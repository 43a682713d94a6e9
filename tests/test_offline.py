"""The offline promise: indexing, searching and the window try no network; what is trained does not either
(`tests/trainer/test_trainer_offline.py`).

Python's own sockets are forbidden by an audit hook in every process, and each attempt is written down. What is not
Python cannot be seen so: where the system allows it, all runs in a network namespace without any network.
"""

import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from offline_runs import Offline, why_no_namespace

WINDOW = Path(__file__).parent / "offline" / "window.py"
NO_NAMESPACE = why_no_namespace()


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Offline:
    """A home of its own, and in it a library that has seen two photos with the model that ships."""
    home = tmp_path_factory.mktemp("home")
    (home / "foto").mkdir()
    (home / "library").mkdir(mode=0o700)
    (home / "library" / "settings.json").write_text('{"decoding": {"workers": 1}, "encoding": {"device": "cpu"}}')
    for name, colour in (("rosso", (220, 30, 30)), ("blu", (30, 50, 200))):
        Image.new("RGB", (64, 48), colour).save(home / "foto" / f"{name}.jpg")
    offline = Offline(home, namespace=NO_NAMESPACE is None)
    for words in (["add", home / "foto"], ["index"]):
        done = offline.program("ritrova.cli.main", "--library", home / "library", *words)
        assert done.returncode == 0, done.stderr
    return offline


def test_the_guard_sees_and_refuses_an_attempt(tmp_path: Path) -> None:
    offline = Offline(tmp_path, namespace=False)
    for code in (
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.getaddrinfo('example.invalid', 80)",
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import urllib.request as r;"
        ' r.urlopen("http://192.0.2.1")\']))',
    ):
        before = len(offline.attempts)
        assert offline.python("-c", code).returncode != 0
        assert len(offline.attempts) > before, code
    assert len(offline.started) == 5


@pytest.mark.skipif(NO_NAMESPACE is not None, reason=str(NO_NAMESPACE))
def test_the_namespace_has_no_network(tmp_path: Path) -> None:
    done = Offline(tmp_path, namespace=True).python("-c", "import socket; print(socket.if_nameindex())")
    assert [name for _, name in eval(done.stdout)] == ["lo"]


def test_indexing_and_searching_try_no_network(offline: Offline) -> None:
    root = offline.home / "library"
    found = offline.program("ritrova.cli.main", "--library", root, "search", "un muro rosso", "--json")
    like = offline.program("ritrova.cli.main", "--library", root, "similar", offline.home / "foto" / "blu.jpg")
    assert (found.returncode, like.returncode) == (0, 0), found.stderr + like.stderr
    assert len([json.loads(line) for line in found.stdout.splitlines()]) == 2
    assert any("forkserver" in command for command in offline.started), "the decoders were not guarded"
    assert offline.attempts == []


def test_the_window_and_its_engine_try_no_network(offline: Offline) -> None:
    pytest.importorskip("PySide6.QtWidgets", reason="the window is not installed")
    before = len(offline.started)
    done = offline.python(WINDOW, offline.home / "library")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "2"
    assert any("engine" in command.split() for command in offline.started[before:]), "the engine was not guarded"
    assert offline.attempts == []


def test_what_the_programs_wrote_lies_where_the_page_says(offline: Offline) -> None:
    """docs/privacy.md names each folder; nothing else appears in a person's home."""
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text("utf-8")
    root = offline.home / "library"
    named = {path.name for path in root.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert {name for name in named if f"`{name}`" not in page} == set()
    if os.name == "posix":
        assert root.stat().st_mode & 0o077 == 0
