"""A photo that hung or crashed its decoder gets one more try, alone; then it rests until something changes."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ritrova.encoding.fake import FakeEncoder
from ritrova.errors import OUT_OF_MEMORY, DecodeFailure, FailureKind
from ritrova.images.decoded import Decoded
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import Opened, SandboxedDecoder
from ritrova.images.thumbnails import Thumbnails
from ritrova.indexing.run import Parts, Run
from ritrova.library import Library
from ritrova.photo import IndexReport
from ritrova.progress import Cancellation, Courtesy, Silent
from ritrova.store.writing import retry
from ritrova.watched import WatchedFolders

MakePhoto = Callable[..., Path]


class Chance:
    """What the decoders of a run share: which photos fail how often, and who was at work with whom."""

    def __init__(self, kind: FailureKind, **times: int) -> None:
        self.kind = kind
        self.times = times
        self.tries: Counter[str] = Counter()
        self.alone: dict[str, list[bool]] = {}
        self.turn = threading.Condition()
        self.busy = 0


class Unlucky(SandboxedDecoder):
    """The real decoder, but for photos that are to fail."""

    def __init__(self, chance: Chance) -> None:
        super().__init__(FakeEncoder.pixels, DecodeLimits())
        self._chance = chance
        self._name = ""

    def open(self, path: bytes) -> Opened:
        self._name = Path(path.decode()).stem
        return super().open(path)

    def decode(self) -> Decoded:
        chance, name = self._chance, self._name
        with chance.turn:
            chance.busy += 1
            chance.tries[name] += 1
            chance.turn.notify_all()
            company = chance.turn.wait_for(lambda: chance.busy > 1, 0.2)
            chance.alone.setdefault(name, []).append(not company)
        try:
            if chance.tries[name] <= chance.times.get(name, 0):
                raise DecodeFailure(chance.kind, OUT_OF_MEMORY if chance.kind == FailureKind.TOO_LARGE else "bad luck")
            return super().decode()
        finally:
            with chance.turn:
                chance.busy -= 1


@pytest.fixture
def index(library: Library) -> Callable[[Chance], IndexReport]:
    def run(chance: Chance) -> IndexReport:
        parts = Parts(
            store=library.store,
            encoder=FakeEncoder(),
            thumbnails=Thumbnails(library.paths.thumbnails, large_limit=10**6),
            new_decoder=lambda: Unlucky(chance),
            workers=2,
            courtesy=Courtesy(),
        )
        here, _ = WatchedFolders(library.store).here(library.settings.folders.ignored_names, None)
        return Run(parts, Silent(), Cancellation())(here)

    return run


@pytest.mark.parametrize("kind", [FailureKind.CRASHED, FailureKind.TIMEOUT, FailureKind.TOO_LARGE])
def test_what_failed_by_chance_is_read_alone_at_the_end_of_the_run(
    kind: FailureKind, library: Library, make_photo: MakePhoto, index: Callable[[Chance], IndexReport]
) -> None:
    for name in ("a", "b", "c"):
        make_photo(f"{name}.jpg", size=(40 + ord(name), 30))
    chance = Chance(kind, a=1)
    report = index(chance)
    assert (report.added, report.failed, chance.tries["a"]) == (3, 0, 2)
    assert chance.alone["a"][-1]
    assert library.failures() == []


def test_what_fails_alone_too_rests_until_the_person_asks(
    library: Library, make_photo: MakePhoto, index: Callable[[Chance], IndexReport]
) -> None:
    make_photo("a.jpg")
    chance = Chance(FailureKind.CRASHED, a=9)
    assert index(chance).failed == 1
    assert [failure.attempts for failure in library.failures()] == [2]
    assert index(chance).failed == 1
    assert chance.tries["a"] == 2
    retry(library.store)
    assert index(chance).failed == 1
    assert chance.tries["a"] == 3
    make_photo("a.jpg", "blu")
    index(chance)
    assert chance.tries["a"] == 5


def test_a_corrupt_photo_is_not_tried_twice(
    library: Library, make_photo: MakePhoto, index: Callable[[Chance], IndexReport]
) -> None:
    make_photo("a.jpg")
    chance = Chance(FailureKind.CORRUPT, a=9)
    assert index(chance).failed == 1
    assert index(chance).failed == 1
    assert chance.tries["a"] == 1
