"""One writer a library: who holds the lock is told, and what a dead process left holds nobody back."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ritrova.errors import DiskFull, LibraryError, LibraryLocked
from ritrova.lock import Holder, WriterLock, holder_of

HOLD = """
import sys, time
from pathlib import Path
from ritrova.lock import WriterLock
sys.argv[0] = "un-altro"
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "writer.lock"


@pytest.fixture
def other(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that holds the lock."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        yield process
        process.kill()


def test_who_writes_is_named_and_when_it_is_killed_the_lock_is_free(
    path: Path, other: "subprocess.Popen[bytes]"
) -> None:
    with pytest.raises(LibraryLocked) as caught:
        WriterLock(path)
    assert caught.value.title.params == {"program": "un-altro", "pid": str(other.pid)}
    assert caught.value.remedy is not None

    other.kill()
    other.wait()

    assert holder_of(path.with_suffix(".json")) == Holder(other.pid, "un-altro")  # it could not tidy up
    lock = WriterLock(path)
    found = holder_of(path.with_suffix(".json"))
    assert found is not None
    assert found.pid == os.getpid()
    lock.release()
    assert holder_of(path.with_suffix(".json")) is None


@pytest.mark.parametrize(
    "left", [b"", b"{", b"[1]", b'{"pid": 1}', b"\xff\xfe", b'{"pid": 1, "program": "x", "more": 1}']
)
def test_nonsense_about_the_holder_is_no_obstacle_and_no_name(path: Path, left: bytes) -> None:
    lock = WriterLock(path)
    path.with_suffix(".json").write_bytes(left)
    with pytest.raises(LibraryLocked, match="Another process"):
        WriterLock(path)
    lock.release()
    path.with_suffix(".json").write_bytes(left)
    WriterLock(path).release()


def test_files_of_a_lock_that_nobody_holds_are_no_lock(path: Path) -> None:
    path.write_bytes(b"")
    path.with_suffix(".json").write_text(f'{{"pid": {os.getpid()}, "program": "ritrova"}}')
    WriterLock(path).release()


def test_a_disk_without_room_or_without_locks_is_a_clear_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def none(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    with monkeypatch.context() as patched:
        patched.setattr("ritrova.lock.write_bytes", full)
        with pytest.raises(DiskFull):
            WriterLock(path)
    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", none)
        with pytest.raises(LibraryError) as caught:
            WriterLock(path)
        assert caught.value.remedy is not None
    WriterLock(path).release()  # nothing is held by what failed
