"""`ritrova engine`: what the window starts. Not for people: it speaks in frames over its standard streams."""

import os
import sys
from functools import partial

import typer

from ritrova.cli.doctor import examine
from ritrova.cli.logs import logging_to
from ritrova.cli.options import Command
from ritrova.cli.session import session_of
from ritrova.text import msg


def engine(ctx: typer.Context) -> None:
    from ritrova.engine.process import run  # late: `ritrova --help` has no use for it

    session = session_of(ctx)
    code = run(session.root, examine, partial(logging_to, debug=session.debug, name="engine"))
    # All is written and closed. A thread may still be loading the model: the interpreter's own end would unwind it
    # through C++ frames, which aborts the process, and takes seconds where the machine is busy.
    sys.stderr.flush()
    os._exit(code)


COMMANDS = (Command("engine", engine, msg("Serve a window (it starts this by itself)."), hidden=True),)
