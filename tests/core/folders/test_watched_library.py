"""The library follows its folders by itself: a session with the real watcher, real files and a real library."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from PIL import Image

from ritrova.folders.states import Mode, Timing
from ritrova.folders.watch import FolderWatch
from ritrova.indexing.incremental import Pending
from ritrova.library import Library
from ritrova.photo import IndexReport

MakePhoto = Callable[..., Path]


class Disk(Protocol):
    """See conftest.py."""

    point: Path

    def unplug(self) -> None: ...

    def plug(self, point: Path | None = None) -> None: ...


class Follower:
    """A library that is kept up to date: what an engine does, without the engine."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.reports: list[IndexReport] = []
        self._something = threading.Event()
        self.pending = Pending(self._something.set)
        self.watch = FolderWatch(self.pending, own=[os.fsencode(library.paths.root)], timing=Timing(heartbeat_s=0.5))
        self.watch.watch(library.to_watch())

    def until(self, true: Callable[[], object], limit_s: float = 20) -> float:
        """Index what is pending until something holds; the seconds that it took."""
        start = time.monotonic()
        while not true():
            assert time.monotonic() - start < limit_s, self.reports
            if self._something.wait(0.05):
                self._something.clear()
                self.reports.append(self.library.index(only=self.pending.take(), rest_s=Timing().rest_s))
        return time.monotonic() - start

    def until_searchable(self, name: str, colour: str = "rosso") -> float:
        return self.until(lambda: name in self.found(colour))

    def found(self, colour: str) -> list[str]:
        """The names of what a search for a colour finds, if it fits at all."""
        return [os.path.basename(os.fsdecode(hit.path)) for hit in self.library.search(colour) if hit.score > 0.5]

    def total(self, what: str) -> int:
        return sum(getattr(report, what) for report in self.reports)

    def is_watching(self, folder: int) -> bool:
        state = self.watch.states().get(folder)
        return state is not None and state.mode == Mode.WATCHING

    def close(self) -> None:
        self.watch.close()


@pytest.fixture
def follower(library: Library) -> Iterator[Follower]:
    follower = Follower(library)
    follower.until(lambda: follower.reports)
    yield follower
    follower.close()


def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (48, 32)) -> Path:
    """As a careful program does: aside, then in place."""
    aside = path.with_name(f".{path.name}.tmp")
    Image.new("RGB", size, colour).save(aside, "JPEG")
    aside.rename(path)
    return path


RED, GREEN, BLUE = (220, 30, 30), (40, 160, 50), (30, 50, 200)


def test_a_session_with_photos(follower: Follower, folder: Path, tmp_path: Path) -> None:
    library = follower.library
    (folder / "mare").mkdir()
    photo = save(folder / "mare" / "a.jpg", RED)
    seconds = follower.until_searchable("a.jpg")
    assert seconds < 10  # on a quiet machine below 3, see benchmarks/rename.py

    save(photo, GREEN, (50, 50))  # edited
    follower.until(lambda: follower.found("verde") == ["a.jpg"])
    assert follower.found("rosso") == []
    [hit] = [hit for hit in library.search("verde") if hit.score > 0.5]

    embedded, read = follower.total("embedded"), follower.total("read")
    photo.rename(folder / "mare" / "b.jpg")  # renamed: the same content, told from its inode alone
    follower.until(lambda: follower.found("verde") == ["b.jpg"])
    (folder / "mare").rename(folder / "estate")
    follower.until(lambda: follower.total("moved") == 2)
    assert (follower.total("embedded"), follower.total("read")) == (embedded, read)
    assert library.search("verde")[0].content == hit.content

    other = tmp_path / "altre"
    other.mkdir()
    library.add_folder(other)
    follower.watch.watch(library.to_watch())
    follower.until(lambda: follower.is_watching(2))
    (folder / "estate").rename(other / "estate")  # across watched folders
    follower.until(lambda: [info.photos for info in library.folders()] == [0, 1])
    assert follower.found("verde") == ["b.jpg"]
    assert follower.total("embedded") == embedded
    assert [info.missing for info in library.folders()] == [0, 0]

    shutil.copy(other / "estate" / "b.jpg", folder / "c.jpg")  # one content, two files
    follower.until(lambda: [info.photos for info in library.folders()] == [1, 1])
    (folder / "c.jpg").unlink()
    follower.until(lambda: [info.photos for info in library.folders()] == [0, 1])
    assert follower.total("embedded") == embedded

    aside = tmp_path / "cestino"
    aside.mkdir()
    (other / "estate").rename(aside / "estate")  # deleted
    follower.until(lambda: follower.found("verde") == [])
    (aside / "estate").rename(other / "estate")  # restored
    follower.until(lambda: follower.found("verde") == ["b.jpg"])
    assert follower.total("embedded") == embedded
    assert library.index().read == 0  # and a look at everything finds nothing more to do


def test_a_disk_that_is_unplugged_and_comes_back_elsewhere_is_as_it_was(
    root: Path, plug_in: Callable[..., Disk], tmp_path: Path
) -> None:
    disk = plug_in(tmp_path / "disco")
    (disk.point / "foto" / "mare").mkdir(parents=True)
    save(disk.point / "foto" / "mare" / "a.jpg", RED)
    with Library.open(root, write=True) as library:
        library.add_folder(disk.point / "foto")
        follower = Follower(library)
        try:
            follower.until_searchable("a.jpg")
            disk.unplug()
            follower.until(lambda: follower.watch.states()[1].mode == Mode.OFFLINE)
            library.index()
            assert follower.found("rosso") == ["a.jpg"]  # still found, and not missing
            assert [(info.photos, info.missing, info.online) for info in library.folders()] == [(1, 0, False)]
            disk.plug(tmp_path / "altrove")
            follower.until(lambda: follower.is_watching(1))
            save(disk.point / "foto" / "b.jpg", GREEN)
            follower.until_searchable("b.jpg", "verde")
            assert [(info.path, info.photos, info.missing) for info in library.folders()] == [
                (os.fsencode(tmp_path / "altrove" / "foto"), 2, 0)
            ]
            assert follower.total("embedded") == 2
        finally:
            follower.close()


