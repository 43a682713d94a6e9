"""Decoding out of harm's way: in a process that may crash, hang or swell, and costs one photo when it does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from pydantic import TypeAdapter

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images.decoded import Decoded
from ritrova.images.formats import decoder_version
from ritrova.images.limits import DecodeLimits
from ritrova.images.process import DecoderProcess
from ritrova.photo import FileStamp, PhotoFacts, PixelSpec

_LONGEST_ANSWER = 16 << 20  # bytes: facts, and a thumbnail
_LONGEST_PREVIEW = 512 << 20  # a JPEG of all pixels that the limits may allow
WHOLE = 1 << 20
"""As the longest side of a preview: all pixels."""
_FACTS = TypeAdapter(PhotoFacts)
_STAMP = TypeAdapter(FileStamp)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was read and waits to be decoded."""

    hash: bytes  # BLAKE3 of its bytes, 32 bytes
    stamp: FileStamp


class SandboxedDecoder:
    """Reads and decodes photos in a process of its own, which is started when needed and again after it died.

    For one thread at a time, `interrupt` excepted. Every call blocks, at most as long as the limits say. Close
    it, or use it as a context manager. `decoder` and `opener` name other functions that decode and read, as
    `module:function`.
    Opening, decoding and thumbnails raise DecodeFailure, and EnvironmentFault where no process can be started.
    """

    def __init__(
        self,
        pixels: PixelSpec,
        limits: DecodeLimits,
        *,
        decoder: str = "ritrova.images.decode:decode",
        opener: str = "ritrova.images.files:read_photo",
    ) -> None:
        self._pixels = pixels
        self._limits = limits
        self._decoder = decoder
        self._opener = opener
        self._process: DecoderProcess | None = None
        self._path: bytes | None = None  # of the file that is open
        self._interrupted = False

    @property
    def version(self) -> str:
        """Of the decoder and its libraries: a failure under another version deserves another try."""
        return decoder_version()

    @property
    def guards(self) -> tuple[str, ...]:
        """What holds the process back beside its limit of time, by name. Raises EnvironmentFault."""
        return self._started().guards

    def open(self, path: bytes) -> Opened:
        """Read a file, once; keep its bytes in the process; hash them."""
        self._path = None
        if self._process is not None and not self._process.alive:  # it died of something else, between photos
            self.close()
        self._started()
        if self._interrupted:  # looked at once the process is there: an interruption before has not ended it
            raise DecodeFailure(FailureKind.CRASHED, "interrupted", path)
        opened = self._ask(b"O" + path, path, _opened)
        self._path = path
        return opened

    def decode(self) -> Decoded:
        """Decode the file that is open."""
        process, path = self._in_hand()
        facts, thumbnail = self._ask(b"D", path, _facts)
        side = self._pixels.side
        pixels = np.frombuffer(memoryview(process.memory), dtype=np.uint8).reshape(side, side, 3)
        return Decoded(facts, pixels.copy(), thumbnail)  # a copy: the next photo comes through the same memory

    def thumbnail(self, longest_side: int) -> bytes:
        """A WebP of the file that is open, its longer side at most `longest_side` pixels."""
        _, path = self._in_hand()
        return self._ask(b"T%d" % longest_side, path, lambda _, picture: picture)

    def preview(self, longest_side: int = WHOLE) -> tuple[PhotoFacts, bytes]:
        """The facts, and a JPEG of the file that is open: upright, sRGB, its longer side at most `longest_side`."""
        _, path = self._in_hand()
        return self._ask(b"P%d" % longest_side, path, _facts, _LONGEST_PREVIEW)

    def interrupt(self) -> None:
        """Give up, from any thread: the call under way and all later ones fail. `close` is still needed."""
        self._interrupted = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process, self._path = self._process, None, None
        if process is not None:
            process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> DecoderProcess:
        if self._process is None:
            self._process = DecoderProcess(self._pixels, self._limits, self._decoder, self._opener)
        return self._process

    def _in_hand(self) -> tuple[DecoderProcess, bytes]:
        if self._process is None or self._path is None:
            raise RuntimeError("no file is open: `open` was not called, or it failed, or the decoder died")
        return self._process, self._path

    def _ask(
        self,
        request: bytes,
        path: bytes,
        understand: Callable[[dict[str, Any], bytes], T],
        longest: int = _LONGEST_ANSWER,
    ) -> T:
        """Put a request to the process. The answer is taken for what a stranger says."""
        assert self._process is not None
        try:
            answer = self._process.ask(request, self._limits.timeout_s, longest)
        except DecodeFailure as failure:
            self.close()
            raise DecodeFailure(failure.kind, failure.reason, path) from failure
        try:
            line, _, picture = answer.partition(b"\n")
            said = json.loads(line)
            if "kind" not in said:
                return understand(said, picture)
            told = DecodeFailure(FailureKind(said["kind"]), str(said["reason"])[:500], path)
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            self.close()
            raise DecodeFailure(FailureKind.CRASHED, "the decoder gave an answer that makes no sense", path) from error
        raise told


def _opened(said: dict[str, Any], _: bytes) -> Opened:
    opened = Opened(bytes.fromhex(said["hash"]), _STAMP.validate_python(said["stamp"]))
    if len(opened.hash) != 32:
        raise ValueError("not a BLAKE3 hash")
    return opened


def _facts(said: dict[str, Any], thumbnail: bytes) -> tuple[PhotoFacts, bytes]:
    facts = _FACTS.validate_python(said["facts"])
    if not (facts.width > 0 and facts.height > 0 and 1 <= facts.orientation <= 8):
        raise ValueError("facts that no photo has")
    return facts, thumbnail
