"""Following the folders: `python benchmarks/rename.py --count 10000`.

- A watched folder of so many photos is renamed: seconds until the library has it, and how many files were read.
- A photo is saved: seconds until a search finds it.
- A watch that has nothing to do: its processor time.
- 50,000 events: what they leave in memory.

The photos of the renamed folder are empty stand-ins, entered in the library as present: of a rename, nothing is read.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import psutil
from PIL import Image

from machine import BUILD, Target, describe, measured
from rescan import known
from ritrova.folders.watch import FolderWatch
from ritrova.indexing.incremental import Pending
from ritrova.library import Library
from ritrova.photo import IndexReport

EVENTS = 50_000


class Follower:
    """What the engine does: index what is pending."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._something = threading.Event()
        self.pending = Pending(self._something.set)
        self.watch = FolderWatch(self.pending)
        self.watch.watch(library.to_watch())
        self.reports: list[IndexReport] = []
        self.follow(lambda: self.reports)

    def follow(self, until: Callable[[], object]) -> None:
        while not until():
            if self._something.wait(0.1):
                self._something.clear()
                self.reports.append(self._library.index(only=self.pending.take()))


def rename(follower: Follower, photos: Path, count: int, repeat: int) -> None:
    walls = []
    for number in range(repeat):
        follower.reports.clear()
        old, new = photos / f"viaggio {number}", photos / f"viaggio {number + 1}"
        with measured() as spent:
            old.rename(new)
            follower.follow(lambda: sum(report.moved for report in follower.reports) == count)
        walls.append(spent.wall)
        read = sum(report.read for report in follower.reports)
        print(
            f"  renamed: {spent.wall:.2f} s ({spent.cpu:.2f} core-s), {read} files read, others had {spent.others:.0%}"
        )
    print(Target(f"rename of a folder with {count} photos", median(walls), 2, " s"))


def save(follower: Follower, library: Library, photos: Path, repeat: int) -> None:
    times = []
    for number in range(repeat):
        path = photos / f"nuova {number}.jpg"
        Image.new("RGB", (640 + number, 480), (220, 30, 30)).save(path, "JPEG")
        start = time.monotonic()
        follower.follow(partial(is_found, library, path))
        times.append(time.monotonic() - start)
        path.unlink()
        follower.follow(lambda: library.folders()[0].missing > number)  # noqa: B023 - called at once
    print(Target("save to searchable", median(times), 3, " s"), f" (each: {', '.join(f'{one:.2f}' for one in times)})")


def is_found(library: Library, path: Path) -> bool:
    return library.search("rosso", top=1)[0].path == os.fsencode(path)


def idle(seconds: float) -> None:
    before = psutil.Process().cpu_times()
    time.sleep(seconds)
    after = psutil.Process().cpu_times()
    used = after.user + after.system - before.user - before.system
    print(Target("idle CPU of the watch", 100 * used / seconds, 0.5, " %"))


def flood(photos: Path, pending: Pending) -> None:
    """Two halves: what the second adds to the first is growth."""
    path, sizes = photos / "b.jpg", []
    for _ in range(2):
        for _ in range(EVENTS // 2):
            path.touch()
        time.sleep(4)
        pending.take()
        sizes.append(psutil.Process().memory_info().rss)
    print(Target(f"growth over {EVENTS} events", (sizes[1] - sizes[0]) / 2**20, 1, " MiB"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="photos in the folder")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--idle", type=float, default=30, help="seconds to do nothing")
    arguments = parser.parse_args()
    print(describe())
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        photos, root = Path(name, "photos"), Path(name, "library")
        (photos / "viaggio 0").mkdir(parents=True)
        for number in range(arguments.count):
            (photos / "viaggio 0" / f"IMG_{number:06}.JPG").touch()
        with known(photos, root) as library:
            follower = Follower(library)
            try:
                rename(follower, photos, arguments.count, arguments.repeat)
                save(follower, library, photos, arguments.repeat)
                idle(arguments.idle)
                flood(photos, follower.pending)
            finally:
                follower.watch.close()


if __name__ == "__main__":
    main()
