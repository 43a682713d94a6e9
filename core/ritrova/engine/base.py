"""What every message is made of: frozen models, bytes as base64, texts for people that travel untranslated."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from ritrova.errors import DecodeFailure, EnvironmentFault, RitrovaError, UsageError
from ritrova.text import Message, msg

Hash: TypeAlias = Annotated[bytes, Field(min_length=32, max_length=32)]
"""BLAKE3 of a photo's bytes: names a content."""

FileId: TypeAlias = int
"""A file that the store knows: one path in a watched folder."""


class Frozen(BaseModel):
    """The base of all messages. Unknown fields are refused: both sides are of one version."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


Param: TypeAlias = "Text | str | int | float | bool | None"


class Text(Frozen):
    """A `ritrova.text.Message` on its way: the window renders it in the window's language."""

    key: str
    params: dict[str, "Param"] = {}
    plural: str | None = None
    count: int = 1

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            key=message.key,
            params={name: _param(value) for name, value in message.params.items()},
            plural=message.plural,
            count=message.count,
        )

    def message(self) -> Message:
        params: dict[str, object] = {n: v.message() if isinstance(v, Text) else v for n, v in self.params.items()}
        return Message(self.key, params, self.plural, self.count)


class Fault(Frozen):
    """Why something was refused or has failed: what happened, to which file, what to do, and whose fault it is."""

    type: str  # the error's class: LibraryLocked, DiskFull, ModelError, Superseded ...
    whose: Literal["environment", "usage", "bug"]
    title: Text
    remedy: Text | None = None
    path: bytes | None = None

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """An error that nobody foresaw is our bug; its text, which may quote a query or name a photo, stays here."""
        if not isinstance(error, RitrovaError):
            title = msg("Ritrova made a mistake ({kind}). Your photos are untouched.", kind=type(error).__name__)
            return cls(type=type(error).__name__, whose="bug", title=Text.of(title))
        whose: Literal["environment", "usage", "bug"] = "bug"
        if isinstance(error, UsageError):
            whose = "usage"
        elif isinstance(error, EnvironmentFault | DecodeFailure):
            whose = "environment"
        return cls(
            type=type(error).__name__,
            whose=whose,
            title=Text.of(error.title),
            remedy=Text.of(error.remedy) if error.remedy else None,
            path=None if error.path is None else os.fsencode(error.path),
        )


def sendable(text: str) -> str:
    """Text that UTF-8 can carry: what stands for undecodable bytes in a path becomes visible escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _param(value: object) -> Param:
    match value:
        case Message():
            return Text.of(value)
        case bool() | int() | float() | None:
            return value
        case bytes() | Path():
            return sendable(os.fsdecode(value))
        case _:
            return sendable(str(value))


Text.model_rebuild()
