"""What a run leaves alone: the library's own folder, and files that are still being written."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ritrova.errors import UsageError
from ritrova.folders.states import Timing
from ritrova.indexing.scope import Scope
from ritrova.library import Library

MakePhoto = Callable[..., Path]
REST_S = Timing().rest_s


def test_thumbnails_are_no_photos_where_the_library_lies_in_a_watched_folder(
    root: Path, tmp_path: Path, make_photo: MakePhoto
) -> None:
    make_photo("rosso.jpg")
    with Library.open(root, write=True) as library:
        library.add_folder(tmp_path)
        assert library.index().added == 1
        assert list(root.rglob("*.webp"))
        assert library.index().read == 0
        assert library.index(only={1: Scope.below(b"")}).read == 0
        assert library.status().photos == 1


def test_the_librarys_own_folder_is_not_watched(library: Library, root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    (root / "thumbnails").mkdir()
    for place in (root, root / "thumbnails", tmp_path / "link"):
        with pytest.raises(UsageError):
            library.add_folder(place)


@contextmanager
def slowly_written(path: Path, whole: bytes, steps: int = 8) -> Iterator[threading.Event]:
    """As a camera's card gives it; the event tells when it is whole."""
    begun, written = threading.Event(), threading.Event()

    def write() -> None:
        step = len(whole) // steps + 1
        with path.open("wb", buffering=0) as file:
            for start in range(0, len(whole), step):
                file.write(whole[start : start + step])
                begun.set()
                time.sleep(0.15)
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(10)
    try:
        yield written
    finally:
        writer.join()


def test_a_file_that_is_being_written_waits_for_the_next_run(
    library: Library, make_photo: MakePhoto, folder: Path
) -> None:
    whole = make_photo("prova.jpg", "rosso", size=(400, 300)).read_bytes()
    os.utime(make_photo("vecchia.jpg", "blu"), (0, 0))
    (folder / "prova.jpg").unlink()
    with slowly_written(folder / "nuova.jpg", whole):
        report = library.index(rest_s=REST_S)
    assert (report.added, report.unrested, report.failed) == (1, 1, 0)
    report = library.index(rest_s=REST_S)  # it was closed a moment ago
    assert (report.added, report.unrested, report.failed) == (1, 0, 0)


def test_a_time_in_the_future_holds_nothing_up(library: Library, make_photo: MakePhoto) -> None:
    ahead = time.time() + 3600
    os.utime(make_photo("domani.jpg"), (ahead, ahead))
    report = library.index(rest_s=60)
    assert (report.added, report.unrested) == (1, 0)
    assert report.seconds < 30
