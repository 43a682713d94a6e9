"""Indexing steps back: behind other programs, on the battery, and off the graphics card when there is nothing to do."""

import itertools
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ritrova.engine import indexer as indexing
from ritrova.engine.base import Frozen
from ritrova.engine.events import IndexEnded, IndexingState
from ritrova.engine.indexer import Indexer
from ritrova.engine.messages import Event
from ritrova.engine.outlet import Outlet
from ritrova.engine.pace import OthersLoad, Pace
from ritrova.engine.priority import start_helper
from ritrova.images.limits import NICE, DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.indexing.incremental import Pending
from ritrova.indexing.scope import Scope
from ritrova.library import Library
from ritrova.progress import Courtesy
from ritrova.settings import IndexingSettings

MakePhoto = Callable[..., Path]


class Told:
    """What the engine says."""

    def __init__(self) -> None:
        self.events: queue.Queue[Frozen] = queue.Queue()

    def send(self, message: Frozen) -> None:
        if isinstance(message, Event):
            self.events.put(message.body)

    def until(self, kind: type[Frozen], such: Callable[[object], bool] = lambda _: True) -> object:
        while True:
            event = self.events.get(timeout=120)
            if isinstance(event, kind) and such(event):
                return event


@pytest.fixture
def told() -> Told:
    return Told()


Start = Callable[[Pace], Indexer]


@pytest.fixture
def start(library: Library, told: Told) -> Iterator[Start]:
    start_helper()  # as the engine does, before anything steps back
    begun: list[Indexer] = []

    def begin(pace: Pace) -> Indexer:
        begun.append(Indexer(library, Outlet(told), Courtesy(), pace, lambda _: None))  # type: ignore[arg-type]
        return begun[-1]

    yield begin
    for indexer in begun:
        indexer.close()


def quiet() -> Pace:
    return Pace(battery=lambda: False, hour=lambda: 12, load=lambda: 0.0)


def spoil(library: Library) -> Path:
    """No thumbnail can be written, as on a disk that is full; removing this file puts it right."""
    library.paths.thumbnails.write_bytes(b"")
    return library.paths.thumbnails


def test_what_a_fault_left_undone_is_done_later_and_not_in_a_loop(
    library: Library, make_photo: MakePhoto, start: Start, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "FAULT_PAUSES_S", (0.4, 60.0))
    trouble = spoil(library)
    make_photo("a.jpg")
    indexer = start(quiet())
    indexer.pending = Pending(indexer.look)
    indexer.pending.add({1: Scope.below(b"")})
    assert told.until(IndexEnded).fault is not None  # type: ignore[attr-defined]
    told.until(IndexingState, lambda state: state.state == "waiting")  # type: ignore[attr-defined]
    indexer.pending.add({1: Scope(directories=frozenset([b""]))})  # what comes meanwhile does not make it begin
    trouble.unlink()
    ended = told.until(IndexEnded)
    assert ended.fault is None  # type: ignore[attr-defined]
    assert ended.report.added == 1  # type: ignore[attr-defined]


def test_a_person_who_asks_does_not_wait_for_the_next_try(
    library: Library, make_photo: MakePhoto, start: Start, told: Told
) -> None:
    trouble = spoil(library)
    make_photo("a.jpg")
    indexer = start(quiet())
    indexer.ask()
    assert told.until(IndexEnded).fault is not None  # type: ignore[attr-defined]
    told.until(IndexingState, lambda state: state.state == "waiting")  # type: ignore[attr-defined]
    trouble.unlink()
    indexer.ask()
    assert told.until(IndexEnded).report.added == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("battery", "load", "considerate", "share"),
    [
        (False, 0.0, True, 1.0),
        (False, 0.9, True, 0.5),
        (True, 0.0, True, 0.5),
        (True, 0.9, True, 0.5),
        (True, 0.9, False, 1.0),
    ],
)
def test_indexing_slows_down_for_battery_and_others_unless_told_not_to(
    battery: bool, load: float, considerate: bool, share: float
) -> None:
    found = Pace(lambda: battery, lambda: 12, lambda: load).slowness(IndexingSettings(considerate=considerate))
    assert found.share == share
    assert (found.why is None) == (share == 1.0)


def test_the_computer_is_looked_at_every_few_seconds_only() -> None:
    looks = itertools.count()
    pace = Pace(battery=lambda: next(looks) < 0, hour=lambda: 12, load=lambda: 0.0)
    for _ in range(100):
        pace.slowness(IndexingSettings())
    assert next(looks) == 1


def test_our_own_work_is_not_the_load_of_others() -> None:
    load = OthersLoad()
    assert load() == 0.0  # nothing to compare with yet
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
    assert 0.0 <= load() <= 1.0
    assert 0.0 <= load() <= 1.0


