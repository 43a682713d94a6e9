"""A backup holds what a person typed, and brings it back whole, or is refused and changes nothing."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ritrova import settings as settings_file
from ritrova.backup import archive, automatic
from ritrova.backup.restoring import restore
from ritrova.errors import LibraryCorrupt, LibraryLocked, LibraryTooNew, UsageError
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.store import database, marks

MakePhoto = Callable[..., Path]
DAY_S = 24 * 3600.0


@pytest.fixture
def paths(library: Library, make_photo: MakePhoto) -> LibraryPaths:
    """A library, open as its writer, of two photos; the red one has five stars."""
    make_photo("rosso.jpg", "rosso")
    make_photo("blu.jpg", "blu")
    library.index()
    rate(library, 5)
    return library.paths


def red(library: Library) -> bytes:
    return library.search("rosso", top=1)[0].content


def rate(library: Library, stars: int) -> None:
    with library.store.typing() as transaction:
        marks.set_rating(transaction, [red(library)], stars)


def stars(root: Path) -> int | None:
    with closing(sqlite3.connect(root / "library.sqlite3")) as connection:
        row = connection.execute("SELECT rating FROM mark").fetchone()
    return row[0] if row else None


def test_a_library_in_use_is_backed_up_and_comes_back_elsewhere(
    paths: LibraryPaths, library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "copia.zip"

    contents = archive.save(paths, file)
    elsewhere = LibraryPaths(tmp_path / "altrove")
    restored = restore(elsewhere, file)

    assert contents == archive.look(file) == restored.contents
    assert (contents.photos, contents.schema_version, restored.kept) == (2, database.SCHEMA, None)
    assert sorted(zipfile.ZipFile(file).namelist()) == ["backup.json", "library.sqlite3", "settings.json"]
    with Library.open(elsewhere.root, write=True) as again:
        assert again.settings == library.settings
        assert [hit.path for hit in again.search("rosso", top=1)] == [
            hit.path for hit in library.search("rosso", top=1)
        ]
        assert again.index().unchanged == 2
    assert stars(elsewhere.root) == 5
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_only_its_owner_can_read_a_backup(paths: LibraryPaths, tmp_path: Path) -> None:
    archive.save(paths, tmp_path / "copia.zip")
    assert (tmp_path / "copia.zip").stat().st_mode & 0o077 == 0


def test_what_was_there_is_kept_beside(paths: LibraryPaths, library: Library, tmp_path: Path) -> None:
    archive.save(paths, tmp_path / "copia.zip")
    rate(library, 2)
    library.settings.backups.keep = 7
    library.change_settings(library.settings)
    library.close()

    kept = restore(paths, tmp_path / "copia.zip").kept

    assert stars(paths.root) == 5
    assert settings_file.load(paths.settings).backups.keep == 4
    assert kept is not None
    assert kept.is_relative_to(paths.backups)
    assert stars(kept) == 2
    assert settings_file.load(kept / "settings.json").backups.keep == 7


def test_a_damaged_database_is_kept_with_its_log(paths: LibraryPaths, library: Library, tmp_path: Path) -> None:
    archive.save(paths, tmp_path / "copia.zip")
    library.close()
    log = paths.database.with_name("library.sqlite3-wal")
    paths.database.write_bytes(b"no database at all" * 1000)
    log.write_bytes(b"its log")

    kept = restore(paths, tmp_path / "copia.zip").kept

    assert stars(paths.root) == 5
    assert kept is not None
    assert (kept / "library.sqlite3").read_bytes() == b"no database at all" * 1000
    assert (kept / log.name).read_bytes() == b"its log"
    assert not log.exists()


def test_nothing_is_restored_while_someone_writes_or_reads(
    paths: LibraryPaths, library: Library, tmp_path: Path
) -> None:
    archive.save(paths, tmp_path / "copia.zip")
    rate(library, 2)
    with pytest.raises(LibraryLocked, match="process"):
        restore(paths, tmp_path / "copia.zip")
    library.close()
    with Library.open(paths.root) as reader:
        reader.search("rosso")
        with pytest.raises(LibraryLocked):
            restore(paths, tmp_path / "copia.zip")
    assert stars(paths.root) == 2


def test_an_index_that_is_newer_than_the_backup_is_not_believed(
    paths: LibraryPaths, library: Library, tmp_path: Path, make_photo: MakePhoto, folder: Path
) -> None:
    archive.save(paths, tmp_path / "copia.zip")
    make_photo("verde.jpg", "verde")
    library.index()
    library.close()

    restore(paths, tmp_path / "copia.zip")

    with Library.open(paths.root, write=True) as again:
        assert {os.path.basename(hit.path) for hit in again.search("verde")} == {b"rosso.jpg", b"blu.jpg"}
        assert again.index().added == 1
        assert os.path.basename(again.search("verde", top=1)[0].path) == b"verde.jpg"


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def _changed(file: Path) -> None:
    """Another database than the one that the sums were made of."""
    with zipfile.ZipFile(file) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    data = bytearray(parts["library.sqlite3"])
    data[100] ^= 1
    with zipfile.ZipFile(file, "w") as new:
        for name, part in (parts | {"library.sqlite3": bytes(data)}).items():
            new.writestr(name, part)


def _rotten(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 0xFF
    file.write_bytes(data)


def _from_the_future(file: Path) -> None:
    _rewritten(file, format=2)


def _rewritten(file: Path, **changes: object) -> None:
    with zipfile.ZipFile(file) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["backup.json"] = json.dumps(json.loads(parts["backup.json"]) | changes).encode()
    with zipfile.ZipFile(file, "w") as new:
        for name, part in parts.items():
            new.writestr(name, part)


def _leading_out(file: Path) -> None:
    _rewritten(file, files={"../../evil": {"size": 1, "sha256": "0" * 64}})


def _without_database(file: Path) -> None:
    _rewritten(file, files={})


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (_truncated, UsageError),
        (_changed, LibraryCorrupt),
        (_rotten, LibraryCorrupt),
        (_from_the_future, LibraryTooNew),
        (_leading_out, UsageError),
        (_without_database, UsageError),
        (lambda file: file.write_text("a letter"), UsageError),
        (lambda file: file.unlink(), UsageError),
    ],
    ids=["truncated", "changed", "rotten", "future", "leading-out", "no-database", "letter", "gone"],
)
def test_a_file_that_is_no_whole_backup_is_refused_and_nothing_changes(
    paths: LibraryPaths, library: Library, tmp_path: Path, spoil: Callable[[Path], object], error: type[Exception]
) -> None:
    file = tmp_path / "copia.zip"
    archive.save(paths, file)
    rate(library, 1)
    library.close()
    spoil(file)

    with pytest.raises(error) as caught:
        restore(paths, file)

    assert str(file) in str(caught.value)
    assert stars(paths.root) == 1
    assert not paths.backups.exists()
    assert not list(paths.root.glob(".ritrova-*"))


def test_a_file_that_is_no_backup_is_not_overwritten(paths: LibraryPaths, folder: Path, tmp_path: Path) -> None:
    photo = folder / "rosso.jpg"
    before = photo.read_bytes()
    with pytest.raises(UsageError):
        archive.save(paths, photo)
    with pytest.raises(UsageError):
        archive.save(paths, tmp_path / "none" / "copia.zip")
    with pytest.raises(UsageError):
        archive.save(LibraryPaths(tmp_path / "none"), tmp_path / "copia.zip")
    assert photo.read_bytes() == before
    assert not (tmp_path / "none").exists()


def test_a_backup_that_is_killed_leaves_the_one_that_was_there(paths: LibraryPaths, tmp_path: Path) -> None:
    file = tmp_path / "copia.zip"
    archive.save(paths, file)
    before = file.read_bytes()
    code = (
        "import os, sys; from pathlib import Path; from ritrova.backup import archive; from ritrova.paths import *\n"
        "archive.examine = lambda path: os.kill(os.getpid(), 9)\n"
        "archive.save(LibraryPaths(Path(sys.argv[1])), Path(sys.argv[2]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(paths.root), str(file)], check=False)
    assert done.returncode != 0
    assert file.read_bytes() == before


def test_the_week_s_backup_is_made_once_a_week_and_four_are_kept(paths: LibraryPaths, library: Library) -> None:
    now = time.time()
    first = automatic.weekly(paths, 4, now)
    assert first is not None
    assert automatic.weekly(paths, 4, now + 6 * DAY_S) is None
    assert automatic.weekly(paths, 4, now + 8 * DAY_S) is None  # nothing has changed since
    for week in range(1, 7):
        when = now + week * 8 * DAY_S
        os.utime(paths.database, (when - 60, when - 60))
        made = automatic.weekly(paths, 4, when)
        assert made is not None
        os.utime(made, (when, when))
    kept = automatic.made(paths)
    assert len(kept) == 4
    assert first not in kept
    assert archive.look(kept[-1]).photos == 2


def test_the_newest_comes_last_also_of_one_second(
    paths: LibraryPaths, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_900_000_000.0)
    files = [automatic.weekly(paths, 4), automatic.before_restoring(paths), automatic.before_restoring(paths)]
    assert automatic.made(paths) == files


def test_the_library_backs_itself_up_unless_it_should_not(paths: LibraryPaths, library: Library) -> None:
    library.settings.backups.automatic = False
    assert library.back_up() is None
    library.settings.backups.automatic = True
    assert library.back_up() in automatic.made(paths)
    with Library.open(paths.root) as reader:
        assert reader.back_up() is None


def test_a_database_is_backed_up_before_it_is_updated(
    paths: LibraryPaths, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.close()
    with closing(sqlite3.connect(paths.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    monkeypatch.setattr(database, "_known_revisions", lambda: {"0000", database.SCHEMA})
    monkeypatch.setattr("alembic.command.upgrade", lambda _config, _target: None)

    Library.open(paths.root, write=True).close()

    (made,) = automatic.made(paths)
    assert archive.look(made).schema_version == "0000"
    shutil.copy(made, tmp_path)
    assert restore(LibraryPaths(tmp_path / "altrove"), tmp_path / made.name).contents.photos == 2
