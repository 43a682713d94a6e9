"""Thumbnails are found by their content, stay within their limit, and any of them may vanish."""

import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritrova.images.thumbnails import LARGE_SIDE, SMALL_SIDE, Thumbnails


def content(number: int) -> bytes:
    return bytes([number]) * 32


@pytest.fixture
def store(tmp_path: Path) -> Thumbnails:
    return Thumbnails(tmp_path / "thumbnails", large_limit=1000)


def test_a_thumbnail_lies_two_folders_deep_under_the_name_of_its_content(store: Thumbnails, tmp_path: Path) -> None:
    store.put(content(0xAB), b"small")
    name = "ab" * 32
    assert store.path(content(0xAB)) == tmp_path / "thumbnails" / "ab" / "ab" / f"{name}.webp"
    assert store.path(content(0xAB)).read_bytes() == b"small"


def test_sizes_are_kept_apart_and_removed_together(store: Thumbnails) -> None:
    store.put(content(1), b"small")
    assert not store.has(content(1), LARGE_SIDE)
    store.put(content(1), b"large", LARGE_SIDE)
    small, large = store.use(content(1)), store.use(content(1), LARGE_SIDE)
    assert small is not None
    assert large is not None
    assert (small.read_bytes(), large.read_bytes()) == (b"small", b"large")
    store.remove(content(1))
    assert (store.use(content(1)), store.use(content(1), LARGE_SIDE)) == (None, None)
    store.remove(content(1))  # again: nothing to do


@pytest.mark.skipif(os.name != "posix", reason="permissions are of POSIX")
def test_thumbnails_are_for_their_owner_alone(store: Thumbnails) -> None:
    store.put(content(1), b"small")
    assert stat.S_IMODE(store.path(content(1)).stat().st_mode) == 0o600


def test_a_thumbnail_is_replaced_whole(store: Thumbnails) -> None:
    store.put(content(1), b"old")
    store.put(content(1), b"new")
    assert [path.read_bytes() for path in store.path(content(1)).parent.iterdir()] == [b"new"]


def test_the_longest_unused_large_thumbnails_go_first(store: Thumbnails) -> None:
    for number in range(4):
        store.put(content(number), b"x" * 240, LARGE_SIDE)
        os.utime(store.path(content(number), LARGE_SIDE), (number, number))
        store.put(content(number), b"x" * 240, SMALL_SIDE)
    store.use(content(0), LARGE_SIDE)  # shown just now
    store.put(content(9), b"x" * 240, LARGE_SIDE)
    assert [number for number in (0, 1, 2, 3, 9) if store.has(content(number), LARGE_SIDE)] == [0, 3, 9]
    assert all(store.has(content(number)) for number in range(4))  # the small ones have no limit


@given(sizes=st.lists(st.integers(1, 400), max_size=25))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_large_thumbnails_stay_within_their_limit(sizes: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("thumbnails")
    stores = [Thumbnails(root, large_limit=1000)]
    for number, size in enumerate(sizes):
        if number % 7 == 6:
            stores.append(Thumbnails(root, large_limit=1000))  # another start of the program
        stores[-1].put(content(number), b"x" * size, LARGE_SIDE)
        total = sum(path.stat().st_size for path in root.rglob("*.webp"))
        assert total <= 1000
        assert stores[-1].has(content(number), LARGE_SIDE) or total > 900


def test_a_limit_of_nothing_keeps_no_large_thumbnail(tmp_path: Path) -> None:
    store = Thumbnails(tmp_path, large_limit=0)
    store.put(content(1), b"large", LARGE_SIDE)
    assert not store.has(content(1), LARGE_SIDE)


def test_orphans_are_collected_and_nothing_else(store: Thumbnails, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        store.put(content(number), b"small")
        store.put(content(number), b"large", LARGE_SIDE)
    folder = store.path(content(1)).parent
    (folder / "note.txt").write_text("someone else's")
    (folder / ".being-written.part").write_bytes(b"x")
    abandoned = folder / ".abandoned.part"
    abandoned.write_bytes(b"x")
    os.utime(abandoned, (time.time() - 7200,) * 2)
    assert store.collect({content(1), content(3)}) == 3
    assert [store.has(content(number)) for number in (1, 2, 3)] == [True, False, True]
    assert [store.has(content(number), LARGE_SIDE) for number in (1, 2, 3)] == [True, False, True]
    assert {path.name for path in folder.iterdir()} == {f"{'01' * 32}.webp", "note.txt", ".being-written.part"}


def test_a_store_that_was_deleted_starts_anew(store: Thumbnails, tmp_path: Path) -> None:
    import shutil

    store.put(content(1), b"small")
    store.put(content(1), b"large", LARGE_SIDE)
    shutil.rmtree(tmp_path / "thumbnails")
    assert store.collect({content(1)}) == 0
    store.put(content(2), b"small")
    store.put(content(2), b"large", LARGE_SIDE)
    assert (store.has(content(1)), store.has(content(2), LARGE_SIDE)) == (False, True)