def test_work_rests_in_proportion_to_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    monkeypatch.setattr("ritrova.progress.time.sleep", sleep)
    monkeypatch.setattr("ritrova.progress.time.monotonic", lambda: now[0])
    share = [1.0]
    courtesy = Courtesy(lambda: share[0])
    courtesy.give_way()
    now[0] += 0.2
    courtesy.give_way()
    assert slept == []
    share[0] = 0.5
    now[0] += 0.2
    courtesy.give_way()
    share[0] = 0.25
    now[0] += 0.1
    courtesy.give_way()
    now[0] += 60  # waiting for work is no work
    courtesy.give_way()
    assert slept == [0.2, 0.3, 1.0]


def test_why_it_is_slow_is_told_and_the_person_overrides_it(
    library: Library, make_photo: MakePhoto, told: Told, start: Start
) -> None:
    make_photo("rosso.jpg")
    indexer = start(Pace(battery=lambda: True, hour=lambda: 12, load=lambda: 0.0))

    indexer.ask()
    slow = told.until(IndexingState, lambda event: getattr(event, "state", "") == "running")
    told.until(IndexEnded)
    indexer.ask(anyway=True)
    quick = told.until(IndexingState, lambda event: getattr(event, "state", "") == "running")
    told.until(IndexEnded)

    assert isinstance(slow, IndexingState)
    assert slow.why is not None
    assert isinstance(quick, IndexingState)
    assert quick.why is None


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux alone")
def test_the_threads_and_processes_that_index_step_back_and_no_others(
    library: Library, make_photo: MakePhoto, told: Told, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo("rosso.jpg")
    base = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen: dict[str, int] = {}
    encode = type(library.encoder).encode_images

    def watched(self: object, batch: object) -> object:
        seen["encoding"] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return encode(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(type(library.encoder), "encode_images", watched)
    indexer = start(quiet())
    indexer.ask()
    told.until(IndexEnded)

    assert seen["encoding"] == max(base, NICE)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == base


@pytest.mark.skipif(os.name != "posix", reason="`nice` is POSIX's")
def test_a_decoder_steps_back_as_far_as_it_is_told(library: Library, make_photo: MakePhoto) -> None:
    photo = os.fsencode(make_photo("rosso.jpg"))
    base, found = os.nice(0), []
    for nice in (0, NICE):
        with SandboxedDecoder(library.encoder.pixels, DecodeLimits(nice=nice)) as decoder:
            decoder.open(photo)
            found.append(max(child.nice() for child in psutil.Process().children(recursive=True)))
    assert found == [base, max(base, NICE)]


def test_after_a_while_without_work_the_model_rests_once(
    library: Library, make_photo: MakePhoto, told: Told, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    rested: queue.Queue[None] = queue.Queue()
    monkeypatch.setattr(indexing, "REST_S", 0.05)
    monkeypatch.setattr(type(library.encoder), "rest", lambda _: rested.put(None))
    make_photo("rosso.jpg")
    indexer = start(quiet())
    rested.get(timeout=60)
    indexer.ask()
    told.until(IndexEnded)
    rested.get(timeout=60)
    with pytest.raises(queue.Empty):  # and then it sleeps until it is asked
        rested.get(timeout=0.3)


def test_the_model_rests_too_while_indexing_waits_for_mains_power(
    library: Library, told: Told, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    rested: queue.Queue[None] = queue.Queue()
    monkeypatch.setattr(indexing, "REST_S", 0.1)
    monkeypatch.setattr(indexing, "LOOK_S", 0.05)
    monkeypatch.setattr(type(library.encoder), "rest", lambda _: rested.put(None))
    library.settings.indexing.only_on_mains = True
    indexer = start(Pace(battery=lambda: True, hour=lambda: 12, load=lambda: 0.0))
    indexer.ask()
    told.until(IndexingState, lambda event: getattr(event, "state", "") == "waiting")
    rested.get(timeout=60)
    with pytest.raises(queue.Empty):
        rested.get(timeout=0.3)


def test_a_backup_is_made_once_a_week_beside_indexing(
    library: Library, make_photo: MakePhoto, told: Told, start: Start
) -> None:
    make_photo("rosso.jpg")
    indexer = start(quiet())
    for _ in range(2):
        indexer.ask()
        told.until(IndexEnded)
        told.until(IndexingState, lambda event: getattr(event, "state", "") == "idle")
    assert len(list(library.paths.backups.glob("*.zip"))) == 1


def test_the_end_does_not_wait_for_a_model_that_loads(
    library: Library, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, loaded = threading.Event(), threading.Event()

    def load(_library: Library) -> None:
        loading.set()
        assert loaded.wait(60)

    monkeypatch.setattr(Library, "encoder", property(load))
    indexer = start(quiet())
    indexer.ask(anyway=True)
    assert loading.wait(60)
    indexer.close()
    assert indexer._thread.is_alive()
    loaded.set()
    indexer._thread.join(60)
    assert not indexer._thread.is_alive(), "it began, though the end had come"
