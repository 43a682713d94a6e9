"""One decoder process, seen from its parent: asked and answered within a time limit, or ended."""

import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ritrova.errors import OUT_OF_MEMORY, DecodeFailure, EnvironmentFault, FailureKind
from ritrova.images import resident, worker
from ritrova.images.limits import DecodeLimits
from ritrova.photo import PixelSpec
from ritrova.text import msg

_START_S = 60.0
_END_S = 5.0  # for the system to bury a killed process; one that hangs in a dead network drive takes longer

# multiprocessing keeps one table of children and, on every start, looks at all of them: two threads that
# start and end processes at once would meet each other's half-closed ones.
_CHILDREN = threading.Lock()


class DecoderProcess:
    """A running decoder. Raises EnvironmentFault where it does not start."""

    def __init__(self, pixels: PixelSpec, limits: DecodeLimits, decoder: str, opener: str) -> None:
        # Never a fork of this process: it has threads, a database and perhaps a GPU open.
        if sys.platform == "win32":
            context = multiprocessing.get_context("spawn")
        else:
            context = multiprocessing.get_context("forkserver")
        self.memory = context.RawArray("B", pixels.side * pixels.side * 3)
        """Where the process leaves the model's pixels: [side, side, 3] uint8."""
        self._connection, theirs = context.Pipe()
        self._expired = False
        self._ended = False
        with _CHILDREN, theirs:  # with our copy of their end open, we would never see its end
            self._process = context.Process(
                target=worker.serve,
                args=(theirs, self.memory, pixels, limits, decoder, opener),
                name="ritrova-decoder",
                daemon=True,  # ended with this process at the latest
            )
            self._process.start()
        try:
            with self._within(_START_S):
                greeting = self._connection.recv_bytes(1 << 16)
        except (EOFError, OSError):
            greeting = self._how_it_ended().encode()
        word, *guards = greeting.split(b"\n")
        self.guards = tuple(guard.decode(errors="replace") for guard in guards)
        """What holds the process back, by name."""
        if word != worker.READY:
            self.end()
            raise EnvironmentFault(
                msg("The photo decoder does not start: {reason}", reason=greeting.decode(errors="replace")),
                msg("Run `ritrova doctor`; reinstalling Ritrova puts its decoders right."),
            )

    @property
    def alive(self) -> bool:
        with _CHILDREN:
            return bool(self._process.is_alive())

    def ask(self, request: bytes, seconds: float, longest: int) -> bytes:
        """The answer to a request, at most `longest` bytes.

        Raises DecodeFailure, `timeout` or `crashed`; the process is of no more use then and must be ended.
        """
        try:
            with self._within(seconds):
                self._connection.send_bytes(request)
                return self._connection.recv_bytes(longest)
        except (EOFError, OSError) as error:  # OSError: also a length that no honest answer has
            if self._expired:
                raise DecodeFailure(FailureKind.TIMEOUT, f"no answer within {seconds:g} s") from error
            ended = self._how_it_ended()
            kind = FailureKind.TOO_LARGE if ended == OUT_OF_MEMORY else FailureKind.CRASHED
            raise DecodeFailure(kind, ended) from error

    def kill(self) -> None:
        """End the process from any thread: who waits for its answer gets DecodeFailure."""
        with _CHILDREN:
            if not self._ended:
                self._process.kill()

    def end(self) -> None:
        """End the process, whatever it is doing, and free what belongs to it."""
        self._connection.close()
        with _CHILDREN:
            self._ended = True
            self._process.kill()
            self._process.join(_END_S)
            if not self._process.is_alive():
                self._process.close()

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Kill the process when the block takes longer: that also ends a wait for the rest of an answer."""
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _expire(self) -> None:
        self._expired = True
        self.kill()

    def _how_it_ended(self) -> str:
        with _CHILDREN:
            self._process.join(1.0)
            code = self._process.exitcode
        if not code:  # alive, or gone because we hung up
            return "the decoder gave an answer that makes no sense"
        if code == resident.EXIT_CODE:
            return OUT_OF_MEMORY
        if code < 0:
            return f"the decoder was ended by {signal.Signals(-code).name}"
        return f"the decoder ended with code {code}"
