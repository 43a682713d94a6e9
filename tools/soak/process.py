"""`ritrova` processes that are quick to start: forks of this one, which has imported what they need.

For POSIX. Never while this process has threads.
"""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import ritrova.engine.process
import ritrova.library  # noqa: F401 - what a fork needs
from ritrova.cli.main import run
from ritrova.encoding import fake  # noqa: F401
from ritrova.engine.base import Frozen
from ritrova.engine.channel import Frames, decode_answer, encode
from ritrova.engine.messages import Request

PATIENCE_S = 600.0
"""For what takes a second on a computer that has nothing else to do."""


class Ritrova:
    """`ritrova ARGUMENTS` on a library, running. `slow_s` sets its clock back by so many seconds."""

    def __init__(self, library: Path, *arguments: str, slow_s: float = 0.0) -> None:
        self.started = time.monotonic()
        self._said, self._complained = TemporaryFile(), TemporaryFile()  # noqa: SIM115 - closed by `close`
        sys.stdout.flush()
        theirs, self._requests = os.pipe()
        self._answers, their_answers = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            answers = their_answers if arguments == ("engine",) else self._said.fileno()
            _become(theirs, answers, self._complained.fileno(), ["--library", str(library), *arguments], slow_s)
        os.close(theirs)
        os.close(their_answers)
        self._frames = Frames()
        self._ids = 0
        self.code: int | None = None

    def kill(self) -> bool:
        """End it as a power cut would; False where it had ended by itself."""
        if self.ended():
            return False
        os.kill(self.pid, signal.SIGKILL)
        self._wait(0)
        return self.code == -signal.SIGKILL

    def ended(self) -> bool:
        return self.code is not None or self._wait(os.WNOHANG)

    def finish(self) -> int:
        """Wait for its end; its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.ended():
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"ritrova did not end within {PATIENCE_S} s: {self.complaints}")
            time.sleep(0.01)
        assert self.code is not None
        return self.code

    @property
    def complaints(self) -> str:
        """What it wrote to its standard error."""
        self._complained.seek(0)
        return self._complained.read().decode(errors="replace")

    def close(self) -> None:
        for handle in (self._requests, self._answers):
            with suppress(OSError):
                os.close(handle)
        self._said.close()
        self._complained.close()

    # An engine's

    def send(self, body: Frozen) -> int:
        """Ask the engine; the number of the request."""
        self._ids += 1
        with suppress(BrokenPipeError):
            os.write(self._requests, encode(Request.model_validate({"id": self._ids, "body": body})))
        return self._ids

    def messages(self, enough: Callable[[], bool]) -> Iterator[object]:
        """What the engine says until that is enough, or until it ends."""
        while not enough():
            if select.select([self._answers], [], [], 0.01)[0]:
                data = os.read(self._answers, 1 << 16)
                if not data:
                    return
                yield from map(decode_answer, self._frames.feed(data))

    def _wait(self, options: int) -> bool:
        pid, status = os.waitpid(self.pid, options)
        if pid:
            self.code = os.waitstatus_to_exitcode(status)
        return bool(pid)


def left_running(pids: list[int]) -> list[int]:
    """Those of the processes (each the first of its group) of whose family somebody still runs."""
    deadline = time.monotonic() + 60
    while (left := [pid for pid in pids if _has_family(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _has_family(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _become(requests: int, answers: int, complaints: int, arguments: list[str], slow_s: float) -> None:
    """In the fork: be that process, and end."""
    code = 99
    try:
        os.setsid()
        for handle, mine in enumerate((requests, answers, complaints)):
            os.dup2(mine, handle)
        os.closerange(3, 256)
        sys.stdin, sys.stdout, sys.stderr = (open(0), open(1, "w"), open(2, "w"))  # noqa: SIM115
        sys.argv = ["ritrova", *arguments]
        _set_clock_back(slow_s)
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)


def _set_clock_back(seconds: float) -> None:
    """For this process: all of ours that looks at the clock sees an earlier time."""
    real = time.time

    def earlier() -> float:
        return real() - seconds

    for module in [time, *(module for name, module in sys.modules.items() if name.startswith("ritrova"))]:
        if getattr(module, "time", None) is real:
            module.time = earlier  # type: ignore[attr-defined]
