"""A real engine process, and a window's side of its pipes."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from PIL import Image

from ritrova.engine.base import Frozen
from ritrova.engine.channel import decode_answer, encode, read_frame
from ritrova.engine.events import AnyEvent, IndexEnded
from ritrova.engine.messages import Event, Hello, Refusal, Reply, Request, Unable
from ritrova.engine.query import Query
from ritrova.engine.replies import Columns, DetailsOf, Folders, Results, ResultsPart
from ritrova.engine.requests import AddFolder, Details, Search

WAIT_S = 240.0  # nobody waits so long but on a machine that is busy with something else
T = TypeVar("T", bound=Frozen)


class Window:
    """Starts `ritrova engine` and asks it, from the test's thread; what it says unasked is kept in `events`."""

    def __init__(self, root: Path, environment: dict[str, str] | None = None, first: Frozen | None = None) -> None:
        """`first` is asked alone, before the library is opened."""
        code = "from ritrova.cli.main import run; run()"
        command = [sys.executable, "-c", code, "--library", str(root), "engine", *(["--alone"] if first else [])]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | (environment or {})
        )
        self._answers: queue.Queue[Reply | Refusal | None] = queue.Queue()
        self._first: queue.Queue[Hello | Unable | None] = queue.Queue()
        self._kept: list[Reply | Refusal] = []
        self.events: list[AnyEvent] = []
        self._came = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._last = 0
        if first is not None:
            self.send(first)
        self.first = self._first.get(timeout=WAIT_S)

    @property
    def hello(self) -> Hello:
        assert isinstance(self.first, Hello), self.first
        return self.first

    def next_hello(self) -> Hello:
        """It greets again when it has become the writer."""
        found = self._first.get(timeout=WAIT_S)
        assert isinstance(found, Hello)
        return found

    def send(self, body: Frozen) -> int:
        self._last += 1
        self.send_bytes(encode(Request.model_validate({"id": self._last, "body": body})))
        return self._last

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def answer(self, number: int) -> Reply | Refusal:
        """The next answer to a request."""
        for kept in self._kept:
            if kept.id == number:
                self._kept.remove(kept)
                return kept
        while True:
            found = self._answers.get(timeout=WAIT_S)
            assert found is not None, "the engine ended"
            if found.id == number:
                return found
            self._kept.append(found)

    def ask(self, body: Frozen, kind: type[T]) -> T:
        """Ask, and have a reply of this kind."""
        found = self.answer(self.send(body))
        assert isinstance(found, Reply), found
        assert isinstance(found.body, kind)
        return found.body

    def refused(self, body: Frozen) -> Refusal:
        found = self.answer(self.send(body))
        assert isinstance(found, Refusal), found
        return found

    def search(self, query: Query | str, first: int = 0, count: int = 500_000) -> tuple[Results, list[Columns]]:
        """All parts of an answer."""
        spec = query if isinstance(query, Query) else Query(text=query, fold=False)
        number = self.send(Search(spec=spec, first=first, count=count))
        reply = self.answer(number)
        assert isinstance(reply, Reply), reply
        assert isinstance(reply.body, Results)
        results, parts = reply.body, [reply.body.columns]
        while reply.more:
            reply = self.answer(number)
            assert isinstance(reply, Reply), reply
            assert isinstance(reply.body, ResultsPart)
            parts.append(reply.body.columns)
        return results, parts

    def found(self, query: Query | str) -> list[str]:
        """The names of the files that answer, in their order."""
        _, parts = self.search(query)
        details = self.ask(Details(files=sum((part.files for part in parts), ())), DetailsOf)
        return [os.path.basename(os.fsdecode(photo.path)) for photo in details.photos]

    def wait_for(self, kind: type[T], such: Callable[[T], bool] = lambda _: True, after: int = 0) -> T:
        """An event of this kind, since the `after`th one."""

        def found() -> T | None:
            return next((each for each in self.events[after:] if isinstance(each, kind) and such(each)), None)

        with self._came:
            assert self._came.wait_for(lambda: found() is not None, WAIT_S), self.events[after:]
        event = found()
        assert event is not None
        return event

    def wait_until_indexed(self, **counts: int) -> None:
        """Until the runs that ended have together done so much: `wait_until_indexed(added=3)`."""

        def reached() -> bool:
            reports = [each.report for each in self.events if isinstance(each, IndexEnded) and each.report]
            return all(sum(getattr(report, name) for report in reports) >= n for name, n in counts.items())

        with self._came:
            assert self._came.wait_for(reached, WAIT_S), self.events

    def close(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):  # it may be gone, and so may we have closed it
            self.process.stdin.close()
        self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def family(self) -> list[psutil.Process]:
        """The engine and all its descendants."""
        engine = psutil.Process(self.process.pid)
        return [engine, *engine.children(recursive=True)]

    def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while (payload := read_frame(self.process.stdout)) is not None:
                self._take(decode_answer(payload))
        finally:
            self._first.put(None)
            self._answers.put(None)

    def _take(self, message: Any) -> None:
        match message:
            case Hello() | Unable():
                self._first.put(message)
            case Event():
                with self._came:
                    self.events.append(message.body)
                    self._came.notify_all()
            case _:
                self._answers.put(message)


Open = Callable[..., Window]


@pytest.fixture
def open_window(root: Path, tmp_path: Path) -> Iterator[Open]:
    """Start engines on the library `root`, with a trash of their own; they are ended with the test."""
    windows: list[Window] = []

    def start(first: Frozen | None = None) -> Window:
        windows.append(Window(root, {"XDG_DATA_HOME": str(tmp_path / "data")}, first))
        return windows[-1]

    yield start
    for window in windows:
        window.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One engine for the tests of a module that leave its library as it was: rosso.jpg, verde.jpg, mare/blu.jpg."""
    place = tmp_path_factory.mktemp("shared")
    (place / "library").mkdir()
    (place / "library" / "settings.json").write_text('{"encoding": {"model": "fake"}, "decoding": {"workers": 1}}')
    for name, colour, size in (
        ("rosso.jpg", (220, 30, 30), (48, 32)),
        ("verde.jpg", (40, 160, 50), (48, 32)),
        ("mare/blu.jpg", (30, 50, 200), (32, 48)),
    ):
        path = place / "foto" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour).save(path)
    window = Window(place / "library")
    window.ask(AddFolder(path=os.fsencode(place / "foto")), Folders)
    window.wait_until_indexed(added=3)
    yield window
    window.close()
