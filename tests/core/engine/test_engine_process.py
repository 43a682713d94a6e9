"""Whatever happens to window or engine, nothing is left running and the library stays sound."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import psutil
import pytest

from ritrova.engine.channel import LONGEST, encode
from ritrova.engine.events import IndexEnded, Progress
from ritrova.engine.messages import Request, Unable
from ritrova.engine.query import Query
from ritrova.engine.replies import Done, Results
from ritrova.engine.requests import AddFolder, GetStatus, Index, Search, Shutdown
from ritrova.library import Library

MakePhoto = Callable[..., Path]
Window: TypeAlias = Any  # of conftest.py
Open: TypeAlias = Callable[[], Window]
MANY = 400


@pytest.fixture
def many(library: Library, make_photo: MakePhoto) -> None:
    """A library, closed, that watches many photos which were not indexed yet."""
    for number in range(MANY):
        make_photo(f"{number % 7}/{number}.jpg", ("rosso", "verde", "blu")[number % 3], size=(20 + number, 24))
    library.close()


def all_gone(processes: list[psutil.Process]) -> bool:
    """Wait for the end of processes that somebody else started; helpers of Python's own end with them."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes):
            return True
        time.sleep(0.05)
    return False


def test_the_engine_and_its_decoders_end_with_the_windows_pipe(many: None, open_window: Open) -> None:
    window = open_window()
    window.wait_for(Progress)
    family = window.family()
    assert len(family) > 1  # decoders
    window.process.stdin.close()
    assert window.process.wait(60) == 0
    assert all_gone(family)


def test_a_shutdown_is_answered_and_ends_the_engine(many: None, open_window: Open) -> None:
    window = open_window()
    window.ask(Shutdown(), Done)
    assert window.process.wait(60) == 0


def test_an_engine_killed_while_indexing_and_searching_leaves_a_sound_library(
    many: None, open_window: Open, root: Path
) -> None:
    window = open_window()
    window.wait_for(Progress)
    family = window.family()
    window.send(Search(spec=Query(text="rosso")))
    window.process.kill()
    assert all_gone(family)
    window.close()
    again = open_window()
    assert not again.hello.read_only
    again.wait_for(IndexEnded)
    results, _ = again.search("rosso")
    assert results.total == MANY
    again.close()
    with Library.open(root) as library:
        assert library.damage() == []


def test_the_engine_ends_when_the_window_is_killed(many: None, root: Path) -> None:
    code = """if True:
        import subprocess, sys, time
        engine = [sys.executable, "-c", "from ritrova.cli.main import run; run()", "--library", sys.argv[1], "engine"]
        child = subprocess.Popen(engine, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.read(50)
        print(child.pid, flush=True)
        time.sleep(600)
    """
    window = subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    engine = psutil.Process(int(window.stdout.readline()))
    family = [engine, *engine.children(recursive=True)]
    window.kill()
    window.wait()
    window.stdout.close()
    assert all_gone(family)
    with Library.open(root, write=True) as library:  # the lock is free again
        assert library.damage() == []


def test_photos_can_be_found_while_others_are_indexed(many: None, open_window: Open) -> None:
    window = open_window()
    number, seen = 0, []
    while not any(isinstance(event, IndexEnded) for event in window.events):
        results, _ = window.search("verde")
        seen.append((results.indexing, results.total))
        number += 1
    assert any(indexing and 0 < total < MANY for indexing, total in seen)
    assert window.search("verde")[0].total == MANY


def test_a_second_engine_on_the_same_library_reads_and_says_who_writes(
    library: Library, make_photo: MakePhoto, open_window: Open, folder: Path
) -> None:
    make_photo("rosso.jpg", "rosso")
    library.index()
    library.close()
    writer = open_window()
    reader = open_window()
    assert reader.hello.read_only
    assert reader.hello.writer is not None
    assert reader.hello.writer.pid == writer.process.pid
    assert reader.search("rosso")[0].total == 1
    refusal = reader.refused(AddFolder(path=os.fsencode(folder)))
    assert (refusal.error.type, refusal.error.whose) == ("LibraryReadOnly", "environment")
    assert reader.refused(Index()).error.type == "LibraryReadOnly"


def test_a_newer_search_takes_the_place_of_an_older_one(many: None, open_window: Open) -> None:
    window = open_window()
    frames = b"".join(encode(Request(id=n, body=Search(spec=Query(text="rosso")))) for n in range(1, 30))
    window.send_bytes(frames)
    last = window.answer(29)
    assert isinstance(last.body, Results)
    others = [window.answer(n) for n in range(1, 29)]
    assert any(getattr(each, "error", None) and each.error.type == "Superseded" for each in others)


@pytest.mark.parametrize("garbage", [b"hello", b"{}", b'{"id": 1, "body": {"kind": "no-such-thing"}}', b"\xff" * 50])
def test_garbage_is_refused_and_the_engine_goes_on(garbage: bytes, open_window: Open) -> None:
    window = open_window()
    window.send_bytes(len(garbage).to_bytes(4, "big") + garbage)
    refusal = window.answer(0)
    assert (refusal.error.type, refusal.error.whose) == ("MessageGarbled", "bug")
    assert window.search("rosso")[0].total == 0


def test_a_message_beyond_the_limit_ends_the_engine_with_a_word(open_window: Open) -> None:
    window = open_window()
    window.send_bytes((LONGEST + 1).to_bytes(4, "big"))
    assert window.answer(0).error.type == "MessageTooLong"
    assert window.process.wait(60) == 0


def test_a_library_that_cannot_be_opened_is_told_before_the_end(root: Path, open_window: Open) -> None:
    (root / "library.sqlite3").write_bytes(b"this is no database" * 100)
    window = open_window()
    assert isinstance(window.first, Unable)
    assert window.first.fault.type == "LibraryCorrupt"
    assert window.first.fault.remedy is not None
    assert window.process.wait(60) == 3


def test_broken_settings_are_told_before_the_end(root: Path, open_window: Open) -> None:
    (root / "settings.json").write_text('{"indexing": {"night_from": "pink"}}')
    window = open_window()
    assert isinstance(window.first, Unable)
    assert window.process.wait(60) == 3


def test_a_library_folder_that_goes_away_is_a_fault_and_no_crash(many: None, open_window: Open, root: Path) -> None:
    window = open_window()
    window.wait_for(IndexEnded)
    root.rename(root.with_name("elsewhere"))
    answer = window.answer(window.send(GetStatus()))
    assert answer.type in ("reply", "refusal")
    assert window.search("rosso")[0].total == MANY  # from memory
    root.with_name("elsewhere").rename(root)


def test_ctrl_c_in_a_terminal_is_left_to_the_window(open_window: Open) -> None:
    window = open_window()
    window.process.send_signal(signal.SIGINT)
    assert window.search("rosso")[0].total == 0
