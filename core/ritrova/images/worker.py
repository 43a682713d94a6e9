"""The decoder process: reads, hashes and decodes one photo at a time, on request, until its pipe ends.

It is the one that may crash, hang or swell. It answers with JSON and raw bytes, never with pickles, so that
a decoder taken over by a hostile photo can lie about that photo and nothing else.

Requests: `O` and a path (open), `D` (decode what is open), `T` and a number (a thumbnail of what is open), `P` and a
number (a preview). Answers: a JSON object on one line, then the picture's bytes where there is one; the model's
pixels are left in the shared memory. An object with `kind` and `reason` is a failure.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import Array, c_ubyte
from dataclasses import asdict, replace
from importlib import import_module
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ritrova.errors import OUT_OF_MEMORY, DecodeFailure, FailureKind
from ritrova.images import job, resident, rights
from ritrova.images.limits import DecodeLimits
from ritrova.photo import FileStamp, PixelSpec

if TYPE_CHECKING:
    from ritrova.images.decoded import Decoded

Decoder = Callable[[bytes, PixelSpec, DecodeLimits, str], "Decoded"]
Opener = Callable[[bytes, int], tuple[bytes, FileStamp]]
READY = b"ready"
"""The greeting, followed by the names of the guards that are on, one a line."""
BYTES_A_PIXEL = 8
"""What decoding takes at its worst: the picture and a copy of it."""

_GRACE_S = 2.0  # after the time limit, for the parent to end us; an orphan ends itself


def serve(
    connection: Connection, memory: "Array[c_ubyte]", pixels: PixelSpec, limits: DecodeLimits, decoder: str, opener: str
) -> None:
    """The process's main function. `decoder` and `opener` name functions as `module:function`."""
    try:
        try:
            _settle()
            if limits.nice and hasattr(os, "nice"):
                os.nice(max(0, limits.nice - os.nice(0)))
            bench = _Bench(memory, pixels, limits, _named(decoder), _named(opener))
            memory_guards = (bound(limits.memory_bytes) for bound in (_limit_memory, job.bound, resident.bound))
            guards = (*chain.from_iterable(memory_guards), *rights.give_up())
        except Exception as error:
            connection.send_bytes(f"{type(error).__name__}: {error}".encode())
            return
        connection.send_bytes("\n".join((READY.decode(), *guards)).encode())
        while True:
            request = connection.recv_bytes()
            with _alarm(limits.timeout_s + _GRACE_S):
                answer = bench.answer(request)
            connection.send_bytes(answer)
    except (EOFError, OSError):  # the parent has closed its end, or is no more
        return


class _Bench:
    """The photo that is open, and what can be asked of it."""

    def __init__(
        self, memory: "Array[c_ubyte]", pixels: PixelSpec, limits: DecodeLimits, decode: Decoder, read: Opener
    ) -> None:
        self._decode = decode
        self._read = read
        self._memory = memory
        self._pixels = pixels
        self._limits = limits
        self._data = b""
        self._extension = ""

    def answer(self, request: bytes) -> bytes:
        """The message that answers one request. Nothing that goes wrong with a photo escapes."""
        try:
            what, argument = request[:1], request[1:]
            if what == b"O":
                return self._open(argument)
            if what == b"D":
                return self._decoded()
            if what == b"P":
                return self._preview(int(argument))
            return self._thumbnail(int(argument))
        except DecodeFailure as failure:
            scarce = failure.kind is FailureKind.TOO_LARGE and self._affordable() != self._limits
            return _failure(failure.kind, f"{failure.reason}, {OUT_OF_MEMORY}" if scarce else failure.reason)
        except MemoryError:
            self._data = b""
            return _failure(FailureKind.TOO_LARGE, OUT_OF_MEMORY)
        except Exception as error:  # a bug of ours that one photo has found: it costs that photo
            return _failure(FailureKind.CRASHED, f"{type(error).__name__}: {error}")

    def _open(self, path: bytes) -> bytes:
        from blake3 import blake3

        self._data = b""  # before the next photo takes its place
        self._data, stamp = self._read(path, self._limits.max_file_bytes)
        self._extension = PurePath(os.fsdecode(path)).suffix.lower()
        return _message({"hash": blake3(self._data).hexdigest(), "stamp": asdict(stamp)})

    def _decoded(self) -> bytes:
        import numpy as np

        decoded = self._decode(self._data, self._pixels, self._affordable(), self._extension)
        np.frombuffer(memoryview(self._memory), dtype=np.uint8)[:] = decoded.model_input.ravel()
        return _message({"facts": asdict(decoded.facts)}, decoded.thumbnail)

    def _preview(self, longest_side: int) -> bytes:
        from ritrova.images.decode import preview

        facts, picture = preview(self._data, longest_side, self._affordable(), self._extension)
        return _message({"facts": asdict(facts)}, picture)

    def _thumbnail(self, longest_side: int) -> bytes:
        from ritrova.images.decode import thumbnail

        return _message({}, thumbnail(self._data, longest_side, self._affordable(), self._extension))

    def _affordable(self) -> DecodeLimits:
        """The limits, with fewer pixels where the computer has little memory left."""
        return replace(self._limits, max_pixels=min(self._limits.max_pixels, free_memory() // BYTES_A_PIXEL))


def _named(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


def _message(answer: dict[str, object], picture: bytes = b"") -> bytes:
    return json.dumps(answer).encode() + b"\n" + picture


def _failure(kind: FailureKind, reason: str) -> bytes:
    return _message({"kind": kind.value, "reason": reason[:500]})


def _settle() -> None:
    """A process of one thread that leaves Ctrl-C to its parent and says nothing to the person's terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)  # the decoding libraries comment on damaged photos there
    os.close(nowhere)


def free_memory(meminfo: str = "/proc/meminfo") -> int:
    """Bytes that the system could give without swapping; endless where it does not say, as only Linux does."""
    try:
        with open(meminfo) as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return sys.maxsize


def _limit_memory(extra: int) -> tuple[str, ...]:
    """Allow `extra` bytes on top of the present. On Linux alone: elsewhere there is no limit that is kept."""
    if sys.platform != "linux":
        return ()
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open("/proc/self/statm") as file:
        present = int(file.read().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = present + extra
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    return ("RLIMIT_AS",)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process, even inside of a library's code, where the block takes longer: nobody else may be left to."""
    if sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
