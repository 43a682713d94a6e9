"""The database keeps what it is given, refuses what it does not understand, and says why in plain words."""

import os
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

from ritrova.errors import (
    FailureKind,
    LibraryCorrupt,
    LibraryError,
    LibraryLocked,
    LibraryReadOnly,
    LibraryTooNew,
)
from ritrova.photo import FileStamp, FileState, Filters, Metadata, PhotoFacts
from ritrova.store import database
from ritrova.store.copying import copy_database
from ritrova.store.records import Broken, Embedded, Outcome, Place, Recognised, Sidecar, matching_key
from ritrova.store.searching import matching, photos
from ritrova.store.store import Store
from ritrova.store.tables import Base
from ritrova.store.vectors import StoredVectors
from ritrova.store.writing import collect_orphans, forget_model, set_state, write


@pytest.fixture
def folder(store: Store) -> int:
    return store.add_folder("uuid:1", "disk", "internal", b"/mnt", b"foto")


@pytest.fixture
def model(store: Store) -> int:
    return store.add_model("f" * 16, "test", 4)


def photo(folder: int, name: str, number: int, *, directory: str = "", metadata: Metadata = Metadata()) -> Embedded:
    vector = np.zeros(4, np.float32)
    vector[number % 4] = 1
    return Embedded(
        place=Place(folder, os.fsencode(directory), os.fsencode(name)),
        stamp=FileStamp(100 + number, 1, number),
        hash=number.to_bytes(32, "big"),
        facts=PhotoFacts(format="jpeg", width=40, height=30, orientation=1, metadata=metadata),
        vector=vector,
        moved_from=None,
        sidecar=Sidecar(None, None),
    )


def found(store: Store, model: int, filters: Filters = Filters()) -> set[bytes]:
    ids = matching(store, model, filters, 1000)
    assert ids is not None
    passed = photos(store, range(1000), filters)
    assert sorted(passed) == ids, "listing what passes and checking what is at hand must agree"
    return {photo.path for photo in passed.values()}


@pytest.mark.parametrize("name", [b"a?b", b"a#b", b"100%3f", b"a&mode=memory", b"caf\xe8", "è".encode(), b"a\nb"])
def test_a_library_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: bytes) -> None:
    root = tmp_path / os.fsdecode(name)
    root.mkdir()
    database = root / "library.sqlite3"

    written = Store(database, write=True)
    written.add_folder("uuid:1", "disk", "internal", b"/mnt", b"foto")
    written.close()
    read = Store(database, write=False)
    folders = read.folders()
    read.close()

    assert [each.path for each in folders] == [b"foto"]
    assert list(tmp_path.iterdir()) == [root]
    assert all(each.name.startswith("library.sqlite3") for each in root.iterdir())


def test_a_new_library_has_the_schema_of_the_tables_and_the_pragmas_of_the_plan(store: Store) -> None:
    with store.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "auto_vacuum")]
        foreign_keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    assert differences == []
    assert values == ["wal", 2]
    assert foreign_keys == 1


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(database._migrations())).get_current_head() == database.SCHEMA


def test_embedding_ids_are_never_given_twice(store: Store, folder: int, model: int) -> None:
    source = StoredVectors(store, model, "f" * 16, 4)
    write(store, model, [photo(folder, "a.jpg", 1)])
    first = source.stamp().last_id
    store.remove_folder(folder)
    collect_orphans(store)
    assert source.count(first) == 0
    other = store.add_folder("uuid:1", "disk", "internal", b"/mnt", b"altro")
    write(store, model, [photo(other, "a.jpg", 2)])
    assert source.stamp().last_id > first


def test_vectors_come_back_as_they_were_written_in_order_of_id(store: Store, folder: int, model: int) -> None:
    write(store, model, [photo(folder, f"{n}.jpg", n) for n in range(10)])
    source = StoredVectors(store, model, "f" * 16, 4)
    ids, vectors = source.vectors(after=0, limit=100)
    assert list(ids) == list(source.ids(int(ids[-1]))) == sorted(ids)
    assert vectors.dtype == np.float16
    assert vectors.shape == (10, 4)
    assert (vectors.argmax(axis=1) == np.arange(10) % 4).all()
    later, _ = source.vectors(after=int(ids[6]), limit=2)
    assert list(later) == list(ids[7:9])


def test_each_batch_renews_the_token_and_the_old_ones_stay_known(store: Store, folder: int, model: int) -> None:
    source = StoredVectors(store, model, "f" * 16, 4)
    assert source.stamp().token == 0
    write(store, model, [photo(folder, "a.jpg", 1)])
    first = source.stamp()
    write(store, model, [photo(folder, "b.jpg", 2)])
    second = source.stamp()
    assert first.token != second.token
    assert source.last_id_of(first.token) == first.last_id < second.last_id
    assert source.last_id_of(second.token + 1) is None
    assert (first.count, second.count) == (1, 2)


