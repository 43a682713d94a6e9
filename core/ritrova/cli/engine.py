"""`ritrova engine`: what the window starts. Not for people: it speaks in frames over its standard streams."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ritrova.cli.doctor import examine
from ritrova.cli.logs import logging_to
from ritrova.cli.options import Command, option
from ritrova.cli.session import session_of
from ritrova.text import msg

if TYPE_CHECKING:
    from ritrova.checking import Finding, Tell
    from ritrova.paths import LibraryPaths


def engine(
    ctx: typer.Context,
    alone: Annotated[
        bool, option("--alone", help=msg("Take one request that needs the library to itself, then serve."))
    ] = False,
    again: Annotated[bool, option("--again", help=msg("Begin no new library where this one is gone."))] = False,
) -> None:
    from ritrova.checking import check  # late: `ritrova --help` has no use for it
    from ritrova.engine.process import run

    session = session_of(ctx)
    log = partial(logging_to, debug=session.debug, name="engine")

    def sound(paths: LibraryPaths, repair: bool, tell: Tell) -> Iterator[Finding]:
        return check(paths, repair=repair, tell=tell)

    code = run(session.root, examine, sound, log, alone=alone, again=again)
    # All is written and closed. A thread may still be loading the model: the interpreter's own end would unwind it
    # through C++ frames, which aborts the process, and takes seconds where the machine is busy.
    sys.stderr.flush()
    os._exit(code)


COMMANDS = (Command("engine", engine, msg("Serve a window (it starts this by itself)."), hidden=True),)
