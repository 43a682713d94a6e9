"""The engine's process seen from the window: it may die, babble, or hang; the window goes on."""

import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from ritrova.engine.base import Fault
from ritrova.engine.query import Query
from ritrova.engine.requests import Doctor, GetStatus, ListFolders, Pause, Search
from ritrova_desktop.engine import EngineState
from ritrova_desktop.engine_client import ProcessEngine, engine_command

SCRIPT = """
import os, pathlib, sys, time
from ritrova.engine.channel import Sender, decode_request, read_frame
from ritrova.engine.messages import Event, Hello, Refusal, Reply
from ritrova.engine.base import Fault, Text
from ritrova.engine.events import ModelReady
from ritrova.engine.replies import Columns, Done, Folders, Results, ResultsPart

mode, marks = sys.argv[1], pathlib.Path(sys.argv[2])
starts = len(list(marks.iterdir()))
(marks / str(starts)).touch()
sender = Sender(sys.stdout.buffer)
if mode == "stillborn":
    sys.exit(3)
hello = Hello(version="0", pid=os.getpid(), library=b"/l", thumbnails=b"/t", read_only=False)
sender.send(hello if mode != "stranger" else hello.model_copy(update={"protocol": 99}))
sender.send(Event(body=ModelReady(model="m", device="cpu")))
print("a word beside the channel", file=sys.stderr)
while (frame := read_frame(sys.stdin.buffer)) is not None:
    request = decode_request(frame)
    kind = request.body.kind
    if kind == "shutdown":
        if mode == "stubborn":
            time.sleep(60)
        break
    if kind == "list-folders" and mode == "killer":
        os._exit(9)
    if kind == "pause":
        os._exit(9)
    if kind == "list-folders" and mode == "babbler" and starts == 0:
        sys.stdout.buffer.write(b"\\xff\\xff\\xff\\xff no frame")
        sys.stdout.buffer.flush()
    elif kind == "search":
        if mode == "mortal" and starts == 0:
            os._exit(9)
        sender.send(Reply(id=request.id, body=Results(total=2, searchable=2, indexing=False, first=0,
                    columns=Columns()), more=True))
        sender.send(Reply(id=request.id, body=ResultsPart(first=1, columns=Columns())))
    elif kind == "doctor":
        sender.send(Refusal(id=request.id, error=Fault(type="X", whose="usage", title=Text(key="no"))))
    else:
        sender.send(Reply(id=request.id, body=Folders(folders=()) if kind == "list-folders" else Done()))
"""


class Made:
    """Engines that a test starts; all of them end with it."""

    def __init__(self, folder: Path) -> None:
        (folder / "starts").mkdir()
        (folder / "script.py").write_text(SCRIPT)
        self._folder = folder
        self.engines: list[ProcessEngine] = []

    def __call__(self, mode: str, back_off_ms: tuple[int, ...] = (1, 1)) -> ProcessEngine:
        command = [sys.executable, str(self._folder / "script.py"), mode, str(self._folder / "starts")]
        engine = ProcessEngine(command, back_off_ms)
        self.engines.append(engine)
        engine.start()
        return engine

    @property
    def starts(self) -> int:
        return len(list((self._folder / "starts").iterdir()))


@pytest.fixture
def start(tmp_path: Path, qapp: object) -> Any:
    made = Made(tmp_path)
    yield made
    for engine in made.engines:
        engine.close()


def test_questions_wait_for_the_engine_and_are_answered(start: Made, qtbot: QtBot) -> None:
    engine = start("sound")
    parts: list[tuple[Any, bool]] = []
    faults: list[Fault] = []
    engine.request(Search(spec=Query(text="gatto")), lambda body, more: parts.append((body, more)))
    engine.request(Doctor(), None, faults.append)
    with qtbot.waitSignal(engine.model_ready, timeout=10_000):
        pass
    qtbot.waitUntil(lambda: len(parts) == 2 and len(faults) == 1)
    assert [(body.kind, more) for body, more in parts] == [("results", True), ("results-part", False)]
    assert engine.hello is not None
    assert engine.hello.pid == engine.process_id


