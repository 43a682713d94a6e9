"""All photos that fit, in the right order, folded, filtered, and up to date."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ritrova.browsing.browser import LEAST, Answer, _best_first
from ritrova.browsing.catalogue import Catalogue, Interned
from ritrova.curation import changing
from ritrova.library import Library
from ritrova.photo import Filters

MakePhoto = Callable[..., Path]


def names(library: Library, answer: Answer) -> list[str]:
    files = [int(each) for each in answer.catalogue.files[answer.rows]]
    from ritrova.store.browsing import facts

    return [os.path.basename(os.fsdecode(each.path)) for each in facts(library.store, files)]


def dated(folder: Path, name: str, when: str, colour: tuple[int, int, int], size: tuple[int, int] = (48, 32)) -> None:
    image = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = when
    image.save(folder / name, exif=exif)


def ask(library: Library, text: str, filters: Filters = Filters(), *, fold: bool = False) -> Answer:
    query = library.encoder.encode_texts([text])[0]
    return library.browser.ranked(query, filters, "relevance", library.encoder.bank, fold=fold)


@pytest.fixture
def three(library: Library, make_photo: MakePhoto) -> Library:
    for colour in ("rosso", "verde", "blu"):
        make_photo(f"{colour}.jpg", colour)
    library.index()
    return library


def test_every_photo_is_ranked_as_the_library_ranks_it(three: Library) -> None:
    answer = ask(three, "verde")
    hits = three.search("verde")
    assert names(three, answer) == [os.path.basename(os.fsdecode(hit.path)) for hit in hits]
    strengths = answer.strengths_of(answer.rows)
    assert strengths == [pytest.approx(hit.strength, abs=1e-4) for hit in hits]


@given(st.lists(st.floats(-1, 1, width=32) | st.sampled_from([0.5, -0.25]), max_size=30))
def test_the_best_come_first_and_equal_ones_in_their_order(found: list[float]) -> None:
    scores = np.array(found, np.float32) + np.float32(0)  # no negative zeros: no cosine that one could tell apart
    assert _best_first(scores).tolist() == np.argsort(-scores, kind="stable").tolist()


def test_photos_are_listed_by_date_with_the_undated_last(library: Library, folder: Path, make_photo: MakePhoto) -> None:
    dated(folder, "b.jpg", "2024:07:01 10:00:00", (200, 0, 0))
    dated(folder, "a.jpg", "2025:01:01 10:00:00", (0, 200, 0))
    make_photo("c.jpg", "blu")
    library.index()
    newest = library.browser.listed(Filters(), "newest", fold=False)
    assert names(library, newest) == ["a.jpg", "b.jpg", "c.jpg"]
    assert names(library, library.browser.listed(Filters(), "oldest", fold=False)) == ["b.jpg", "a.jpg", "c.jpg"]
    assert newest.catalogue.days(newest.rows) == ["2025-01-01", "2024-07-01", None]


def test_by_date_a_search_shows_only_what_comes_close(library: Library, make_photo: MakePhoto) -> None:
    for number in range(LEAST + 10):
        make_photo(f"{number}.jpg", "verde" if number < LEAST else "viola", (48 + number, 32))
    library.index()
    query = library.encoder.encode_texts(["verde"])[0]
    for bank in (library.encoder.bank, None):
        every = library.browser.ranked(query, Filters(), "relevance", bank, fold=False)
        dated = library.browser.ranked(query, Filters(), "newest", bank, fold=False)
        assert len(every) == LEAST + 10
        assert len(dated) == (LEAST if bank is not None else LEAST + 10)
        assert {f"{number}.jpg" for number in range(LEAST)} <= set(names(library, dated))


def test_bursts_fold_in_a_list_of_any_length_and_unfold_again(library: Library, folder: Path) -> None:
    for second in range(5):
        dated(folder, f"burst{second}.jpg", f"2024:07:01 10:00:0{second}", (200, 0, second))
    dated(folder, "other.jpg", "2024:07:01 10:00:05", (0, 200, 0))
    dated(folder, "later.jpg", "2024:07:01 12:00:00", (200, 0, 9))
    library.index()
    answer = library.browser.listed(Filters(), "newest", fold=True)
    assert names(library, answer) == ["later.jpg", "other.jpg", "burst4.jpg"]
    hash_ = answer.catalogue.hashes[answer.rows[2]].tobytes()
    assert len(answer.fold_of(hash_)) == 5
    assert len(library.browser.listed(Filters(), "newest", fold=False)) == 7


def test_near_duplicates_fold_into_the_best_of_them(library: Library, make_photo: MakePhoto) -> None:
    make_photo("a.jpg", "rosso", (48, 32))
    make_photo("b.jpg", "rosso", (96, 64))
    make_photo("quadrata.jpg", "rosso", (64, 64))
    make_photo("blu.jpg", "blu")
    library.index()
    answer = ask(library, "rosso", fold=True)
    assert len(answer) == 3
    assert [len(rows) for rows in answer.folds.values()] == [2]


def test_what_a_person_says_changes_what_is_found(three: Library) -> None:
    browser = three.browser
    files = [int(each) for each in browser.listed(Filters(), "newest", fold=False).catalogue.files]
    with changing(three.store) as changes:
        changes.favour(files[:1], True)
        album = changes.make_album("Due", files=[files[2], files[0]])
    browser.update(changes.touched)
    assert len(ask(three, "rosso", Filters(favourites=True))) == 1
    in_album = browser.listed(Filters(album=album), "relevance", fold=False)
    assert [int(each) for each in in_album.catalogue.files[in_album.rows]] == [files[2], files[0]]
    assert browser.catalogue.marks.tolist() == [8, 0, 0]


def test_keywords_are_counted_once_and_again_when_a_person_changed_them(
    three: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    keywords = three.browser.keywords
    files = [int(each) for each in three.browser.catalogue.files]
    assert keywords.counted() == []
    with changing(three.store) as changes:
        changes.describe(files, ["mare"], [])
        changes.describe(files[:1], ["nonna"], [])
    assert keywords.counted() == [], "counted once"
    three.browser.update(changes.touched)
    assert keywords.counted() == [("mare", 3), ("nonna", 1)]
    with changing(three.store) as changes:
        changes.describe(files, [], ["mare"])
    three.browser.refresh()
    assert keywords.counted() == [("mare", 3), ("nonna", 1)], "what indexing adds may wait"
    monkeypatch.setattr("ritrova.browsing.keywords.RECOUNT_S", 0.0)
    three.browser.refresh()
    assert keywords.counted() == [("nonna", 1)]


def test_what_is_indexed_meanwhile_is_taken_in_by_a_refresh(three: Library, make_photo: MakePhoto) -> None:
    assert len(ask(three, "giallo")) == 3
    make_photo("giallo.jpg", "giallo")
    three.index()
    assert len(ask(three, "giallo")) == 3
    three.browser.refresh()
    assert names(three, ask(three, "giallo"))[0] == "giallo.jpg"


def test_what_is_gone_is_no_longer_shown(three: Library, folder: Path) -> None:
    assert len(three.browser.catalogue) == 3
    (folder / "blu.jpg").unlink()
    three.index()
    three.browser.reload()
    assert len(ask(three, "blu")) == 2


def test_a_photo_the_model_has_not_seen_is_listed_but_not_ranked(three: Library) -> None:
    with three.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM embedding WHERE id = 1")
    three.browser.reload()
    assert len(three.browser.listed(Filters(), "newest", fold=True)) == 3
    assert len(ask(three, "rosso")) == 2


def test_an_empty_library_has_empty_answers(library: Library) -> None:
    assert len(ask(library, "rosso", fold=True)) == 0
    assert len(library.browser.listed(Filters(favourites=True), "newest", fold=True)) == 0


def test_catalogues_merge_by_content_and_keep_their_order() -> None:
    def row(content: int, stars: int) -> tuple[object, ...]:
        when = int(datetime(2024, 1, 1).timestamp())
        return (content, bytes(32), 4, 3, when, None, content, 1, b"", stars, 0, content)

    interned = Interned()
    old = Catalogue.of([row(1, 0), row(3, 0)], interned)
    merged = old.merged(Catalogue.of([row(2, 5), row(3, 4)], interned))
    assert merged.contents.tolist() == [1, 2, 3]
    assert merged.marks.tolist() == [0, 5, 4]
    assert merged.without(np.array([2])).contents.tolist() == [1, 3]
    assert len(old) == 2
