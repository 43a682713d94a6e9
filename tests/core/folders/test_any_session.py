"""Whatever happens to the folders while they are followed, a look at everything afterwards finds nothing left to do."""

import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from ritrova.folders.states import Timing
from ritrova.folders.watch import FolderWatch
from ritrova.indexing.incremental import Pending
from ritrova.library import Library

MakePhoto = Callable[..., Path]
NAMES = ("a", "b", "c")


class Disorder:
    """Does what people and their programs do, at random, to some folders and a place outside of them, the last."""

    def __init__(self, seed: int, roots: list[Path]) -> None:
        self.random = random.Random(seed)
        self.roots = roots

    def step(self) -> None:
        writing = [self.save, self.save, self.save_aside, self.write_slowly, self.copy, self.link]
        action = self.random.choice([*writing, self.move, self.move, self.delete, self.make_folder])
        with suppress(OSError, shutil.Error):  # what cannot be done
            action()

    def place(self) -> Path:
        """Some path, where there is something or not."""
        path = self.random.choice(self.roots)
        for _ in range(self.random.randrange(3)):
            path /= self.random.choice(NAMES)
        return path / self.random.choice((*NAMES, "x.jpg", "y.jpg", "z.jpg"))

    def photo(self) -> Path:
        return self.place().with_suffix(".jpg")

    def save(self) -> None:
        picture(self.random).save(self.photo(), "JPEG")

    def save_aside(self) -> None:
        path = self.photo()
        aside = path.with_name(".aside~")
        picture(self.random).save(aside, "JPEG")
        if self.random.random() < 0.5 and path.exists():
            path.rename(path.with_name(path.name + "~"))
        aside.rename(path)

    def write_slowly(self) -> None:
        aside = self.roots[-1] / "aside.jpg"
        picture(self.random).save(aside, "JPEG")
        with self.photo().open("wb") as file:
            for byte in range(0, aside.stat().st_size, 200):
                file.write(aside.read_bytes()[byte : byte + 200])
                file.flush()

    def copy(self) -> None:
        source, path = self.place(), self.place()
        if source.is_dir():
            shutil.copytree(source, path)  # keeps times, as `cp -a` does
        else:
            shutil.copy2(source, path.with_suffix(".jpg"))

    def link(self) -> None:
        """A save that never shows a part: written aside, then given its name by a hard link.

        Of a file with two names that stay, the system tells under one name alone: the hourly look finds the other.
        """
        aside = self.roots[-1] / "aside.jpg"
        picture(self.random).save(aside, "JPEG")
        try:
            os.link(aside, self.photo())
        finally:
            aside.unlink()

    def move(self) -> None:
        source, path = self.place(), self.place()
        source.rename(path.with_suffix(source.suffix))

    def delete(self) -> None:
        path = self.place()
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def make_folder(self) -> None:
        self.place().with_suffix("").mkdir(parents=self.random.random() < 0.5)


def picture(source: random.Random) -> Image.Image:
    return Image.new("RGB", (source.randrange(16, 40), 16), tuple(source.randrange(256) for _ in range(3)))


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_left_to_do(library: Library, folder: Path, tmp_path: Path, seed: int) -> None:
    roots = [folder, tmp_path / "altre", tmp_path / "fuori"]
    for root in roots[1:]:
        root.mkdir()
    library.add_folder(roots[1])
    something = threading.Event()
    pending = Pending(something.set)
    watch = FolderWatch(pending, timing=Timing(quiet_s=0.1, longest_s=0.3, rest_s=0.1))
    watch.watch(library.to_watch())

    def follow(quiet_s: float) -> None:
        """Index until nothing has come for a while."""
        while something.wait(quiet_s):
            something.clear()
            library.index(only=pending.take())

    try:
        follow(1)
        disorder = Disorder(seed, roots)
        for _ in range(8):
            for _ in range(12):
                disorder.step()
                time.sleep(disorder.random.choice((0, 0, 0.02)))
            follow(0.05)  # in the middle of it
        follow(1.5)
    finally:
        watch.close()
    on_disk = sum(not path.is_symlink() and path.is_file() for root in roots[:2] for path in root.rglob("*.jpg"))
    assert on_disk > 3
    assert [sum(info.photos for info in library.folders()), len(library.failures())] == [on_disk, 0]
    report = library.index()
    assert (report.read, report.missing, report.moved, report.returned, report.unchanged) == (0, 0, 0, 0, on_disk)
    assert library.damage() == []
