"""How commands, options and arguments are declared: with a `Message` as help, rendered by `words`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ritrova.text import Message, msg


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the program. What `run` returns is the exit code; None is 0."""

    name: str
    run: Callable[..., int | None]
    help: Message
    hidden: bool = False  # not for people


# Typer would refuse a path that the system refuses, as wrong use and in English: who opens it says it better.
_PLAIN: dict[str, Any] = {"show_default": False, "show_envvar": False, "readable": False}


def option(*names: str, help: Message, metavar: Message | None = None, **more: Any) -> Any:
    """An option whose words are messages. Defaults are told in the help's own words."""
    words = metavar.key if metavar else None
    return typer.Option(*names, help=help.key, metavar=words, **_PLAIN | more)


def argument(metavar: Message, help: Message, **more: Any) -> Any:
    """An argument whose words are messages."""
    return typer.Argument(metavar=metavar.key, help=help.key, **_PLAIN | more)


FOLDER = msg("FOLDER")
FILE = msg("FILE")
PHOTO = msg("PHOTO")
TEXT = msg("TEXT")
NAME = msg("NAME")
HUB_ID = msg("OWNER/NAME")
NUMBER = msg("NUMBER")
DATE = msg("DATE")

Json = Annotated[bool, option("--json", help=msg("Print JSON for programs, and nothing else."))]
