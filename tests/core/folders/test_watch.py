"""The real watcher on real folders: what happens is told, once it is over, and what cannot be told is looked for."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from ritrova.folders.events import Change, Kind
from ritrova.folders.scan import Wanted
from ritrova.folders.states import FolderState, FolderToWatch, Mode, Timing
from ritrova.folders.volumes import volume_of
from ritrova.folders.watch import FolderWatch
from ritrova.settings import FolderSettings

WANTED = Wanted.of({".jpg"}, FolderSettings().ignored_names)
QUICK = Timing(quiet_s=0.1, longest_s=0.6, rest_s=0.2, heartbeat_s=0.3)


class Told:
    """A listener that remembers, and waits for what is to come."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.rescans: list[bytes] = []
        self.states: list[FolderState] = []
        self._more = threading.Condition()

    def on_changes(self, folder: int, changes: Sequence[Change]) -> None:
        with self._more:
            self.changes += changes
            self._more.notify()

    def on_rescan(self, folder: int, subtree: bytes) -> None:
        with self._more:
            self.rescans.append(subtree)
            self._more.notify()

    def on_state(self, folder: int, state: FolderState) -> None:
        with self._more:
            self.states.append(state)
            self._more.notify()

    def until(self, true: Callable[[], object]) -> None:
        with self._more:
            assert self._more.wait_for(true, 10), (self.changes, self.rescans, self.states)

    def until_changed(self, *paths: str) -> None:
        self.until(lambda: {change.path for change in self.changes} >= {path.encode() for path in paths})

    def forget(self) -> None:
        with self._more:
            self.changes.clear()
            self.rescans.clear()


StartWatch = Callable[..., FolderWatch]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "foto"
    (path / "mare").mkdir(parents=True)
    return path


@pytest.fixture
def start(told: Told) -> Iterator[StartWatch]:
    """Watch a folder until the test ends; returns when it is watched and its first rescan was told."""
    watches = []

    def start(folder: Path, **options: object) -> FolderWatch:
        options.setdefault("timing", QUICK)
        watch = FolderWatch(told, **options)  # type: ignore[arg-type]
        watches.append(watch)
        watch.watch([to_watch(folder)])
        told.until(lambda: told.rescans)
        told.forget()
        return watch

    yield start
    for watch in watches:
        watch.close()


def to_watch(folder: Path, **other: object) -> FolderToWatch:
    volume = volume_of(os.fsencode(folder))
    relative = os.path.relpath(os.fsencode(folder), volume.mount_point)
    return FolderToWatch(id=1, volume=volume.identity, mount_point=volume.mount_point, path=relative, wanted=WANTED)


def test_a_new_photo_is_told_once_it_is_whole(told: Told, folder: Path, start: StartWatch) -> None:
    start(folder)
    with (folder / "mare" / "a.jpg").open("wb") as file:
        for _ in range(8):
            file.write(b"x" * 1000)
            file.flush()
            time.sleep(0.1)  # a camera, slowly
        written = time.monotonic()
        assert not told.changes
    told.until_changed("mare/a.jpg")
    assert time.monotonic() - written < 3


