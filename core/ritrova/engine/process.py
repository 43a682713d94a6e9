"""The engine's process: its streams, its library, its end."""

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, get_args

from ritrova.engine.alone import answer_alone
from ritrova.engine.base import Fault
from ritrova.engine.channel import Sender
from ritrova.engine.events import LibraryChanged
from ritrova.engine.messages import Unable
from ritrova.engine.outlet import Outlet
from ritrova.engine.pace import Pace
from ritrova.engine.server import Server
from ritrova.engine.state import Examine, Sound
from ritrova.engine.succession import hello_of
from ritrova.errors import LibraryError, LibraryLocked, LibraryReadOnly, RitrovaError
from ritrova.library import Library
from ritrova.lock import Holder, holder_of
from ritrova.paths import LibraryPaths
from ritrova.text import msg

log = logging.getLogger(__name__)

END_S = 15.0
"""After so long the process ends as it is: nothing may outlive the window."""

Logging = Callable[[Path], AbstractContextManager[None]]


def run(
    root: Path, examine: Examine, sound: Sound, logging_to: Logging, *, alone: bool = False, again: bool = False
) -> int:
    """Serve one window over standard input and output; the exit code.

    `alone`: its first request is one that needs the library to itself, and is answered before the library is opened.
    `again`: the window has seen this library already, so no new one is begun where it is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the window, which ends us
    with streams() as (inbox, outbox):
        outlet = Outlet(Sender(outbox))
        if alone:
            answer_alone(LibraryPaths(root), inbox, outlet, sound)
        try:
            if again and not LibraryPaths(root).database.exists():
                raise LibraryError(
                    msg("The folder of the library is gone."),
                    msg("Put it back, or connect its disk, then start Ritrova again."),
                    str(root),
                )
            library, writer = open_library(root)
        except RitrovaError as error:
            outlet.send(Unable(fault=Fault.of(error)))
            return error.exit_code
        with library, previews_of(library) as previews, _log_of(library, logging_to):
            log.info("engine begins, %s", "for reading" if library.read_only else "as the writer")
            outlet.send(hello_of(library, writer))
            if alone:  # anything may be different now
                outlet.changed(*get_args(LibraryChanged.model_fields["what"].annotation))
            server = Server(library, outlet, examine, sound, previews, Pace())
            try:
                server.start()
                server.serve(inbox)
            finally:
                _end_in_any_case()
                server.close()
                log.info("engine ends")
    return 0


def open_library(root: Path) -> tuple[Library, Holder | None]:
    """As the writer, where possible; else for reading, with who writes. Raises LibraryError, UsageError."""
    try:
        return Library.open(root, write=True), None
    except LibraryLocked:
        return Library.open(root), holder_of(LibraryPaths(root).lock.with_suffix(".json")) or Holder(0, "")
    except LibraryReadOnly:
        if not LibraryPaths(root).database.exists():
            raise
        return Library.open(root), None


@contextmanager
def streams() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Our own copies of standard input and output; whoever else uses those gets nothing, and spoils nothing.

    The copies are not inherited, so that no decoder holds the window's pipe open.
    """
    inbox, outbox = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    try:
        os.fstat(2)
    except OSError:
        os.dup2(nowhere, 2)
    os.dup2(2, 1)
    os.close(nowhere)
    requests, answers = os.fdopen(inbox, "rb"), os.fdopen(outbox, "wb")
    try:
        yield requests, answers
    finally:
        for stream in (requests, answers):
            with suppress(OSError):  # the window is gone, and with it who would read what is left
                stream.close()


@contextmanager
def previews_of(library: Library) -> Iterator[Path]:
    """Where previews lie: in the library, or aside where it cannot be written."""
    if not library.read_only:
        yield library.paths.previews
        return
    aside = Path(tempfile.mkdtemp(prefix="ritrova-previews-"))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _log_of(library: Library, logging_to: Logging) -> Iterator[None]:
    """A log, where there is room for one: it is no reason not to work."""
    with ExitStack() as stack:
        try:
            stack.enter_context(logging_to(library.paths.logs))
        except RitrovaError as error:
            print(error, file=sys.stderr)
        yield


def _end_in_any_case() -> None:
    timer = threading.Timer(END_S, os._exit, (3,))
    timer.daemon = True
    timer.start()