def test_a_search_outlives_the_engine(start: Made, qtbot: QtBot) -> None:
    engine = start("mortal")
    answers: list[Any] = []
    states: list[EngineState] = []
    engine.state_changed.connect(states.append)
    engine.request(Search(spec=Query(text="gatto")), lambda body, _more: answers.append(body))
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=10_000)
    assert states == [EngineState.READY, EngineState.RESTARTING, EngineState.READY]
    assert start.starts == 2


def test_a_change_is_not_made_twice(start: Made, qtbot: QtBot) -> None:
    """Whether the engine carried it out before it died is not known."""
    engine = start("sound")
    faults: list[Fault] = []
    engine.request(Pause(), None, faults.append)
    qtbot.waitUntil(lambda: bool(faults), timeout=10_000)
    assert faults[0].type == "EngineLost"
    qtbot.waitUntil(lambda: engine.state is EngineState.READY, timeout=10_000)


def test_a_question_that_kills_is_not_asked_for_ever(start: Made, qtbot: QtBot) -> None:
    engine = start("killer")
    faults: list[Fault] = []
    engine.request(ListFolders(), None, faults.append)
    qtbot.waitUntil(lambda: bool(faults), timeout=15_000)
    qtbot.waitUntil(lambda: engine.state is EngineState.READY, timeout=10_000)
    assert start.starts == 3


@pytest.mark.parametrize(("mode", "starts"), [("stillborn", 3), ("stranger", 1)])
def test_an_engine_that_cannot_work_is_given_up_and_may_be_started_again(
    start: Made, qtbot: QtBot, mode: str, starts: int
) -> None:
    engine = start(mode)
    with qtbot.waitSignal(engine.failed, timeout=15_000):
        pass
    assert engine.state is EngineState.FAILED
    assert start.starts == starts
    with qtbot.waitSignal(engine.failed, timeout=15_000):
        engine.start()


def test_an_engine_that_is_not_there_is_said(qtbot: QtBot) -> None:
    engine = ProcessEngine(["/no/such/engine"])
    with qtbot.waitSignal(engine.failed):
        engine.start()
    engine.close()


def test_babble_ends_the_engine_not_the_window(start: Made, qtbot: QtBot) -> None:
    engine = start("babbler")
    answers: list[Any] = []
    engine.request(ListFolders(), lambda body, _more: answers.append(body))
    qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
    assert start.starts == 2


def test_an_engine_that_does_not_end_is_ended(start: Made, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ritrova_desktop.engine_client.CLOSE_MS", 200)
    engine = start("stubborn")
    qtbot.waitUntil(lambda: engine.state is EngineState.READY, timeout=10_000)
    process = psutil.Process(engine.process_id)
    engine.close()
    assert not process.is_running()


def test_an_answer_for_what_is_gone_is_dropped(start: Made, qtbot: QtBot) -> None:
    from PySide6.QtCore import QObject

    engine = start("sound")
    owner, answers = QObject(), list[Any]()
    engine.request(ListFolders(), lambda body, _more: answers.append(body), owner=owner)
    owner.deleteLater()
    with qtbot.waitSignal(engine.model_ready, timeout=10_000):
        pass
    done: list[Any] = []
    engine.request(ListFolders(), lambda body, _more: done.append(body))
    qtbot.waitUntil(lambda: bool(done))
    assert answers == []


def test_the_engine_is_found_beside_the_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_command(tmp_path)[1:] == ["--library", str(tmp_path), "engine"]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError):
        engine_command(tmp_path)
    (tmp_path / "ritrova").touch(mode=0o755)
    assert engine_command(tmp_path)[0] == str(tmp_path / "ritrova")


def test_asking_touches_no_file(start: Made, qtbot: QtBot, ui_guard: Any) -> None:
    engine = start("sound")
    qtbot.waitUntil(lambda: engine.state is EngineState.READY, timeout=10_000)
    answers: list[Any] = []
    with ui_guard():
        for _ in range(20):
            engine.request(GetStatus(), lambda body, _more: answers.append(body))
        qtbot.waitUntil(lambda: len(answers) == 20)
