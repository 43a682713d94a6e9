"""The ground of the window's tests: no screen, no Qt warnings, no leaked threads, and a watch on the UI thread."""

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QThread, QThreadPool
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ritrova_desktop.engine import EngineState
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.search_bar import SearchBar

KNOWN_MESSAGES = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",  # which a popup menu does
)
FILE_EVENTS = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "os.chmod",
    "shutil.",
    "sqlite3.",
    "subprocess.",
    "socket.",
    "tempfile.",
)
STAT_CALLS = ("stat", "lstat", "access", "readlink", "statvfs")

Guard = Callable[[], AbstractContextManager[None]]
PATIENCE_MS = 60_000


class PatientBot(QtBot):
    """Waits for as long as a busy machine may need: a deadline is for what never comes."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 0) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(self, signal: Any, *, timeout: int = 0, **how: Any) -> Any:
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE_MS), **how)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def no_qt_messages(qtlog: Any) -> Iterator[None]:
    """A warning of Qt's fails the test."""
    yield
    said = [record for record in qtlog.records if record.message.strip() not in KNOWN_MESSAGES]
    assert not said, [f"{record.type_name}: {record.message}" for record in said]


@pytest.fixture(scope="session", autouse=True)
def _nothing_old_is_looked_at() -> None:
    """What was imported for the tests holds no thread; leaving it out makes each look at all objects quick."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_qt_threads_left() -> Iterator[None]:
    """A test leaves no thread of Qt's running."""
    yield
    assert QThreadPool.globalInstance().waitForDone(PATIENCE_MS), "work is left in the pool"
    running = [one for one in gc.get_objects() if issubclass(type(one), QThread) and one.isRunning()]
    assert [one for one in running if one is not QApplication.instance().thread()] == []  # type: ignore[union-attr]


class _Watch:
    """What the UI thread did that it should not have. Audit hooks cannot be taken out: one serves all tests."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event.startswith(FILE_EVENTS):
            self.note(f"{event}{arguments[:1]!r}")

    def note(self, what: str) -> None:
        if not self.on or threading.current_thread() is not threading.main_thread():
            return
        stack = traceback.extract_stack()[:-2]
        if any("importlib" in frame.filename for frame in stack):  # a page is imported when it is first visited
            return
        if isinstance(what, str) and "open('/dev" in what:
            return
        ours = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in stack[-6:]]
        self.seen.append(f"{what} from {' < '.join(reversed(ours))}")


@pytest.fixture(scope="session")
def _watch() -> _Watch:
    return _Watch()


@pytest.fixture
def ui_guard(_watch: _Watch, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """`with ui_guard(): qtbot.keyClicks(...)`: fails where the UI thread touches a file, SQL, a socket or a process.

    Audit events tell of most of it; `os.stat` and the like raise none, so they are wrapped.
    """
    for name in STAT_CALLS:
        real = getattr(os, name)

        def wrapped(*args: Any, _real: Any = real, _name: str = name, **kwargs: Any) -> Any:
            _watch.note(f"os.{_name}({args[:1]!r})")
            return _real(*args, **kwargs)

        monkeypatch.setattr(os, name, wrapped)

    @contextmanager
    def guarded() -> Iterator[None]:
        _watch.seen.clear()
        _watch.on = True
        try:
            yield
        finally:
            _watch.on = False
        assert not _watch.seen, "the UI thread was held up:\n" + "\n".join(_watch.seen)

    return guarded


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def words(qapp: QApplication) -> Words:
    return Words("en")


@pytest.fixture(scope="session")
def pictures_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the fake engine's pictures: they are the same in all tests, which only read them."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture
def engine(qapp: QApplication, pictures_of_all: Path) -> Iterator[FakeEngine]:
    """An engine of 100 photos in memory; its thumbnails are files. Started: it greets in the next turn."""
    made = FakeEngine(photos=100, folder=pictures_of_all)
    made.start()
    yield made
    made.close()


@pytest.fixture
def context(engine: FakeEngine, words: Words, theme: Theme) -> Context:
    """What a view is given, around the fake engine. Remembers nothing on the disk."""
    return Context.around(engine, words, theme, State(None))


@pytest.fixture
def real_engine(qtbot: QtBot, tmp_path: Path) -> Iterator[ProcessEngine]:
    """The engine in its own process, on an empty library."""
    made = ProcessEngine(engine_command(tmp_path / "library"))
    made.start()
    qtbot.waitUntil(lambda: made.state is EngineState.READY, timeout=30_000)
    yield made
    made.close()


@pytest.fixture
def bar(context: Context, qtbot: QtBot) -> Iterator[SearchBar]:
    """The search bar in a window of empty pages."""
    window = MainWindow(context, dict.fromkeys(Kind, Page))
    qtbot.addWidget(window)
    bar = SearchBar(context)
    window.set_top_bar(bar)
    window.show_place(context.navigator.here)
    window.resize(1100, 700)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: context.engine.hello is not None)
    bar.field.setFocus()
    yield bar
    bar.close_files()
