"""What every command is given: the language, the library folder, and where to speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ritrova.cli.shown import printable
from ritrova.paths import LibraryPaths
from ritrova.text import Catalogue, Message

if TYPE_CHECKING:
    from ritrova.library import Library


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command. Results go to standard output, everything else to standard error."""

    catalogue: Catalogue
    root: Path  # the library's folder
    debug: bool

    @property
    def paths(self) -> LibraryPaths:
        return LibraryPaths(self.root)

    def reading(self) -> Library:
        """The library, opened read-only. Raises UsageError where there is none."""
        from ritrova.library import Library  # late: `ritrova --help` has no use for it

        return Library.open(self.root)

    @contextmanager
    def writing(self) -> Iterator[Library]:
        """The library, opened as its one writer, made where there is none; keeps a log. Raises LibraryLocked."""
        from ritrova.cli.logs import logging_to
        from ritrova.library import Library

        with Library.open(self.root, write=True) as library, logging_to(library.paths.logs, debug=self.debug):
            yield library

    def text(self, message: Message) -> str:
        """`message` in the person's language, safe to show."""
        return "\n".join(printable(line) for line in self.catalogue.render(message).split("\n"))

    def with_remedy(self, found: Message, remedy: Message | None) -> str:
        """On one line: what was found, and what to do about it. A path, say, ends without a full stop."""
        told = self.text(found)
        if remedy is None:
            return told
        return f"{told}{' ' if told.endswith(('.', '!', '?')) else ' — '}{self.text(remedy)}"

    def number(self, value: float, decimals: int = 0) -> str:
        """As the person's language writes numbers."""
        return self.catalogue.number(value, decimals)

    def say(self, message: Message) -> None:
        """One line of the result."""
        typer.echo(self.text(message))

    def notice(self, message: Message) -> None:
        """One line beside the result."""
        typer.echo(self.text(message), err=True)


def session_of(ctx: typer.Context) -> Session:
    session: Any = ctx.obj
    assert isinstance(session, Session)
    return session
