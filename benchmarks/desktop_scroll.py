"""Scrolling the grid, and the memory of many results: `python benchmarks/desktop_scroll.py --count 100000`.

A frame is what the UI thread does for one step of scrolling: the step itself (layout, which thumbnails to ask for) and
painting into the window's memory. Warm: all thumbnails of the stretch are in the cache. Cold: none is; they come in
while it scrolls, and their becoming pixmaps counts. The memory is that of a fresh process that holds nothing else.
Offscreen; `--scale 2` for a screen of twice the pixels.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "--scale" in sys.argv:
    os.environ["QT_SCALE_FACTOR"] = sys.argv[sys.argv.index("--scale") + 1]

import numpy as np
import psutil
from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from machine import Target, describe
from ritrova.engine.replies import Columns, Results, ResultsPart
from ritrova.engine.requests import PART
from ritrova.paths import thumbnail_path
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.models.results import ResultsModel
from ritrova_desktop.models.thumbnails import Thumbnails
from ritrova_desktop.state import State
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.result_grid import ResultGrid

WINDOW = (1366, 768)
SHAPES = ((4032, 3024), (3024, 4032), (6000, 4000), (3000, 3000), (5472, 2000))
DIFFERENT = 400
"""Thumbnail files: photo n shows file n modulo this, so that the disk does not fill."""

Frames = list[tuple[float, float]]
"""Milliseconds of each: by the clock, and of the processor for the UI thread; the first counts what others took."""


def columns(first: int, last: int) -> Columns:
    numbers = range(first, last)
    shapes = [SHAPES[number * 7 % len(SHAPES)] for number in numbers]
    return Columns(
        hashes=b"".join(content(number) for number in numbers),
        files=tuple(number + 1 for number in numbers),
        widths=tuple(width for width, _ in shapes),
        heights=tuple(height for _, height in shapes),
        taken=tuple(str(np.datetime64("2025-08-31") - number // 12) for number in numbers),
        strengths=tuple(1 - number % 100 / 100 for number in numbers),
        folded=tuple(3 if number % 11 == 0 else 0 for number in numbers),
        marks=bytes(4 if number % 7 == 0 else 8 if number % 13 == 0 else 0 for number in numbers),
    )


def content(number: int) -> bytes:
    return hashlib.blake2b(number.to_bytes(8, "big"), digest_size=32).digest()


def fill(model: ResultsModel, count: int) -> None:
    """As an answer comes: the head, then parts."""
    model.begin(Results(total=count, searchable=count, indexing=False, first=0, columns=columns(0, 200)), 1)
    for first in range(200, count, PART):
        model.add(ResultsPart(first=first, columns=columns(first, min(first + PART, count))))
    model.finish()


def context(application: QApplication, folder: Path) -> Context:
    engine = FakeEngine(photos=0, folder=folder)
    engine.start()
    words, theme = Words("en"), Theme(application, "light")
    return Context.around(engine, words, theme, State(None))


def write_thumbnails(folder: Path, numbers: range) -> None:
    """Noise in the photo's shape: it decodes as slowly as a photo does. Many names share a file."""
    made: dict[int, Path] = {}
    random = np.random.default_rng(0)
    for number in numbers:
        path = thumbnail_path(folder / "thumbnails", content(number))
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = number * 7 % len(SHAPES) + len(SHAPES) * (number % (DIFFERENT // len(SHAPES)))
        if kind in made:
            path.hardlink_to(made[kind])
            continue
        width, height = SHAPES[number * 7 % len(SHAPES)]
        scale = 256 / max(width, height)
        small = QImage(16, 16, QImage.Format.Format_RGB32)
        for x in range(16):
            for y in range(16):
                small.setPixelColor(x, y, QColor.fromHsv(*(int(n) for n in random.integers(0, (360, 255, 255)))))
        image = small.scaled(round(width * scale), round(height * scale))
        if not image.save(str(path), quality=80):
            raise OSError(path)
        made[kind] = path


def scroll(grid: ResultGrid, start: int, pixels: int, step: int, wait_ms: int) -> Frames:
    """Step by step over a stretch."""
    bar, frames = grid.verticalScrollBar(), []
    for value in range(start, start + pixels, step):
        clock, processor = time.perf_counter(), time.thread_time()
        bar.setValue(value)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 0)  # timers, what came, painting
        frames.append(((time.perf_counter() - clock) * 1000, (time.thread_time() - processor) * 1000))
        time.sleep(wait_ms / 1000)  # the threads read meanwhile, as between two frames of a screen
    return frames


def settle(grid: ResultGrid, thumbnails: Thumbnails) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        time.sleep(0.02)
        tiles = grid.geometry_of_tiles.tiles(grid.offset, grid.offset + grid.viewport().height())
        if all(thumbnails.get(grid.results.content(tile.index)) is not None for tile in tiles):
            return
    raise TimeoutError("thumbnails do not come")


def told(name: str, frames: Frames, bound: float) -> None:
    for at, by in enumerate(("by the clock", "of the processor")):
        times = np.array(frames)[:, at]
        over = float(np.mean(times > bound))
        print(f"  {name}, {len(frames)} frames, {by}: median {np.median(times):.1f} ms, 99 % "
              f"{np.percentile(times, 99):.1f} ms, {over:.1%} over {bound:g} ms")  # fmt: skip
        print(Target(f"{name}: longest frame {by}", float(times.max()), bound, " ms"))


def measure_scrolling(count: int, folder: Path) -> None:
    application = QApplication(sys.argv[:1])
    made = context(application, folder)
    grid = ResultGrid(made)
    grid.resize(*WINDOW)
    grid.show()
    fill(made.results, count)
    print(f"\n{count} results, window {WINDOW[0]} x {WINDOW[1]} at {grid.devicePixelRatioF():g}x")
    clock = time.thread_time()
    grid.set_zoom(grid.zoom + 1)
    grid.set_zoom(grid.zoom - 1)
    print(f"  laid out anew in {(time.thread_time() - clock) / 2 * 1000:.0f} ms of the processor")
    page = grid.viewport().height()
    first = grid.geometry_of_tiles.bottom // 2 // page * page
    stretch = 4 * page
    tiles = grid.geometry_of_tiles.tiles(first - 2 * page, first + stretch + 30 * page)
    write_thumbnails(folder, range(tiles[0].index, tiles[-1].index + 1))
    made.thumbnails.set_limit(512 << 20)
    for value in range(first, first + stretch + page, page // 2):
        grid.verticalScrollBar().setValue(value)
        settle(grid, made.thumbnails)
    warm = [frame for _ in range(3) for frame in scroll(grid, first, stretch, 40, 4)]
    told("warm", warm, 16)
    made.thumbnails.set_limit(0)
    made.thumbnails.set_limit(96 << 20)
    cold = scroll(grid, first + stretch + 2 * page, 26 * page, 120, 8)
    told("cold", cold, 33)
    print(f"  thumbnails that came meanwhile: {made.thumbnails.bytes_kept / (1 << 20):.0f} MB")
    made.engine.close()


def measure_memory(count: int) -> None:
    """In this process: prints what it holds, as JSON."""
    with tempfile.TemporaryDirectory() as name:
        write_thumbnails(Path(name), range(200))
        application = QApplication(sys.argv[:1])
        made = context(application, Path(name))
        grid = ResultGrid(made)
        grid.resize(*WINDOW)
        grid.show()
        QApplication.processEvents()
        before = psutil.Process().memory_info().rss
        fill(made.results, count)
        QApplication.processEvents()
        settle(grid, made.thumbnails)
        after = psutil.Process().memory_info().rss
        print(json.dumps({"before": before, "after": after, "cache": made.thumbnails.bytes_kept,
                          "limit": made.thumbnails.limit}))  # fmt: skip
        made.engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="results that are scrolled")
    parser.add_argument("--held", type=int, default=500_000, help="results whose memory is measured")
    parser.add_argument("--scale", type=float, default=1, help="device pixels a pixel")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        measure_memory(arguments.memory_of)
        return
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        measure_scrolling(arguments.count, Path(name))
    command = [sys.executable, __file__, "--memory-of", str(arguments.held)]
    held = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    megabyte = 1 << 20
    print(f"\n{arguments.held} results in a fresh process: {held['before'] / megabyte:.0f} MB before, "
          f"{held['after'] / megabyte:.0f} MB after")  # fmt: skip
    full = (held["after"] + held["limit"] - held["cache"]) / megabyte
    print(Target("resident memory, the cache of thumbnails full", full, 400, " MB"))


if __name__ == "__main__":
    main()
