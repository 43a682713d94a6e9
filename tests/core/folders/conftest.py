"""Disks for tests: small file systems in memory that are plugged in and out. They need root."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_OPEN_TREE, _MOVE_MOUNT = 428, 429  # the same on all systems of Linux
_HERE, _CLONE, _FROM_EMPTY_PATH = -100, 1, 4


class Disk:
    """A tmpfs, mounted at `point`; a bind mount of `bind` if given. What it holds outlives its being unplugged."""

    def __init__(self, point: Path, bind: Path | None = None) -> None:
        self.point = point
        self._handle: int | None = None
        point.mkdir(exist_ok=True)
        what = ["--bind", str(bind)] if bind else ["-t", "tmpfs", "-o", "size=64m", "ritrova-test"]
        subprocess.run(["mount", *what, str(point)], check=True, capture_output=True)

    def unplug(self) -> None:
        """As if it were pulled out; who still uses it keeps a dead view of it."""
        self._handle = _system_call(_OPEN_TREE, _HERE, os.fsencode(self.point), _CLONE | os.O_CLOEXEC)
        subprocess.run(["umount", "--lazy", str(self.point)], check=True, capture_output=True)

    def plug(self, point: Path | None = None) -> None:
        """Mount it again, perhaps elsewhere."""
        assert self._handle is not None
        self.point = point or self.point
        self.point.mkdir(exist_ok=True)
        _system_call(_MOVE_MOUNT, self._handle, b"", _HERE, os.fsencode(self.point), _FROM_EMPTY_PATH)
        os.close(self._handle)
        self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
        else:
            subprocess.run(["umount", "--lazy", str(self.point)], check=True, capture_output=True)


@cache
def why_not() -> str | None:
    """Why no disk can be plugged in here; None where it can."""
    if sys.platform != "linux":
        return "mounting is tried on Linux alone"
    if os.geteuid() != 0:
        return "mounting needs root"
    done = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False)
    return None if done.returncode == 0 else f"mounting is not allowed: {done.stderr.decode(errors='replace').strip()}"


def _system_call(number: int, *arguments: int | bytes) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


@pytest.fixture
def plug_in() -> Iterator[Callable[..., Disk]]:
    """Mounts disks that go when the test ends: `plug_in(point)`, `plug_in(point, bind=other)`."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with ExitStack() as stack:
        yield lambda *arguments, **named: stack.enter_context(Disk(*arguments, **named))
