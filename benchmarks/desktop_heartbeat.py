"""How long the window's thread is kept from its next turn while photos are indexed; beside a bare Qt loop.

python benchmarks/desktop_heartbeat.py --count 2000

The whole window, offscreen, with a real engine that indexes small photos with the bundled model, while all photos are
shown as they come and a search is asked now and then. The bare loop beats in a process of its own at the same time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from heartbeat import Heartbeat
from machine import BUILD, Target, describe, measured
from ritrova.engine.requests import AddFolder
from ritrova.settings import EncodingSettings
from ritrova_desktop.app import App
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine_client import ProcessEngine
from ritrova_desktop.state import State
from ritrova_desktop.views.navigation import Kind, Place

LONGEST_MS = 50
PATIENCE_S = 3_600
SENTENCES = ("un cane sulla spiaggia", "neve", "la torta di compleanno")
EACH_MS = 1_500
SIZE = (640, 480)


def write_photos(folder: Path, count: int) -> None:
    """Blurred noise, each another: cheap to make and to read."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for number in range(count):
        cells = random.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(cells).resize(SIZE, Image.Resampling.BICUBIC).save(folder / f"{number:05}.jpg", quality=80)


def bare() -> None:
    """A loop that does nothing but beat, until its input ends; says what it saw."""
    application = QCoreApplication([])
    heart = Heartbeat()
    heart.start()
    os.set_blocking(0, False)
    look = QTimer(interval=100)
    look.timeout.connect(lambda: application.quit() if _input_ended() else None)
    look.start()
    application.exec()
    heart.stop()
    print(json.dumps({"own": heart.longest_ms, "late": heart.latest_ms}))


def _input_ended() -> bool:
    try:
        return os.read(0, 1) == b""
    except BlockingIOError:
        return False


def wait_until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError
        QTest.qWait(20)


def beat_while_indexing(root: Path, photos: Path) -> Heartbeat:
    """The window's heart, from the first photo to the last."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    code = "from ritrova.cli.main import run; run()"
    engine = ProcessEngine([sys.executable, "-c", code, "--library", str(root), "engine"])
    app = App(application, engine, State(None), Options())
    app.window.resize(1366, 768)
    app.show()
    ready: list[object] = []
    ended: list[object] = []
    engine.model_ready.connect(ready.append)
    engine.index_ended.connect(ended.append)
    wait_until(lambda: ready)
    app.context.navigator.go(Place(Kind.ALL))
    heart, asked = Heartbeat(), 0
    searches = QTimer(interval=EACH_MS)

    def ask() -> None:
        nonlocal asked
        app.context.search.set_text(SENTENCES[asked % len(SENTENCES)] if asked % 2 else "")
        asked += 1

    searches.timeout.connect(ask)
    searches.start()
    heart.start()
    engine.request(AddFolder(path=os.fsencode(photos)))
    wait_until(lambda: ended)
    heart.stop()
    searches.stop()
    app.close()
    return heart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        bare()
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    print(describe())
    with tempfile.TemporaryDirectory(dir=BUILD) as name, measured() as spent:
        root, photos = Path(name) / "library", Path(name) / "photos"
        root.mkdir()
        (root / "settings.json").write_text(json.dumps({"encoding": {"model": arguments.model}}), encoding="utf-8")
        write_photos(photos, arguments.count)
        beside = subprocess.Popen(
            [sys.executable, __file__, "--bare"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            heart = beat_while_indexing(root, photos)
        finally:
            said, _ = beside.communicate()
    of_bare = json.loads(said)
    print(f"  {arguments.count} photos in {spent.wall:.0f} s; others had {spent.others:.0%} of the cores meanwhile")
    print(
        f"  a bare loop beside it: {of_bare['own']:.1f} ms, and {of_bare['late']:.1f} ms with waiting for a processor"
    )
    print(f"  the window: {heart.beats} beats; {heart.latest_ms:.1f} ms with waiting for a processor")
    print(Target("longest turn of the window's loop while indexing", heart.longest_ms, LONGEST_MS, " ms"))


if __name__ == "__main__":
    main()
