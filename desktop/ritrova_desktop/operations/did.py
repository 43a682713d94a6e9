"""What an action changed, and how it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass

from ritrova.engine.base import Frozen
from ritrova.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """`undo` are the requests that take it back, in their order; none where nothing can."""

    what: Message  # in the past: "The album was deleted."
    detail: Message | None = None
    undo: tuple[Frozen, ...] = ()
    album: int | None = None  # the album that was made


OnDone = Callable[[Did], object]
"""Called once the engine has done it; a refusal goes the usual way, by `Engine.refused`."""


def ignore(_did: Did) -> None:
    """For those who need not know."""
