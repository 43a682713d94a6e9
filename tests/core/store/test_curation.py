"""What a person says of photos is kept with their bytes, can be taken back, and survives what happens to files."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event

from ritrova.photo import FileStamp, FileState, Filters, Metadata, PhotoFacts
from ritrova.store import albums, browsing, database, marks
from ritrova.store.copying import copy_database
from ritrova.store.records import Embedded, Place
from ritrova.store.searching import passing
from ritrova.store.store import Store
from ritrova.store.writing import collect_orphans, set_state, write

WORDS = ("mare", "Nonna", "estate", "città")


def hash_of(number: int) -> bytes:
    return bytes([number]) * 32


def photo(folder: int, name: str, number: int, metadata: Metadata = Metadata()) -> Embedded:
    vector = np.zeros(4, np.float32)
    vector[number % 4] = 1
    return Embedded(
        place=Place(folder, b"", os.fsencode(name)),
        stamp=FileStamp(number, number, number),
        hash=hash_of(number),
        facts=PhotoFacts(format="jpeg", width=4, height=3, orientation=1, metadata=metadata),
        vector=vector,
        moved_from=None,
        sidecar=None,
    )


@pytest.fixture
def folder(store: Store) -> int:
    """A watched folder with photos 1 to 3; the second carries words, stars and a camera of its own."""
    folder = store.add_folder("uuid:1", "disk", "internal", b"/mnt", b"foto")
    own = Metadata(keywords=("mare", "Sole"), rating=2, camera="Leica Q", taken_at="2024-07-01T10:00:00")
    model = store.add_model("m", "m", 4)
    write(store, model, [photo(folder, "1.jpg", 1), photo(folder, "2.jpg", 2, own), photo(folder, "3.jpg", 3)])
    return folder


def numbers(store: Store, filters: Filters) -> set[int]:
    with store.reading() as connection:
        ids = passing(store, filters)
        rows = connection.exec_driver_sql("SELECT id, hash FROM content").all()
    return {row[1][0] for row in rows if row[0] in ids}


def test_a_persons_stars_count_before_the_files(store: Store, folder: int) -> None:
    with store.typing() as connection:
        assert marks.set_rating(connection, [hash_of(1), hash_of(2)], 4) == {hash_of(1): None, hash_of(2): None}
    assert numbers(store, Filters(rating_min=3)) == {1, 2}
    with store.typing() as connection:
        assert marks.set_rating(connection, [hash_of(2)], 1) == {hash_of(2): 4}
        assert marks.set_rating(connection, [hash_of(2)], 1) == {}
    assert numbers(store, Filters(rating_min=2)) == {1}
    with store.typing() as connection:
        marks.set_rating(connection, [hash_of(2)], None)
    assert numbers(store, Filters(rating_min=2)) == {1, 2}


def test_favourites_and_albums_are_conditions(store: Store, folder: int) -> None:
    with store.typing() as connection:
        assert marks.set_favourite(connection, [hash_of(3)], True) == [hash_of(3)]
        album = albums.make(connection, "Mare", None)
        albums.fill(connection, album, [hash_of(3), hash_of(1)])
    assert marks.count_favourites(store) == 1
    assert numbers(store, Filters(favourites=True)) == {3}
    assert numbers(store, Filters(album=album)) == {1, 3}
    assert numbers(store, Filters(album=album, favourites=True)) == {3}
    assert numbers(store, Filters(album=99)) == set()
    assert [(a.name, a.photos, a.cover) for a in albums.albums(store)] == [("Mare", 2, hash_of(3))]
    assert albums.albums_of(store, [hash_of(1), hash_of(2)]) == {hash_of(1): [album]}


def test_keywords_of_the_file_and_of_the_person_are_one_set(store: Store, folder: int) -> None:
    with store.typing() as connection:
        gained, lost = marks.set_keywords(connection, [hash_of(1), hash_of(2)], ["mare", " Nonna "], ["Sole", "no"])
    assert gained == {"mare": [hash_of(1)], "Nonna": [hash_of(1), hash_of(2)]}
    assert lost == {"Sole": [hash_of(2)]}
    assert numbers(store, Filters(keywords=("MARE",))) == {1, 2}
    assert numbers(store, Filters(keywords=("mare", "nonna"))) == {1, 2}
    assert numbers(store, Filters(keywords=("sole",))) == set()
    assert browsing.keywords(store) == {"mare": 2, "Nonna": 2}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sets(st.sampled_from(WORDS)), st.sets(st.sampled_from(WORDS))), max_size=4))
def test_changed_keywords_can_be_taken_back_exactly(steps: list[tuple[set[str], set[str]]]) -> None:
    with tempfile.TemporaryDirectory() as where:
        store = Store(Path(where) / "library.sqlite3", write=True)
        folder = store.add_folder("uuid:1", "disk", "internal", b"/mnt", b"foto")
        words = Metadata(keywords=("mare", "città"))
        write(store, store.add_model("m", "m", 4), [photo(folder, "1.jpg", 1), photo(folder, "2.jpg", 2, words)])
        both = [hash_of(1), hash_of(2)]
        with store.typing() as connection:
            for add, remove in steps:
                before = {each: _words(connection, each) for each in both}
                gained, lost = marks.set_keywords(connection, both, add, remove)
                for word, where_ in gained.items():
                    marks.set_keywords(connection, where_, (), [word])
                for word, where_ in lost.items():
                    marks.set_keywords(connection, where_, [word], ())
                assert {each: _words(connection, each) for each in both} == before
                marks.set_keywords(connection, both, add, remove)
                for each in both:
                    assert _words(connection, each) == (before[each] | add) - remove
        store.close()


def _words(connection: object, each: bytes) -> set[str]:
    own = marks.files_words(connection, [each])  # type: ignore[arg-type]
    typed = marks.typed_words(connection, [each])  # type: ignore[arg-type]
    return marks.words_of(own.get(each, ()), typed.get(each, {}))


def test_what_was_said_outlives_the_removal_of_the_folder(store: Store, folder: int) -> None:
    with store.typing() as connection:
        marks.set_rating(connection, [hash_of(1)], 5)
    store.remove_folder(folder)
    collect_orphans(store)
    assert store.hashes() == set()
    again = store.add_folder("uuid:1", "disk", "internal", b"/mnt", b"altro")
    write(store, store.add_model("m", "m", 4), [photo(again, "x.jpg", 1)])
    assert numbers(store, Filters(rating_min=5)) == {1}


def test_a_photo_edited_in_place_keeps_what_was_said(store: Store, folder: int) -> None:
    with store.typing() as connection:
        marks.set_favourite(connection, [hash_of(1)], True)
        marks.set_keywords(connection, [hash_of(1)], ["gatto"], ())
    write(store, 1, [photo(folder, "1.jpg", 7)])
    assert numbers(store, Filters(favourites=True, keywords=("gatto",))) == {7}


def test_what_a_person_typed_is_flushed_to_the_disk(store: Store, folder: int) -> None:
    def mode() -> int:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    with store.typing() as connection:
        assert mode() == 2  # FULL
    with store.writing() as connection:
        assert mode() == 1


def test_searches_are_remembered_within_bounds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(albums, "REMEMBERED", 3)
    for words in ("a", "b", "a", "c", "d"):
        albums.remember(store, words)
    assert albums.searches(store) == [("d", 1), ("c", 1), ("a", 2)]
    albums.forget_searches(store)
    assert albums.searches(store) == []


def test_many_photos_are_listed_with_their_marks_and_only_those_present(store: Store, folder: int) -> None:
    with store.typing() as connection:
        marks.set_favourite(connection, [hash_of(2)], True)
    set_state(store, [3], FileState.MISSING)
    rows = [row for page in browsing.rows(store, 1) for row in page]
    assert [(row[1][0], row[9], row[10], row[11]) for row in rows] == [(1, 0, 0, 1), (2, 2, 1, 2)]
    assert rows[0][4] is None
    assert rows[1][4] == 1719828000  # local seconds
    new = [row for page in browsing.rows(store, 1, "new", content=1, embedding=9) for row in page]
    assert [row[1][0] for row in new] == [2]


def test_all_that_is_known_of_a_photo(store: Store, folder: int) -> None:
    first, second = browsing.facts(store, [2, 1, 99])
    assert (first.path, first.metadata.keywords, first.metadata.rating) == (b"/mnt/foto/2.jpg", ("mare", "Sole"), 2)
    assert second.present
    assert browsing.paths_of(store, [second.content_id]) == {second.content_id: [b"/mnt/foto/1.jpg"]}
    assert browsing.values(store, "camera") == [("Leica Q", 1)]
    assert browsing.values(store, "year") == [("2024", 1)]
    assert browsing.values(store, "format") == [("jpeg", 3)]
    assert browsing.directories(store) == [(folder, b"", 3)]


def test_a_folder_keeps_its_patterns(store: Store, folder: int) -> None:
    store.set_patterns(folder, ["*.jpg"], ["scarti*"])
    assert [(each.include, each.exclude) for each in store.folders()] == [(("*.jpg",), ("scarti*",))]


def test_a_library_of_the_first_schema_is_migrated_with_all_that_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO volume VALUES (1, 'uuid:1', 'disk', 'internal', X'2f6d6e74')",
            "INSERT INTO folder VALUES (1, 1, X'666f746f', 0.0)",
            "INSERT INTO content (id, hash, size, format, width, height, orientation, rating)"
            f" VALUES (1, X'{hash_of(1).hex()}', 1, 'jpeg', 4, 3, 1, 3)",
            "INSERT INTO file (id, folder_id, directory, name, key, size, mtime_ns, inode, state, content_id)"
            " VALUES (1, 1, X'', X'612e6a7067', 'a.jpg', 1, 1, 1, 'present', 1)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    shutil.copy(path, tmp_path / "before")
    copied = path.with_name("copy.sqlite3")
    with closing(Store(path, write=True, before_migration=lambda: copy_database(path, copied))) as store:
        assert [folder.absolute for folder in store.folders()] == [b"/mnt/foto"]
        assert numbers(store, Filters(rating_min=3)) == {1}
        with store.typing() as connection:
            marks.set_rating(connection, [hash_of(1)], 5)
        assert numbers(store, Filters(rating_min=5)) == {1}
        assert store.integrity() == []
    with closing(sqlite3.connect(copied)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
