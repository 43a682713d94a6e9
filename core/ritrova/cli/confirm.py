"""Asking before what cannot be taken back."""

import sys
from typing import Annotated

import typer

from ritrova.cli.options import option
from ritrova.cli.session import Session
from ritrova.errors import UsageError
from ritrova.text import Message, msg

Yes = Annotated[bool, option("--yes", help=msg("Do not ask."))]


def confirm(session: Session, question: Message, *, yes: bool) -> bool:
    """Whether the person wants it. Raises UsageError where nobody can be asked."""
    if yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(question, msg("Nobody can be asked here: add --yes if you want it."))
    answer = typer.prompt(session.text(msg("{question} Type y for yes", question=question)), default="", err=True)
    return answer.strip().casefold() in ("y", "yes", "s", "si", "sì")