def test_what_a_scan_passes_over_is_not_told(told: Told, folder: Path, start: StartWatch) -> None:
    library = folder / "libreria"
    start(folder, own=[os.fsencode(library)])
    for name in ("note.txt", "@eaDir/a.jpg", "libreria/thumbnails/a.jpg", ".thumbnails/x/a.jpg", "._b.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "link").symlink_to("/usr")
    (folder / "z.jpg").write_bytes(b"x")
    told.until_changed("z.jpg")
    assert {change.path for change in told.changes} <= {b"z.jpg", b"libreria", b"link"}  # themselves, of what is new


def test_a_renamed_folder_is_one_change(told: Told, folder: Path, start: StartWatch) -> None:
    for number in range(50):
        (folder / "mare" / f"{number}.jpg").write_bytes(b"x")
    start(folder)
    (folder / "mare").rename(folder / "estate")
    told.until(lambda: told.changes)
    assert told.changes == [Change(Kind.MOVED, b"estate", True, b"mare")]
    told.forget()
    (folder / "estate" / "0.jpg").unlink()  # still watched, under its new name
    told.until(lambda: told.changes)
    assert told.changes == [Change(Kind.DELETED, b"estate/0.jpg")]


def test_a_folder_moved_out_is_told_as_gone_and_watched_no_longer(
    told: Told, folder: Path, start: StartWatch, tmp_path: Path
) -> None:
    start(folder)
    (folder / "mare").rename(tmp_path / "fuori")
    told.until(lambda: told.changes)
    assert told.changes == [Change(Kind.DELETED, b"mare", True)]
    told.forget()
    (tmp_path / "fuori" / "a.jpg").write_bytes(b"x")
    (tmp_path / "fuori").rename(folder / "dentro")
    told.until(lambda: told.changes)
    assert told.changes == [Change(Kind.CREATED, b"dentro", True)]
    told.forget()
    (folder / "dentro" / "b.jpg").write_bytes(b"x")
    told.until_changed("dentro/b.jpg")


def test_a_tree_that_is_unpacked_quickly_is_told_whole(told: Told, folder: Path, start: StartWatch) -> None:
    start(folder)
    source = folder.parent / "fonte"
    for number in range(200):
        (source / f"{number % 7}" / f"{number % 3}").mkdir(parents=True, exist_ok=True)
        (source / f"{number % 7}" / f"{number % 3}" / f"{number}.jpg").write_bytes(b"x")
    shutil.copytree(source, folder / "viaggio")
    told.until(lambda: any(change.path == b"viaggio" and change.directory for change in told.changes))


def test_an_import_of_2000_photos_is_told_as_a_rescan_of_where_they_went(
    told: Told, folder: Path, start: StartWatch
) -> None:
    start(folder, timing=Timing(quiet_s=0.3, longest_s=10, burst=1000))
    for number in range(2000):
        (folder / "mare" / f"{number}.jpg").write_bytes(b"x")
    told.until(lambda: told.rescans)
    assert told.rescans == [b"mare"]
    assert not told.changes


def test_lost_events_are_looked_for(told: Told, folder: Path, start: StartWatch) -> None:
    limit = Path("/proc/sys/fs/inotify/max_queued_events")
    if not os.access(limit, os.W_OK):
        pytest.skip("only root may shorten the kernel's queue")
    before = limit.read_text()
    limit.write_text("4")
    try:
        start(folder)
    finally:
        limit.write_text(before)
    for number in range(3000):
        (folder / "mare" / f"{number}.jpg").write_bytes(b"x")
    told.until(lambda: b"" in told.rescans)
    told.forget()
    (folder / "mare" / "nuova").mkdir()
    time.sleep(0.1)
    (folder / "mare" / "nuova" / "a.jpg").write_bytes(b"x")  # and the watch goes on
    told.until(lambda: told.changes or told.rescans)


def test_after_a_sleep_everything_is_looked_at(told: Told, folder: Path, start: StartWatch) -> None:
    slept = 0.0
    start(folder, wall=lambda: time.time() + slept)
    slept = 3600.0
    told.until(lambda: told.rescans == [b""])


def test_a_folder_with_too_many_directories_is_polled_and_says_what_to_do(
    told: Told, folder: Path, start: StartWatch
) -> None:
    for number in range(20):
        (folder / f"{number}").mkdir()
    watch = start(folder, most_watches=10, timing=Timing(poll_s=0.2))
    told.until(lambda: watch.states()[1].mode == Mode.POLLING)
    state = watch.states()[1]
    assert "fs.inotify.max_user_watches" in str(state.remedy)
    told.until(lambda: len(told.rescans) > 2)


def test_too_few_watches_for_even_the_folder_itself_is_no_failure(told: Told, folder: Path, start: StartWatch) -> None:
    watch = start(folder, most_watches=-1)
    assert watch.states()[1].mode == Mode.POLLING


def test_a_folder_that_is_gone_is_said_to_be_and_is_found_when_it_is_back(
    told: Told, folder: Path, start: StartWatch
) -> None:
    watch = start(folder)
    folder.rename(folder.with_name("altrove"))
    told.until(lambda: told.rescans == [b""])  # what it held is gone, too
    assert watch.states()[1].mode == Mode.VANISHED
    folder.with_name("altrove").rename(folder)
    told.until(lambda: watch.states()[1].mode == Mode.WATCHING and len(told.rescans) > 1)
    told.forget()
    (folder / "a.jpg").write_bytes(b"x")
    told.until_changed("a.jpg")


class Disk(Protocol):
    """See conftest.py."""

    point: Path

    def unplug(self) -> None: ...

    def plug(self, point: Path | None = None) -> None: ...


def test_an_unplugged_disk_is_offline_and_is_watched_wherever_it_comes_back(
    told: Told, plug_in: Callable[..., Disk], tmp_path: Path, start: StartWatch
) -> None:
    disk = plug_in(tmp_path / "disk")
    (disk.point / "foto").mkdir()
    watch = start(disk.point / "foto")
    disk.unplug()
    told.until(lambda: watch.states()[1].mode == Mode.OFFLINE)
    disk.plug(tmp_path / "altrove")
    told.until(lambda: told.rescans)
    assert watch.states()[1] == FolderState(Mode.WATCHING, os.fsencode(tmp_path / "altrove" / "foto"))
    told.forget()
    (tmp_path / "altrove" / "foto" / "a.jpg").write_bytes(b"x")
    told.until_changed("a.jpg")


def test_who_fails_to_listen_is_told_again_of_what_comes_next(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Told):
        def on_rescan(self, folder: int, subtree: bytes) -> None:
            super().on_rescan(folder, subtree)
            raise RuntimeError("not now")

    told = Broken()
    watch = FolderWatch(told, timing=QUICK)
    watch.watch([to_watch(folder)])
    told.until(lambda: told.rescans)
    (folder / "a.jpg").write_bytes(b"x")
    told.until_changed("a.jpg")
    watch.close()
    assert "handed on" in caplog.text
    caplog.clear()


def test_nothing_is_left_running(told: Told, folder: Path) -> None:
    before, handles = threading.active_count(), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self") else 0
    for _ in range(3):
        watch = FolderWatch(told, timing=QUICK)
        watch.watch([to_watch(folder)])
        told.until(lambda: told.states)
        watch.close()
    assert threading.active_count() == before
    if handles:
        assert len(os.listdir("/proc/self/fd")) == handles


def test_the_same_folders_asked_for_again_are_left_as_they_are(told: Told, folder: Path, start: StartWatch) -> None:
    watch = start(folder)
    watch.watch([to_watch(folder)])
    (folder / "a.jpg").write_bytes(b"x")
    told.until_changed("a.jpg")
    assert not told.rescans
    watch.watch([])
    deadline = time.monotonic() + 10
    while watch.states() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not watch.states()
