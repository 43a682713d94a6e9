"""A watched folder that is gone while its disk is there: its photos are not shown, and nothing of them is lost."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ritrova.errors import UsageError
from ritrova.folders.volumes import Presence
from ritrova.library import Library
from ritrova.store import marks

MakePhoto = Callable[..., Path]


@pytest.fixture
def known(library: Library, make_photo: MakePhoto) -> Library:
    """A library of a red and a blue photo, one of which has five stars."""
    make_photo("rosso.jpg", "rosso")
    make_photo("mare/blu.jpg", "blu")
    library.index()
    with library.store.typing() as transaction:
        marks.set_rating(transaction, sorted(library.store.hashes())[:1], 5)
    return library


def found(library: Library, colour: str) -> list[str]:
    return [os.fsdecode(hit.path) for hit in library.search(colour) if hit.score > 0.5]


def stars(library: Library) -> int:
    with library.store.reading() as connection:
        said = marks.said_of(connection, sorted(library.store.hashes()))
    return sum(words.rating or 0 for words in said.values())


def test_its_photos_are_not_found_and_come_back_with_it(known: Library, folder: Path) -> None:
    folder.rename(folder.with_name("altrove"))
    report = known.index()
    assert (report.vanished, report.offline, report.missing) == ([os.fsencode(folder)], [], 2)
    [info] = known.folders()
    assert (info.presence, info.photos, info.missing) == (Presence.VANISHED, 0, 2)
    assert found(known, "rosso") == []
    assert known.index().missing == 0  # told once

    folder.with_name("altrove").rename(folder)
    report = known.index()
    assert (report.returned, report.read, report.vanished) == (2, 0, [])
    assert found(known, "rosso") == [str(folder / "rosso.jpg")]
    assert stars(known) == 5


@pytest.mark.parametrize("copied", [False, True])
def test_a_person_says_where_it_is_now(known: Library, folder: Path, tmp_path: Path, copied: bool) -> None:
    now = tmp_path / "archivio" / "foto"
    now.parent.mkdir()
    if copied:  # to another disk: every file has another number
        shutil.copytree(folder, now)
        shutil.rmtree(folder)
    else:
        folder.rename(now)
    known.index()
    known.relocate_folder(folder, now)
    report = known.index()
    assert (report.returned, report.embedded, report.added, report.missing) == (2, 0, 0, 0)
    assert report.read == (2 if copied else 0)
    assert found(known, "blu") == [str(now / "mare" / "blu.jpg")]
    assert [info.path for info in known.folders()] == [os.fsencode(now)]
    assert stars(known) == 5


def test_one_that_was_moved_into_another_watched_folder_is_not_read(
    known: Library, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "altre").mkdir()
    known.add_folder(tmp_path / "altre")
    known.index()
    folder.rename(tmp_path / "altre" / "foto")
    report = known.index()
    assert (report.moved, report.read, report.missing) == (2, 0, 0)
    assert found(known, "rosso") == [str(tmp_path / "altre" / "foto" / "rosso.jpg")]


def test_it_cannot_be_where_nothing_or_something_else_is(
    known: Library, folder: Path, tmp_path: Path, root: Path
) -> None:
    (tmp_path / "altre").mkdir()
    known.add_folder(tmp_path / "altre")
    for place in (tmp_path / "nessuna", tmp_path / "altre", root / "thumbnails"):
        with pytest.raises(UsageError):
            known.relocate_folder(folder, place)
    with pytest.raises(UsageError):
        known.relocate_folder(tmp_path / "mai", tmp_path)
    assert known.index().unchanged == 2


def test_photos_that_were_never_read_leave_no_trace(known: Library, folder: Path) -> None:
    (folder / "rotta.jpg").write_bytes(b"no photo")
    assert known.index().failed == 1
    folder.rename(folder.with_name("altrove"))
    assert known.index().failed == 0
    assert known.folders()[0].missing == 2
