"""Indexing again when nothing changed, against a bare walk: `python benchmarks/rescan.py --count 100000`.

The files are empty stand-ins on a real disk, entered in the library as present. The bare walk is the least that any
program must do to know that nothing changed: `os.scandir` through all directories and `stat` of every file.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from libraries import fill
from machine import BUILD, Spent, Target, describe, measured
from ritrova.encoding.fake import FakeEncoder
from ritrova.library import Library
from ritrova.photo import FileStamp
from ritrova.store.store import Store

A_DIRECTORY = 100


def make_files(root: Path, count: int) -> None:
    for number in range(count):
        directory = root / f"{number // A_DIRECTORY // 50:03}" / f"{number // A_DIRECTORY:05}"
        if number % A_DIRECTORY == 0:
            directory.mkdir(parents=True)
        (directory / f"IMG_{number:06}.JPG").touch()


def files_below(root: Path) -> Iterator[tuple[bytes, bytes, FileStamp]]:
    for path in root.rglob("*.JPG"):
        status = path.lstat()
        stamp = FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
        yield os.fsencode(path.parent.relative_to(root)), os.fsencode(path.name), stamp


def some_vectors(dimension: int) -> Iterator[NDArray[np.float16]]:
    """Which ones does not matter here."""
    random = np.random.default_rng(0)
    while True:
        yield from random.normal(0, dimension**-0.5, (1000, dimension)).astype(np.float16)


@contextmanager
def known(photos: Path, root: Path) -> Iterator[Library]:
    """A new library in `root` that has seen each file in `photos` already, its search index made."""
    encoder = FakeEncoder()
    with Library.open(root, write=True) as library:
        library.settings.encoding.model = encoder.name
        library.add_folder(photos)
        store = Store(library.paths.database, write=True)
        fill(store, encoder, store.folders()[0].id, files_below(photos), some_vectors(encoder.dimension))
        store.close()
        library.index()
        yield library


def bare_walk(path: str) -> int:
    """The files below, each looked at."""
    count = 0
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                count += bare_walk(entry.path)
            else:
                entry.stat(follow_symlinks=False)
                count += 1
    return count


def measure(library: Library, photos: Path, count: int) -> tuple[Spent, Spent]:
    with measured() as bare:
        assert bare_walk(str(photos)) == count
    with measured() as ours:
        report = library.index()
    assert (report.unchanged, report.read) == (count, 0), report
    return bare, ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="files")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    print(describe())
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        photos, root = Path(name, "photos"), Path(name, "library")
        photos.mkdir()
        make_files(photos, arguments.count)
        with known(photos, root) as library:
            rounds = [measure(library, photos, arguments.count) for _ in range(arguments.repeat)]
    bare, ours = (median(spent.wall for spent in column) for column in zip(*rounds, strict=True))
    bare_cpu, our_cpu = (median(spent.cpu for spent in column) for column in zip(*rounds, strict=True))
    print(f"\n{arguments.count} files, nothing changed; medians of {arguments.repeat} rounds")
    print(f"  other programs had up to {max(spent.others for one in rounds for spent in one):.0%} of the cores")
    print(f"  bare walk {bare:.2f} s ({bare_cpu:.2f} core-s), index {ours:.2f} s ({our_cpu:.2f} core-s)")
    print(Target("index of what is known against a bare walk", ours / bare, 3, " x"))


if __name__ == "__main__":
    main()
