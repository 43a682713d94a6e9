"""Messages on a stream of bytes: four bytes of length (big-endian), then that much UTF-8 JSON, at most 16 MiB.

`Frames` is for whoever is handed bytes as they come (the window), `read_frame` for whoever may wait (the engine).
"""

import threading
from collections.abc import Iterator
from typing import IO, BinaryIO

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from ritrova.engine.messages import FROM_ENGINE, REQUEST, Event, Hello, Refusal, Reply, Request, Unable
from ritrova.errors import OurBug
from ritrova.text import msg

LONGEST = 16 << 20
_LENGTH = 4


class ChannelError(OurBug):
    """The two processes do not understand each other."""


class MessageTooLong(ChannelError):
    """A frame beyond the limit: the rest of the stream cannot be trusted."""


class MessageGarbled(ChannelError):
    """A frame that is not a message, or a message that cannot be written."""


class StreamCut(ChannelError):
    """The stream ended within a frame."""


def encode(message: BaseModel) -> bytes:
    """A message as a frame. Raises MessageTooLong, MessageGarbled (text that UTF-8 cannot carry)."""
    try:
        payload = message.model_dump_json().encode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise MessageGarbled(msg("A message cannot be written: {reason}", reason=type(error).__name__)) from error
    if len(payload) > LONGEST:
        raise MessageTooLong(msg("A message of {n} bytes is too long.", n=len(payload)))
    return len(payload).to_bytes(_LENGTH, "big") + payload


def decode_request(payload: bytes) -> Request:
    """What the window asks. Raises MessageGarbled."""
    try:
        return REQUEST.validate_json(payload)
    except ValidationError as error:
        raise _garbled(error) from error


def decode_answer(payload: bytes) -> Hello | Unable | Reply | Refusal | Event:
    """What the engine says. Raises MessageGarbled."""
    try:
        return FROM_ENGINE.validate_json(payload)
    except ValidationError as error:
        raise _garbled(error) from error


class Frames:
    """Cuts a stream into frames, whatever pieces it comes in."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payloads that are complete now. Raises MessageTooLong."""
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= _LENGTH:
                size = _checked(self._buffer[start : start + _LENGTH], self._longest)
                if len(self._buffer) - start - _LENGTH < size:
                    return
                start += _LENGTH + size
                yield bytes(self._buffer[start - size : start])
        finally:
            del self._buffer[:start]


def read_frame(stream: IO[bytes], longest: int = LONGEST) -> bytes | None:
    """The next payload; None at the end of the stream. Raises MessageTooLong, StreamCut."""
    head = _read(stream, _LENGTH)
    if not head:
        return None
    if len(head) < _LENGTH:
        raise StreamCut(msg("The other process ended within a message."))
    size = _checked(head, longest)
    payload = _read(stream, size)
    if len(payload) < size:
        raise StreamCut(msg("The other process ended within a message."))
    return payload


class Sender:
    """Writes whole frames to a stream, from any thread. Raises OSError when the other side is gone."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: BaseModel) -> None:
        frame = encode(message)
        with self._lock:
            self._stream.write(frame)
            self._stream.flush()


def _checked(head: bytes | bytearray, longest: int) -> int:
    size = int.from_bytes(head, "big")
    if size > longest:
        raise MessageTooLong(msg("A message of {n} bytes is too long.", n=size))
    return size


def _read(stream: IO[bytes], size: int) -> bytes:
    """`size` bytes, fewer only at the end; raw streams give what they have."""
    parts: list[bytes] = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _garbled(error: ValidationError) -> MessageGarbled:
    """Where the message is wrong, never what it says: it may quote a query or name a photo."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return MessageGarbled(msg("A message cannot be understood ({where}: {reason}).", where=where, reason=first["type"]))
