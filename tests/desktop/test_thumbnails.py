"""Thumbnails: the visible ones first, what was scrolled past never, within a bound, missing ones asked for once."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from ritrova.engine.requests import Thumbnail
from ritrova.paths import LARGE_SIDE, SMALL_SIDE, thumbnail_path
from ritrova_desktop.engine import EngineState
from ritrova_desktop.fake_engine import FakeEngine
from ritrova_desktop.models.thumbnails import MOST_ASKED, Side, Thumbnails, Wish

SIZE = QSize(120, 90)
Guard = Callable[[], object]


def content(number: int) -> bytes:
    return hashlib.sha256(f"thumbnail {number}".encode()).digest()


@pytest.fixture
def pictures_of_all(tmp_path: Path) -> Path:
    """Files of this test's own: it writes and deletes some."""
    return tmp_path / "fake"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "fake" / "thumbnails"


@pytest.fixture
def thumbnails(engine: FakeEngine, qtbot: QtBot) -> Thumbnails:
    made = Thumbnails(engine)
    qtbot.waitUntil(lambda: engine.state is EngineState.READY)
    return made


def write(root: Path, number: int, width: int = 256, height: int = 192, side: Side = SMALL_SIDE) -> bytes:
    path = thumbnail_path(root, content(number), side)
    path.parent.mkdir(parents=True, exist_ok=True)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(number * 20 % 360, 200, 200))
    assert image.save(str(path))
    return content(number)


def test_a_thumbnail_comes_in_the_size_of_its_tile(
    thumbnails: Thumbnails, root: Path, qtbot: QtBot, ui_guard: Callable[[], object]
) -> None:
    one = write(root, 1)
    with ui_guard():  # type: ignore[attr-defined]
        assert thumbnails.get(one) is None
        thumbnails.want([Wish(one, SIZE)])
        qtbot.waitUntil(lambda: thumbnails.get(one) is not None)
    pixmap = thumbnails.get(one)
    assert pixmap is not None
    assert pixmap.size() == SIZE
    thumbnails.want([Wish(one, QSize(90, 90))])  # another size, another shape: the middle of it
    qtbot.waitUntil(lambda: thumbnails.get(one).size() == QSize(90, 90))  # type: ignore[union-attr]
    assert thumbnails.bytes_kept == 90 * 90 * 4


def test_what_was_scrolled_past_is_not_read(engine: FakeEngine, root: Path, qtbot: QtBot) -> None:
    thumbnails = Thumbnails(engine, threads=1)
    many = [write(root, number) for number in range(60)]
    thumbnails.want([Wish(one, SIZE) for one in many[:50]])  # before the engine is there
    thumbnails.want([Wish(one, SIZE) for one in many[50:]])
    qtbot.waitUntil(lambda: all(thumbnails.get(one) is not None for one in many[50:]))
    assert all(thumbnails.get(one) is None for one in many[:50])


def test_they_stay_within_their_bound_and_the_longest_unused_go(
    thumbnails: Thumbnails, root: Path, qtbot: QtBot
) -> None:
    a_picture = SIZE.width() * SIZE.height() * 4
    thumbnails.set_limit(5 * a_picture)
    many = [write(root, number) for number in range(8)]
    for one in many:
        thumbnails.want([Wish(one, SIZE)])
        qtbot.waitUntil(partial(_is_there, thumbnails, one))
        assert thumbnails.get(many[0]) is not None  # used all the time
    assert thumbnails.bytes_kept <= 5 * a_picture
    assert [thumbnails.get(one) is not None for one in many] == [True, False, False, False, True, True, True, True]
    thumbnails.set_limit(0)
    assert thumbnails.bytes_kept == 0


def test_a_missing_one_is_asked_for_once(thumbnails: Thumbnails, engine: FakeEngine, qtbot: QtBot) -> None:
    nobody = content(7)
    for _ in range(3):
        thumbnails.want([Wish(nobody, SIZE)])
    qtbot.waitUntil(lambda: thumbnails.is_missing(nobody))
    thumbnails.want([Wish(nobody, SIZE)])
    qtbot.wait(20)
    assert [body for body in engine.asked if isinstance(body, Thumbnail)] == [Thumbnail(content=nobody, side=256)]
    assert thumbnails.get(nobody) is None
    thumbnails.forget()
    assert not thumbnails.is_missing(nobody)


def test_one_that_the_engine_makes_is_shown(
    thumbnails: Thumbnails, engine: FakeEngine, root: Path, qtbot: QtBot
) -> None:
    """It was deleted under us; the engine makes it again."""
    one = engine.photos[0].content
    kept = thumbnail_path(root, one)
    bytes_of_it = kept.read_bytes()
    kept.unlink()
    answer = engine._answer  # the engine writes it when it is asked

    def writes(body: object) -> object:
        if isinstance(body, Thumbnail):
            kept.write_bytes(bytes_of_it)
        return answer(body)

    engine._answer = writes  # type: ignore[method-assign, assignment]
    thumbnails.want([Wish(one, SIZE)])
    qtbot.waitUntil(lambda: thumbnails.get(one) is not None)


def test_one_that_cannot_be_read_is_made_anew_once_and_is_then_missing(
    thumbnails: Thumbnails, engine: FakeEngine, root: Path, qtbot: QtBot
) -> None:
    """A disk spoilt it: the engine finds it in its place, and would say so for ever."""
    one = engine.photos[0].content
    thumbnail_path(root, one).write_bytes(b"RIFF no picture")
    thumbnails.want([Wish(one, SIZE)])
    qtbot.waitUntil(lambda: thumbnails.is_missing(one))
    thumbnails.want([Wish(one, SIZE)])
    qtbot.wait(20)
    asked = [body for body in engine.asked if isinstance(body, Thumbnail)]
    assert asked == [Thumbnail(content=one), Thumbnail(content=one, anew=True)]
    assert thumbnails.idle


def test_a_large_tile_shows_the_small_one_until_there_is_a_large_one(
    thumbnails: Thumbnails, engine: FakeEngine, root: Path, qtbot: QtBot
) -> None:
    one = write(root, 3)
    large = QSize(480, 360)
    thumbnails.want([Wish(one, large)])
    qtbot.waitUntil(lambda: thumbnails.get(one) is not None)
    assert thumbnails.get(one).size() == large  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: Thumbnail(content=one, side=512) in engine.asked)
    write(root, 4, 512, 384, LARGE_SIDE)
    thumbnails.want([Wish(content(4), large)])
    qtbot.waitUntil(lambda: thumbnails.get(content(4)) is not None)
    assert Thumbnail(content=content(4), side=512) not in engine.asked


def test_the_engine_is_not_flooded(thumbnails: Thumbnails, engine: FakeEngine, qtbot: QtBot) -> None:
    thumbnails.want([Wish(content(number), SIZE) for number in range(MOST_ASKED * 2)])
    qtbot.waitUntil(lambda: all(thumbnails.is_missing(content(number)) for number in range(MOST_ASKED * 2)))
    asked = [body for body in engine.asked if isinstance(body, Thumbnail)]
    assert len(asked) == len(set(asked)) == MOST_ASKED * 2


def _is_there(thumbnails: Thumbnails, one: bytes) -> bool:
    return thumbnails.get(one) is not None
