"""The parts of the engine that need no process: lanes, pace, previews within their limit, words to vectors."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ritrova.engine.following import Follower
from ritrova.engine.lanes import Job, Lane, Order
from ritrova.engine.outlet import Rate
from ritrova.engine.pace import Pace
from ritrova.engine.previews import Previews
from ritrova.engine.query import PhotoRef, Query
from ritrova.engine.questions import Questions
from ritrova.errors import ModelError
from ritrova.library import Library
from ritrova.progress import Courtesy
from ritrova.settings import IndexingSettings
from ritrova.store.browsing import facts

MakePhoto = Callable[..., Path]


@pytest.mark.parametrize(
    ("order", "done", "dropped"),
    [("oldest first", [0, 1, 2, 3], []), ("newest first", [0, 3, 2, 1], []), ("newest only", [0, 3], [1, 2])],
)
def test_a_lane_answers_in_its_order(order: Order, done: list[int], dropped: list[int]) -> None:
    lane = Lane("test", order)
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()
    ran: list[int] = []
    left: list[int] = []

    def first() -> None:
        begun.set()
        go.wait(10)
        ran.append(0)

    def job(number: int) -> Job:
        def run() -> None:
            ran.append(number)
            if len(ran) == len(done):
                ended.set()

        return Job(run, lambda: left.append(number))

    lane.put(Job(first, lambda: None))
    assert begun.wait(10)
    for number in (1, 2, 3):
        lane.put(job(number))
    go.set()
    assert ended.wait(10)
    lane.close()
    assert (ran, left) == (done, dropped)


@pytest.mark.parametrize(("hour", "free"), [(21, False), (22, True), (3, True), (6, True), (7, False), (12, False)])
def test_the_night_goes_over_midnight(hour: int, free: bool) -> None:
    pace = Pace(battery=lambda: False, hour=lambda: hour)
    assert (pace.obstacle(IndexingSettings(only_at_night=True)) is None) is free
    assert pace.obstacle(IndexingSettings()) is None


def test_a_battery_holds_indexing_back_only_where_the_person_chose_so() -> None:
    pace = Pace(battery=lambda: True, hour=lambda: 12)
    assert pace.obstacle(IndexingSettings()) is None
    assert pace.obstacle(IndexingSettings(only_on_mains=True)) is not None


def test_long_work_gives_way_and_goes_on() -> None:
    courtesy = Courtesy()
    held, gave_way = threading.Event(), threading.Event()

    def work() -> None:
        held.wait(10)
        courtesy.give_way()
        gave_way.set()

    worker = threading.Thread(target=work)
    worker.start()
    with courtesy.before_others():
        held.set()
        assert not gave_way.wait(0.1)
    assert gave_way.wait(10)
    worker.join()


def test_a_rate_lets_the_first_pass_and_then_so_many_a_second() -> None:
    rate = Rate(0.001)
    assert [rate(), rate(), rate()] == [True, False, False]


@pytest.fixture
def colours(library: Library, make_photo: MakePhoto) -> Library:
    for colour in ("rosso", "verde", "blu"):
        make_photo(f"{colour}.jpg", colour)
    library.index()
    return library


def hash_of(library: Library, name: str) -> bytes:
    catalogue = library.browser.catalogue
    for file in facts(library.store, catalogue.files.tolist()):
        if os.path.basename(file.path) == os.fsencode(name):
            return file.hash
    raise AssertionError(name)


def first(library: Library, query: Query) -> bytes:
    answer = Questions(library).answer(query)[1]
    return bytes(answer.catalogue.hashes[answer.rows[0]])


def test_more_and_less_like_this_move_a_query(colours: Library) -> None:
    red, green = hash_of(colours, "rosso.jpg"), hash_of(colours, "verde.jpg")
    assert first(colours, Query(text="rosso verde", more=(red,))) == red
    assert first(colours, Query(text="rosso verde", more=(green,))) == green
    assert first(colours, Query(text="rosso verde", less=(red,))) == green
    assert first(colours, Query(more=(red,))) == red
    assert first(colours, Query(text="blu", photos=(PhotoRef(content=red),), more=(green, green))) == green


def test_a_photo_that_the_model_has_not_seen_cannot_be_searched_by(colours: Library) -> None:
    with pytest.raises(ModelError):
        Questions(colours).answer(Query(photos=(PhotoRef(content=bytes(32)),)))


def test_previews_stay_within_their_limit_and_the_newest_stays(colours: Library, tmp_path: Path) -> None:
    colours.settings.thumbnails.previews_limit_mb = 0
    previews = Previews(colours, tmp_path / "previews")
    files = facts(colours.store, colours.browser.catalogue.files.tolist())
    try:
        for file in files:
            made = previews.make(file, 32)
            assert [made.path] == list((tmp_path / "previews").iterdir())
            assert previews.make(file, 32) == made
    finally:
        previews.close()
        previews.end()


def test_a_preview_shows_a_photo_as_it_is_now(colours: Library, make_photo: MakePhoto, tmp_path: Path) -> None:
    previews = Previews(colours, tmp_path / "previews")
    [file] = [f for f in facts(colours.store, colours.browser.catalogue.files.tolist()) if f.path.endswith(b"blu.jpg")]
    make_photo("blu.jpg", "giallo", size=(64, 64))
    try:
        made = previews.make(file, None)
    finally:
        previews.close()
        previews.end()
    assert (made.width, made.height) == (64, 64)


def test_a_reader_takes_in_what_the_writer_adds(colours: Library, make_photo: MakePhoto) -> None:
    with Library.open(colours.paths.root) as reader:
        follower = Follower(reader)
        query = reader.encoder.encode_texts(["giallo"])[0]
        assert len(reader.browser.catalogue) == 3
        make_photo("giallo.jpg", "giallo")
        colours.index()
        follower.catch_up()
        assert len(reader.browser.catalogue) == 4
        ids, scores = reader.indexes.exact.compared(query)
        assert int(np.argmax(scores)) == len(ids) - 1