def test_a_copy_of_a_photo_on_a_disk_that_is_unplugged_takes_nothing_from_it(
    library: Library, folder: Path, plug_in: Callable[..., Disk], tmp_path: Path
) -> None:
    disk = plug_in(tmp_path / "disco")
    photo = save(disk.point / "a.jpg", RED)
    library.add_folder(disk.point)
    library.index()
    shutil.copy(photo, folder / "b.jpg")
    disk.unplug()  # and its empty mount point stays
    report = library.index()
    assert (report.added, report.moved, report.embedded) == (1, 0, 0)
    assert [(info.photos, info.missing) for info in library.folders()] == [(1, 0), (1, 0)]
    disk.plug()
    assert library.index().unchanged == 2


def test_a_watched_folder_that_is_renamed_away_and_back_is_as_it_was(follower: Follower, folder: Path) -> None:
    save(folder / "a.jpg", RED)
    follower.until_searchable("a.jpg")
    folder.rename(folder.with_name("altrove"))
    follower.until(lambda: follower.library.folders()[0].missing == 1)
    assert follower.watch.states()[1].mode == Mode.VANISHED
    assert follower.found("rosso") == []
    folder.with_name("altrove").rename(folder)
    follower.until_searchable("a.jpg")
    assert follower.total("embedded") == 1


def test_a_photo_that_grows_in_a_new_folder_is_never_listed_as_broken(
    follower: Follower, folder: Path, tmp_path: Path
) -> None:
    whole = save(tmp_path / "prova.jpg", RED, (400, 300)).read_bytes()
    step = len(whole) // 12 + 1

    def write() -> None:
        (folder / "scheda").mkdir()
        with (folder / "scheda" / "a.jpg").open("wb", buffering=0) as file:
            for start in range(0, len(whole), step):
                file.write(whole[start : start + step])
                time.sleep(0.15)

    writer = threading.Thread(target=write)
    writer.start()
    follower.until_searchable("a.jpg")
    writer.join()
    assert follower.total("unrested") > 0
    assert [report.failed for report in follower.reports if report.failed] == []


def test_many_photos_moved_one_by_one_are_not_read(follower: Follower, folder: Path, make_photo: MakePhoto) -> None:
    for number in range(12):
        make_photo(f"uno/{number}.jpg", size=(40 + number, 30))
    (folder / "due").mkdir()
    follower.until(lambda: follower.library.status().searchable == 12)
    read = follower.total("read")
    for number in range(12):
        (folder / "uno" / f"{number}.jpg").rename(folder / "due" / f"{number}-altro.jpg")
    follower.until(lambda: follower.total("moved") == 12)
    assert follower.total("read") == read
    assert follower.library.folders()[0].missing == 0


def test_a_folder_renamed_while_nobody_looked_is_not_read(
    library: Library, folder: Path, make_photo: MakePhoto
) -> None:
    for number in range(6):
        make_photo(f"mare/{number}.jpg", size=(40 + number, 30))
    library.index()
    (folder / "mare").rename(folder / "estate")
    report = library.index()
    assert (report.moved, report.read, report.missing) == (6, 0, 0)


def test_another_photo_that_got_the_inode_of_an_old_one_is_read(
    library: Library, folder: Path, make_photo: MakePhoto
) -> None:
    """Times of whole seconds, as a card or an archive gives them, do not tell two photos apart."""
    old = make_photo("mare/a.jpg", "rosso")
    size = old.stat().st_size
    os.utime(old, ns=(0, 10**18))
    library.index()
    hold = old.open("r+b")  # its inode lives on as that of the new photo
    (folder / "estate").mkdir()
    old.rename(folder / "estate" / "b.jpg")
    (folder / "mare").rmdir()
    data = make_photo("verde.jpg", "verde").read_bytes()[:size].ljust(size, b"\0")
    (folder / "verde.jpg").unlink()
    hold.write(data)
    hold.close()
    os.utime(folder / "estate" / "b.jpg", ns=(0, 10**18))
    report = library.index()
    assert (report.moved, report.read) == (0, 1)
    assert os.path.basename(library.search("verde")[0].path) == b"b.jpg"


def test_a_look_at_one_place_says_nothing_of_the_others(library: Library, folder: Path, make_photo: MakePhoto) -> None:
    from ritrova.indexing.scope import Scope

    for name in ("a/1.jpg", "b/2.jpg", "b/c/3.jpg"):
        make_photo(name, size=(40 + len(name), 30))
    library.index()
    for name in ("a/1.jpg", "b/2.jpg", "b/c/3.jpg"):
        (folder / name).unlink()
    make_photo("b/new.jpg", "blu")
    report = library.index(only={1: Scope(directories=frozenset([b"b"]))})
    assert (report.added, report.missing) == (1, 1)
    report = library.index(only={1: Scope.below(b"b/c")})
    assert report.missing == 1
    report = library.index(only={})
    assert (report.missing, report.unchanged) == (0, 0)
    assert library.index().missing == 1