def test_a_deletion_renews_the_token_too(store: Store, folder: int, model: int) -> None:
    source = StoredVectors(store, model, "f" * 16, 4)
    write(store, model, [photo(folder, "a.jpg", 1)])
    before = source.stamp()
    assert collect_orphans(store) == []
    assert source.stamp() == before
    store.remove_folder(folder)
    assert len(collect_orphans(store)) == 1
    after = source.stamp()
    assert (after.last_id, after.count) == (before.last_id, 0)
    assert after.token != before.token
    assert source.last_id_of(before.token) == before.last_id


def test_what_a_model_made_goes_with_it(store: Store, folder: int, model: int) -> None:
    write(store, model, [photo(folder, "a.jpg", 1)])
    other = store.add_model("e" * 16, "other", 4)
    write(store, other, [photo(folder, "a.jpg", 1)])
    forget_model(store, "e" * 16)
    assert [record.fingerprint for record in store.models()] == ["f" * 16]
    assert StoredVectors(store, model, "f" * 16, 4).stamp().count == 1


def test_the_same_bytes_in_two_places_are_one_content_with_one_embedding(store: Store, folder: int, model: int) -> None:
    write(store, model, [photo(folder, "a.jpg", 1), photo(folder, "b.jpg", 1)])
    source = StoredVectors(store, model, "f" * 16, 4)
    assert source.stamp().count == 1
    assert found(store, model) == {b"/mnt/foto/a.jpg"}


def test_a_moved_row_keeps_its_id_and_replaces_what_stood_at_its_new_place(
    store: Store, folder: int, model: int
) -> None:
    write(store, model, [photo(folder, "a.jpg", 1), photo(folder, "b.jpg", 2)])
    before = store.files_in(folder, b"")[b"a.jpg"]
    content = store.content((1).to_bytes(32, "big"), model)
    assert content is not None
    move = Recognised(
        place=Place(folder, b"", b"b.jpg"),
        stamp=FileStamp(101, 1, 1),
        content_id=content.id,
        moved_from=before.id,
        sidecar=None,
    )
    write(store, model, [move])
    files = store.files_in(folder, b"")
    assert set(files) == {b"b.jpg"}
    assert files[b"b.jpg"].id == before.id


def test_the_newest_batch_is_found_without_sorting_all_of_them(store: Store, model: int) -> None:
    plans: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(row[-1] for row in cursor.fetchall())

    StoredVectors(store, model, "a" * 16, 4).stamp()

    assert plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]


def test_a_batch_is_written_whole_or_not_at_all(store: Store, folder: int, model: int) -> None:
    broken: list[Outcome] = [photo(folder, "a.jpg", 1), photo(folder + 99, "b.jpg", 2)]
    with pytest.raises(Exception, match="FOREIGN KEY"):
        write(store, model, broken)
    assert store.files_in(folder, b"") == {}
    assert StoredVectors(store, model, "f" * 16, 4).stamp().count == 0


def test_a_missing_photo_is_not_found_and_comes_back_with_its_embedding(store: Store, folder: int, model: int) -> None:
    write(store, model, [photo(folder, "a.jpg", 1)])
    file = store.files_in(folder, b"")[b"a.jpg"]
    set_state(store, [file.id], FileState.MISSING)
    assert found(store, model) == set()
    assert collect_orphans(store) == []
    set_state(store, [file.id], FileState.PRESENT)
    assert found(store, model) == {b"/mnt/foto/a.jpg"}


def test_failures_are_listed_once_with_their_attempts_and_go_when_the_photo_is_read(
    store: Store, folder: int, model: int
) -> None:
    place = Place(folder, b"", b"a.jpg")
    broken = Broken(place=place, stamp=FileStamp(1, 1, 1), kind=FailureKind.CORRUPT, reason="short", decoder="1")
    write(store, model, [broken])
    write(store, model, [broken])
    (failure,) = store.failures()
    assert (failure.path, failure.kind, failure.attempts) == (b"/mnt/foto/a.jpg", FailureKind.CORRUPT, 2)
    write(store, model, [photo(folder, "a.jpg", 1)])
    assert store.failures() == []


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(), "abc"),
        (Filters(date_from=date(2024, 1, 1)), "b"),
        (Filters(date_to=date(2023, 12, 31)), "a"),
        (Filters(date_from=date(2023, 12, 31), date_to=date(2024, 1, 1)), "ab"),
        (Filters(formats=("JPEG",)), "abc"),
        (Filters(formats=("png",)), ""),
        (Filters(cameras=("canon",)), "a"),
        (Filters(cameras=("100%",)), ""),
        (Filters(orientation="landscape"), "abc"),
        (Filters(orientation="portrait"), ""),
        (Filters(rating_min=4), "bc"),
        (Filters(rating_min=5), "c"),
        (Filters(folders=(b"/mnt/foto/mare",)), "b"),
        (Filters(folders=(b"/mnt/foto",)), "abc"),
        (Filters(folders=(b"/mnt",)), "abc"),
        (Filters(folders=(b"/mnt/foto/mar",)), ""),
        (Filters(folders=(b"/altrove", b"/mnt/foto/mare/")), "b"),
        (Filters(rating_min=4, folders=(b"/mnt/foto/mare",)), "b"),
    ],
)
def test_filters_hold(store: Store, folder: int, model: int, filters: Filters, names: str) -> None:
    last_evening = Metadata(taken_at="2023-12-31T23:59:59.900", camera="Canon EOS R6")
    midnight = Metadata(taken_at="2024-01-01T00:00:00", rating=4)
    write(
        store,
        model,
        [
            photo(folder, "a.jpg", 1, metadata=last_evening),
            photo(folder, "b.jpg", 2, directory="mare", metadata=midnight),
            Embedded(  # the sidecar's stars count for more than the photo's own
                place=Place(folder, b"", b"c.jpg"),
                stamp=FileStamp(1, 1, 3),
                hash=(3).to_bytes(32, "big"),
                facts=PhotoFacts(format="jpeg", width=2, height=1, orientation=1, metadata=Metadata(rating=1)),
                vector=np.array([1, 0, 0, 0], np.float32),
                moved_from=None,
                sidecar=Sidecar(7, Metadata(rating=5)),
            ),
        ],
    )
    assert {os.path.basename(path)[:1].decode() for path in found(store, model, filters)} == set(names)


