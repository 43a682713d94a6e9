"""The library's copies, its check and its repair, as a window asks for them."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ritrova.backup import archive, automatic
from ritrova.checking import check
from ritrova.engine.alone import answer_alone
from ritrova.engine.channel import Frames, Sender, decode_answer, encode
from ritrova.engine.curation_requests import SetRating
from ritrova.engine.events import Checking, IndexEnded, LibraryChanged
from ritrova.engine.handlers import keeping
from ritrova.engine.keeping_messages import (
    Check,
    Checked,
    CopyOf,
    ForgetMissing,
    Forgotten,
    KeepingOf,
    LookAtCopy,
    Repair,
    Restore,
    Restored,
    SaveCopy,
    ShowKeeping,
)
from ritrova.engine.messages import Event, Refusal, Reply, Request
from ritrova.engine.outlet import Outlet
from ritrova.engine.replies import Changed, DetailsOf, Folders, ModelsOf
from ritrova.engine.requests import AddFolder, Details, UseModel
from ritrova.engine.state import Underway
from ritrova.errors import LibraryCorrupt, UsageError
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.progress import Cancellation, Stopped

MakePhoto = Callable[..., Path]
Window: TypeAlias = Any  # of conftest.py


def stars(window: Window) -> int | None:
    """Of the one photo."""
    (columns,) = window.search("")[1]
    rating: int | None = window.ask(Details(files=columns.files[:1]), DetailsOf).photos[0].rating
    return rating


def states(reply: Checked) -> dict[str, str]:
    return {part.name: part.state for part in reply.parts}


def sound(paths: LibraryPaths, repair: bool, tell: Callable[..., object]) -> Iterator[Any]:
    return check(paths, repair=repair, tell=tell)


def alone(paths: LibraryPaths, body: Any) -> tuple[Reply | Refusal, list[Any]]:
    """What an engine answers before it opens the library, and what it tells unasked."""
    with closing(BytesIO()) as out:
        answer_alone(paths, BytesIO(encode(Request(id=1, body=body))), Outlet(Sender(out)), sound)
        said = [decode_answer(payload) for payload in Frames().feed(out.getvalue())]
    (answer,) = (each for each in said if isinstance(each, Reply | Refusal))
    return answer, [each.body for each in said if isinstance(each, Event)]


@pytest.fixture
def paths(library: Library, make_photo: MakePhoto) -> LibraryPaths:
    """A closed library of one photo."""
    make_photo("rosso.jpg", "rosso")
    library.index()
    library.close()
    return library.paths


def test_a_copy_is_saved_a_rating_changed_and_the_copy_brings_it_back(
    open_window: Any, root: Path, folder: Path, make_photo: MakePhoto, tmp_path: Path
) -> None:
    make_photo("rosso.jpg", "rosso")
    file = os.fsencode(tmp_path / "copia.zip")
    window = open_window()
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_until_indexed(added=1)
    files = window.search("")[1][0].files
    window.ask(SetRating(files=files, rating=5), Changed)

    saved = window.ask(SaveCopy(path=file), CopyOf).copied
    window.ask(SetRating(files=files, rating=1), Changed)
    assert window.ask(LookAtCopy(path=file), CopyOf).copied == saved
    assert (saved.photos, saved.why) == (1, "hand")
    assert window.refused(Restore(path=file)).error.whose == "bug"  # nobody asks that of an open library
    assert stars(window) == 1
    window.close()

    again = open_window(Restore(path=file))
    reply = again.answer(1)
    assert isinstance(reply, Reply), reply
    assert isinstance(reply.body, Restored)
    assert stars(again) == 5
    again.wait_for(LibraryChanged, lambda change: change.what == "photos")
    shown = again.ask(ShowKeeping(), KeepingOf)
    assert reply.body.before is not None
    assert reply.body.before in shown.copies
    assert reply.body.before.why == "restore"
    assert shown.library == os.fsencode(root)
    assert all(size > 0 for size in (shown.database, shown.thumbnails, shown.backups))
    assert not list((root / "backups").glob("before-restoring-*"))  # the copy holds it all


def test_the_copy_of_what_was_there_brings_that_back(paths: LibraryPaths, tmp_path: Path) -> None:
    archive.save(paths, tmp_path / "copia.zip")
    with Library.open(paths.root, write=True) as library:
        library.remove_folder(Path(os.fsdecode(library.folders()[0].path)))
    restored = keeping.restore(paths, Restore(path=os.fsencode(tmp_path / "copia.zip")))
    assert restored.before is not None
    assert (restored.now.photos, restored.before.photos) == (1, 0)
    assert keeping.restore(paths, Restore(path=restored.before.path)).now.photos == 0


def test_going_back_to_the_oldest_copy_does_not_push_it_out(paths: LibraryPaths) -> None:
    for day in range(4):
        automatic._automatic(paths, "weekly", 4, 1_700_000_000 + day * 86_400)
    oldest = automatic.made(paths)[0]
    assert keeping.restore(paths, Restore(path=os.fsencode(oldest))).now.photos == 1
    assert oldest.exists()


def test_what_is_no_copy_is_refused_and_nothing_is_changed(paths: LibraryPaths, tmp_path: Path) -> None:
    (tmp_path / "lista.zip").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    archive.save(paths, tmp_path / "copia.zip")
    whole = (tmp_path / "copia.zip").read_bytes()
    (tmp_path / "rotta.zip").write_bytes(whole[:400] + bytes(200) + whole[600:])
    before = paths.database.read_bytes()
    for name, error in (("lista.zip", UsageError), ("rotta.zip", LibraryCorrupt), ("nessuna.zip", UsageError)):
        with pytest.raises(error):
            keeping.restore(paths, Restore(path=os.fsencode(tmp_path / name)))
    assert paths.database.read_bytes() == before
    assert automatic.made(paths) == []
    assert list(paths.backups.glob("*")) == []


def test_a_damaged_library_goes_back_to_a_copy_and_its_files_are_kept(paths: LibraryPaths, tmp_path: Path) -> None:
    automatic._automatic(paths, "weekly", 4, 1_700_000_000)
    paths.database.write_bytes(b"no database" * 1_000)
    answer, _ = alone(paths, ShowKeeping())  # where the library cannot be opened, its copies are told of
    assert isinstance(answer, Reply)
    assert isinstance(answer.body, KeepingOf)
    (copy,) = answer.body.copies
    answer, _ = alone(paths, Restore(path=copy.path))
    assert isinstance(answer, Reply), answer
    assert isinstance(answer.body, Restored)
    assert answer.body.before is None
    (kept,) = paths.backups.glob("before-restoring-*")
    assert (kept / paths.database.name).read_bytes().startswith(b"no database")
    with Library.open(paths.root) as library:
        assert library.folders()[0].photos == 1


def test_a_check_tells_what_is_wrong_and_a_repair_puts_it_right(paths: LibraryPaths) -> None:
    next(paths.thumbnails.rglob("*.webp")).unlink()
    with Library.open(paths.root, write=True):  # an engine has it open, and may check it
        parts = keeping.checked(paths, Outlet(Sender(BytesIO())), sound, repair=False)
    assert states(parts)["thumbnails"] == "wrong"
    assert not parts.repaired
    answer, events = alone(paths, Repair())
    assert isinstance(answer, Reply)
    assert isinstance(answer.body, Checked)
    assert states(answer.body) == {**dict.fromkeys(states(answer.body), "good"), "thumbnails": "repaired"}
    assert len(list(paths.thumbnails.rglob("*.webp"))) == 1
    assert [event.part.key for event in events if isinstance(event, Checking) and event.total == 0] == [
        part.title.key for part in answer.body.parts
    ]


def test_a_check_is_broken_off(paths: LibraryPaths) -> None:
    underway, parts = Underway(), []

    def stopping(paths: LibraryPaths, repair: bool, tell: Callable[..., object]) -> Iterator[Any]:
        for part in check(paths, repair=repair, tell=tell):
            parts.append(part.name)
            underway.stop(7)
            yield part

    with closing(BytesIO()) as out, pytest.raises(Stopped):
        keeping.checked(paths, Outlet(Sender(out)), stopping, repair=False, cancellation=underway.begin(7))
    assert parts == ["database"]
    assert not underway.begin(8).cancelled
    underway.stop(9)
    assert underway.begin(9).cancelled, "it was stopped before it began"
    underway.close()
    assert underway.begin(10).cancelled


def test_a_copy_that_is_broken_off_leaves_nothing(
    paths: LibraryPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ritrova.store.copying._PAGES", 1)
    target = tmp_path / "copie" / "copia.zip"
    target.parent.mkdir()
    seen: list[list[str]] = []

    class Later(Cancellation):
        """Somebody stops it once the copy has begun."""

        def check(self) -> None:
            seen.append([path.name for path in target.parent.iterdir()])
            if len(seen) == 3:
                self.cancel()
            super().check()

    with pytest.raises(Stopped):
        archive.save(paths, target, Later())
    assert len(seen[-1]) == 2, "the copy had begun"
    assert list(target.parent.iterdir()) == []


def test_what_a_killed_process_left_of_a_copy_goes_with_the_next_one(paths: LibraryPaths, tmp_path: Path) -> None:
    folder = tmp_path / "copie [usb]"
    (folder / ".ritrova-abc.part").mkdir(parents=True)
    names = (".copia.zip.abc.part", ".ritrova-abc.part/library.sqlite3", ".copia.zip.new.part", ".other.part")
    for name in names:
        (folder / name).touch()
    for name in (*names[:2], ".ritrova-abc.part", names[3]):
        os.utime(folder / name, (0, 0))
    archive.save(paths, folder / "copia.zip")
    assert {path.name for path in folder.iterdir()} == {"copia.zip", ".copia.zip.new.part", ".other.part"}


def test_what_needs_an_open_library_is_refused_alone(paths: LibraryPaths, caplog: pytest.LogCaptureFixture) -> None:
    answer, _ = alone(paths, Check())
    caplog.clear()
    assert isinstance(answer, Refusal)
    assert answer.error.whose == "bug"


def test_a_library_without_its_model_indexes_once_another_is_chosen(
    open_window: Any, root: Path, folder: Path, make_photo: MakePhoto
) -> None:
    """As after going back to a copy of a library whose model is not there any more."""
    settings = LibraryPaths(root).settings
    settings.write_text(settings.read_text().replace('"fake"', '"gone"'))
    make_photo("rosso.jpg", "rosso")
    window = open_window()
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_for(IndexEnded, lambda ended: ended.fault is not None)
    window.ask(UseModel(name="fake"), ModelsOf)
    window.wait_until_indexed(added=1)
    assert window.search("rosso")[0].total == 1


def test_the_photos_that_are_gone_are_forgotten(open_window: Any, folder: Path, make_photo: MakePhoto) -> None:
    photo = make_photo("rosso.jpg", "rosso")
    make_photo("blu.jpg", "blu")
    window = open_window()
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_until_indexed(added=2)
    photo.unlink()
    window.wait_until_indexed(missing=1)
    assert window.ask(ForgetMissing(), Forgotten).photos == 1
    assert window.ask(ForgetMissing(), Forgotten).photos == 0
    assert window.search("")[0].total == 1
    assert states(window.ask(Check(), Checked)) == dict.fromkeys(
        ("database", "rows", "index", "thumbnails", "models", "leftovers"), "good"
    )
