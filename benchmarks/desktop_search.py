"""What a keystroke costs in the window: from the end of the debounce until the photos found are painted.

python benchmarks/desktop_search.py --count 100000

The whole window, offscreen, with a real engine on a library of invented photos and the bundled model. The window's own
part is what is not spent waiting for the engine: until the request is written, and from the first byte of the answer
to the end of the painting. Then the same while photos of 12 megapixels are indexed.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from library_search import beside_photos
from machine import Target, describe
from ritrova.engine.messages import Event, Hello, Refusal, Reply, Request, Unable
from ritrova.engine.replies import Results
from ritrova.engine.requests import AddFolder, Search
from ritrova.settings import EncodingSettings
from ritrova_desktop.app import App
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine_client import ProcessEngine
from ritrova_desktop.state import State
from ritrova_desktop.views.result_page import ResultPage

QUERIES = Path(__file__).with_name("queries.txt")
QUIET_MS, OWN_MS, BUSY_MS = 150, 30, 400
PATIENCE_S = 240


@dataclass(slots=True)
class Keystroke:
    """Points in time of one search, by `time.perf_counter`; 0 for what has not happened yet."""

    settled: float  # the debounce is over
    sent: float = 0.0
    arrived: float = 0.0
    painted: float = 0.0

    @property
    def total_ms(self) -> float:
        return (self.painted - self.settled) * 1000

    @property
    def own_ms(self) -> float:
        return (self.sent - self.settled + self.painted - self.arrived) * 1000


class TimedEngine(ProcessEngine):
    """Tells when a search was written and when its answer began to arrive."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(command)
        self.keystroke: Keystroke | None = None
        self._reading_since = 0.0

    def _send(self, request: Request) -> None:
        super()._send(request)
        if isinstance(request.body, Search) and self.keystroke is not None and not self.keystroke.sent:
            self.keystroke.sent = time.perf_counter()

    def _on_output(self) -> None:
        self._reading_since = time.perf_counter()
        super()._on_output()

    def _take(self, message: Hello | Unable | Reply | Refusal | Event) -> None:
        first = isinstance(message, Reply) and isinstance(message.body, Results)
        if first and self.keystroke is not None and self.keystroke.sent and not self.keystroke.arrived:
            self.keystroke.arrived = self._reading_since
        super()._take(message)


class Painting(QObject):
    """Notes the end of the window's first painting after the answer came, of which the grid was a part."""

    def __init__(self, app: App, engine: TimedEngine) -> None:
        super().__init__()
        page = app.window.page
        assert isinstance(page, ResultPage)
        self._window, self._viewport, self._engine = app.window, page.grid.viewport(), engine
        self._inside = self._grid_too = False
        self._window.installEventFilter(self)
        self._viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        keystroke = self._engine.keystroke
        waited_for = keystroke is not None and keystroke.arrived and not keystroke.painted
        if event.type() is QEvent.Type.Paint and watched is self._viewport:
            self._grid_too = True
        if event.type() is not QEvent.Type.UpdateRequest or self._inside or not waited_for:
            return False
        self._inside, self._grid_too = True, False
        self._window.event(event)  # paints all that is to be painted
        self._inside = False
        if self._grid_too and keystroke is not None:
            keystroke.painted = time.perf_counter()
        return True


def wait_until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError
        QTest.qWait(1)


def typed(app: App, engine: TimedEngine, sentence: str) -> Keystroke:
    """Type a sentence and wait until its photos are painted."""
    field, settled = app.search_bar.field, list[Keystroke]()

    def settle(_query: object) -> None:
        settled.append(Keystroke(settled=time.perf_counter()))
        engine.keystroke = settled[-1]

    engine.keystroke = None
    field.selectAll()
    app.context.search.query_changed.connect(settle)
    for letter in sentence:  # QTest knows ASCII alone
        QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter))
    wait_until(lambda: settled and settled[-1].painted and not app.context.search.busy)
    app.context.search.query_changed.disconnect(settle)
    return settled[-1]


def told(title: str, keystrokes: list[Keystroke]) -> tuple[float, float]:
    total, own = (np.array([getattr(each, name) for each in keystrokes]) for name in ("total_ms", "own_ms"))
    print(
        f"  {title:16} painted: median {np.median(total):6.1f} ms, slowest {total.max():6.1f} ms; of these the window's"
        f" own: median {np.median(own):5.1f} ms, slowest {own.max():5.1f} ms   ({len(keystrokes)} searches)"
    )
    return float(np.median(total)), float(np.median(own))


def started(root: Path) -> tuple[App, TimedEngine, Painting]:
    """The window on a library, its model loaded, its photos shown."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    code = "from ritrova.cli.main import run; run()"
    engine = TimedEngine([sys.executable, "-c", code, "--library", str(root), "engine"])
    app = App(application, engine, State(None), Options())
    ready: list[object] = []
    engine.model_ready.connect(ready.append)
    app.show()
    wait_until(lambda: ready and app.context.results.rowCount())
    app.window.resize(1366, 768)
    app.window.activateWindow()
    app.search_bar.field.setFocus()
    return app, engine, Painting(app, engine)


def while_indexing(app: App, engine: TimedEngine, folder: Path, sentences: list[str]) -> list[Keystroke]:
    ended: list[object] = []
    engine.index_ended.connect(ended.append)
    engine.request(AddFolder(path=os.fsencode(folder)))
    keystrokes: list[Keystroke] = []
    while not ended:
        keystrokes.append(typed(app, engine, f"{sentences[len(keystrokes) % len(sentences)]} {len(keystrokes)}"))
    return keystrokes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--searches", type=int, default=30)
    parser.add_argument("--photos", type=int, default=60, help="to be indexed meanwhile")
    arguments = parser.parse_args()
    sentences = [line.strip() for line in QUERIES.read_text(encoding="utf-8").splitlines() if line.strip()]
    print(describe())
    with beside_photos(arguments.model, arguments.count, arguments.photos) as (root, folder):
        app, engine, _painting = started(root)
        print(f"\n{arguments.count} photos")
        typed(app, engine, sentences[-1])  # the first one fills caches
        quiet, own = told("at rest", [typed(app, engine, sentence) for sentence in sentences[: arguments.searches]])
        busy, _ = told("while indexing", while_indexing(app, engine, folder, sentences))
        app.close()
    print(Target(f"keystroke to painted at {arguments.count}", quiet, QUIET_MS, " ms"))
    print(Target("the window's own part", own, OWN_MS, " ms"))
    print(Target("the same while indexing", busy, BUSY_MS, " ms"))


if __name__ == "__main__":
    main()