def test_more_photos_than_can_be_listed_are_not_listed_in_part(store: Store, folder: int, model: int) -> None:
    write(store, model, [photo(folder, "a.jpg", 1), photo(folder, "b.jpg", 2)])
    assert matching(store, model, Filters(), 2) == [1, 2]
    assert matching(store, model, Filters(), 1) is None


def test_names_that_are_not_utf8_and_both_ways_to_write_an_accent(store: Store, folder: int, model: int) -> None:
    odd = [b"perch\xc3\xa9.jpg", b"perche\xcc\x81.jpg", b"\xff\xfe\n.jpg", b"surf \xf0\x9f\x8f\x84.jpg"]
    write(store, model, [photo(folder, os.fsdecode(name), n) for n, name in enumerate(odd, 1)])
    assert found(store, model) == {b"/mnt/foto/" + name for name in odd}
    assert matching_key(odd[0]) == matching_key(odd[1])


def test_a_database_from_the_future_is_refused_and_left_alone(store: Store, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    for writable in (True, False):
        with pytest.raises(LibraryTooNew) as caught:
            Store(path, write=writable)
        assert caught.value.path == str(path)
        assert caught.value.remedy
    assert path.read_bytes() == before


def test_an_older_database_is_copied_before_it_is_migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('0000')")
    monkeypatch.setattr(database, "_known_revisions", lambda: {"0000", database.SCHEMA})
    upgrades: list[str | None] = []
    monkeypatch.setattr("alembic.command.upgrade", lambda _config, target: upgrades.append(target))
    with pytest.raises(LibraryError, match="older"):
        Store(path, write=False)
    copy = path.with_name("copy.sqlite3")
    Store(path, write=True, before_migration=lambda: copy_database(path, copy)).close()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0000",)]
    assert upgrades == ["head"]


@pytest.mark.parametrize(
    "content",
    [b"this is not a database, but long enough to be read as one" * 50, b"SQLite format 3\0" + b"\xff" * 5000],
)
def test_a_damaged_database_is_a_clear_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for writable in (True, False):
        with pytest.raises(LibraryCorrupt) as caught:
            Store(path, write=writable)
        assert caught.value.exit_code == 3
    assert path.read_bytes() == content


def test_someone_elses_database_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(LibraryCorrupt, match="not made by Ritrova"):
        Store(path, write=True)


def test_damage_found_by_sqlite_itself_is_told(store: Store, folder: int, model: int, path: Path) -> None:
    write(store, model, [photo(folder, f"{n}.jpg", n) for n in range(200)])
    assert store.integrity() == []
    store.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    damaged = Store(path, write=False)
    try:
        problems = damaged.integrity()
    except LibraryCorrupt:
        problems = ["refused"]
    finally:
        damaged.close()
    assert problems


def test_a_locked_database_is_a_clear_error(
    store: Store, folder: int, model: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        impatient = Store(path, write=True)
        with pytest.raises(LibraryLocked):
            write(impatient, model, [photo(folder, "a.jpg", 1)])
        impatient.close()
        other.execute("ROLLBACK")


def test_a_library_opened_for_reading_cannot_be_written(store: Store, path: Path, folder: int, model: int) -> None:
    write(store, model, [photo(folder, "a.jpg", 1)])
    reader = Store(path, write=False)
    assert found(reader, model) == {b"/mnt/foto/a.jpg"}
    with pytest.raises(LibraryReadOnly):
        write(reader, model, [photo(folder, "b.jpg", 2)])
    reader.close()
