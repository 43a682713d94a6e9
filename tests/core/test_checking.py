"""`ritrova check`: each part of a library spoilt in turn is found, and what is a cache is made anew."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ritrova.atomic import ABANDONED_S
from ritrova.checking import Finding, check
from ritrova.errors import LibraryLocked, UsageError
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.store import marks

MakePhoto = Callable[..., Path]


@pytest.fixture
def paths(library: Library, make_photo: MakePhoto) -> LibraryPaths:
    """A closed library of two photos, both with five stars, one in an album."""
    make_photo("rosso.jpg", "rosso")
    make_photo("blu.jpg", "blu")
    library.index()
    with library.store.typing() as transaction:
        marks.set_rating(transaction, sorted(library.store.hashes()), 5)
    library.close()
    return library.paths


def wrong(paths: LibraryPaths, *, repair: bool = False) -> dict[str, str]:
    """What is not good, by name."""
    return {each.name: each.state for each in check(paths, repair=repair) if each.state != "good"}


def typed(paths: LibraryPaths) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(paths.database)) as connection:
        return [
            row
            for table in ("mark", "keyword", "album", "album_photo", "folder")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")
        ]


def sql(paths: LibraryPaths, *statements: str) -> None:
    with closing(sqlite3.connect(paths.database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(statement)


def lose_a_file_row(paths: LibraryPaths) -> None:
    sql(paths, "DELETE FROM file WHERE name = X'626c752e6a7067'")


def lose_a_content(paths: LibraryPaths) -> None:
    sql(paths, "DELETE FROM content WHERE id = (SELECT max(id) FROM content)")


def lose_the_index(paths: LibraryPaths) -> None:
    next(paths.index.rglob("*.f32")).write_bytes(b"")


def keep_a_strange_index(paths: LibraryPaths) -> None:
    (paths.index / "0123456789abcdef").mkdir()


def lose_the_stamp(paths: LibraryPaths) -> None:
    sql(paths, "UPDATE batch SET token = token + 1")


def lose_a_thumbnail(paths: LibraryPaths) -> None:
    next(paths.thumbnails.rglob("*.webp")).unlink()


def cut_a_thumbnail(paths: LibraryPaths) -> None:
    path = next(paths.thumbnails.rglob("*.webp"))
    path.write_bytes(path.read_bytes()[:-10])


def keep_a_strange_thumbnail(paths: LibraryPaths) -> None:
    path = paths.thumbnails / "ab" / "cd" / f"{'ab' * 32}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(next(paths.thumbnails.rglob("*.webp")).read_bytes())


def leave_a_part(paths: LibraryPaths) -> None:
    path = paths.root / ".library.zip.abc.part"
    path.write_bytes(b"half")
    long_ago = time.time() - 2 * ABANDONED_S
    os.utime(path, (long_ago, long_ago))


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lose_a_file_row, "rows"),
        (lose_a_content, "rows"),
        (lose_the_index, "index"),
        (keep_a_strange_index, "index"),
        (lose_the_stamp, "index"),
        (lose_a_thumbnail, "thumbnails"),
        (cut_a_thumbnail, "thumbnails"),
        (keep_a_strange_thumbnail, "thumbnails"),
        (leave_a_part, "leftovers"),
    ],
)
def test_what_is_wrong_is_found_and_put_right_and_nothing_typed_is_lost(
    paths: LibraryPaths, spoil: Callable[[LibraryPaths], None], part: str
) -> None:
    before = typed(paths)
    spoil(paths)

    assert wrong(paths).get(part) == "wrong"
    repaired = wrong(paths, repair=True)

    assert repaired.get(part) == "repaired"
    assert set(repaired.values()) == {"repaired"}
    assert wrong(paths) == {}
    assert typed(paths) == before
    with Library.open(paths.root, write=True) as library:
        library.index()
        assert len(library.search("rosso")) == 2
    assert wrong(paths) == {}


def test_a_sound_library_is_only_looked_at(paths: LibraryPaths) -> None:
    def files() -> dict[Path, tuple[int, int]]:
        found = (path for path in paths.root.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm")))
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in found}

    before = files()
    found = list(check(paths))

    assert [each.name for each in found] == ["database", "rows", "index", "thumbnails", "models", "leftovers"]
    assert all(each.state == "good" for each in found), found
    assert files() == before


def test_a_check_tells_how_far_it_is(paths: LibraryPaths) -> None:
    told: list[tuple[str, int, int]] = []
    found = list(check(paths, tell=lambda part, done, total: told.append((part.key, done, total))))

    assert list(dict.fromkeys(part for part, _, _ in told)) == [each.title.key for each in found]
    assert [(done, total) for part, done, total in told if part == "Thumbnails"] == [(0, 0), (0, 2), (1, 2)]
    assert all(done <= total for _, done, total in told)


def test_a_damaged_database_is_found_and_a_backup_recommended(paths: LibraryPaths) -> None:
    data = bytearray(paths.database.read_bytes())
    for page in range(3, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    paths.database.write_bytes(data)

    for repair in (False, True):
        found = list(check(paths, repair=repair))
        assert [(each.name, each.state) for each in found] == [("database", "wrong")]
        assert found[0].remedy is not None
        assert "restore" in found[0].remedy.key


def test_rows_that_a_person_typed_are_told_and_stay(paths: LibraryPaths) -> None:
    sql(paths, f"INSERT INTO album_photo (album_id, hash, position) VALUES (77, X'{'ab' * 32}', 0)")
    before = typed(paths)

    assert wrong(paths, repair=True) == {"rows": "wrong"}
    assert typed(paths) == before


def test_a_thumbnail_whose_photo_is_gone_is_not_promised(paths: LibraryPaths, folder: Path) -> None:
    (folder / "blu.jpg").unlink()
    (folder / "rosso.jpg").unlink()
    lose_a_thumbnail(paths)

    (finding,) = (each for each in check(paths, repair=True) if each.name == "thumbnails")

    assert isinstance(finding, Finding)
    assert finding.state == "wrong"
    assert finding.found.params["n"] == 1


def test_no_thumbnail_is_wanted_of_a_photo_that_is_known_to_be_gone(paths: LibraryPaths, folder: Path) -> None:
    """As after going back to a backup from before it was forgotten."""
    (folder / "blu.jpg").unlink()
    with Library.open(paths.root, write=True) as library:
        library.index()
        (gone,) = library.store.hashes() - library.store.hashes(present=True)
        library.thumbnails.remove(gone)
    assert wrong(paths) == {}


def test_an_altered_model_is_named(paths: LibraryPaths) -> None:
    model = paths.models / "mio"
    model.mkdir(parents=True)
    (model / "ritrova.json").write_text("{}")

    (finding,) = (each for each in check(paths) if each.name == "models")

    assert finding.state == "wrong"
    assert "mio" in str(finding.found)


def test_only_one_repairs_and_only_a_library_is_checked(paths: LibraryPaths, tmp_path: Path) -> None:
    with Library.open(paths.root, write=True):
        assert wrong(paths) == {}  # looking needs no lock
        with pytest.raises(LibraryLocked):
            list(check(paths, repair=True))
    with pytest.raises(UsageError):
        list(check(LibraryPaths(tmp_path / "none")))


def test_repairing_makes_no_library_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        list(check(LibraryPaths(tmp_path / "none"), repair=True))
    assert not (tmp_path / "none").exists()
