"""The envelopes. From the window: `Request`. From the engine: `Hello` (or `Unable`) first, then the others."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from ritrova.engine.base import Fault, Frozen
from ritrova.engine.events import AnyEvent
from ritrova.engine.replies import AnyReply
from ritrova.engine.requests import AnyRequest

PROTOCOL = 1


class Request(Frozen):
    """`id` is the window's: unique among the requests of one engine process, growing."""

    id: Annotated[int, Field(ge=1)]
    body: AnyRequest


class Writer(Frozen):
    """The other process that writes to the library."""

    pid: int
    program: str


class Hello(Frozen):
    """The engine's first message: it is ready for requests. `model_ready` tells that the model is, too.

    It comes again when an engine that could only read has become the writer.
    """

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL
    version: str
    pid: int
    library: bytes
    thumbnails: bytes
    """Folder of the thumbnails: `ritrova.images.thumbnails.Thumbnails` knows its layout."""
    read_only: bool
    writer: Writer | None = None  # who writes, where another process does
    first_run: bool = False  # no folder is watched yet


class Unable(Frozen):
    """The engine's first and last message where the library cannot be opened."""

    type: Literal["unable"] = "unable"
    protocol: int = PROTOCOL
    fault: Fault


class Reply(Frozen):
    """The answer to request `id`; with `more`, not the last one."""

    type: Literal["reply"] = "reply"
    id: int
    body: AnyReply
    more: bool = False


class Refusal(Frozen):
    """Instead of a reply, and the last word on request `id`. 0 stands for a message that was not understood."""

    type: Literal["refusal"] = "refusal"
    id: int
    error: Fault


class Event(Frozen):
    type: Literal["event"] = "event"
    body: AnyEvent


FromEngine: TypeAlias = Annotated[Hello | Unable | Reply | Refusal | Event, Field(discriminator="type")]

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
FROM_ENGINE: TypeAdapter[Hello | Unable | Reply | Refusal | Event] = TypeAdapter(FromEngine)
