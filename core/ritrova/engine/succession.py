"""An engine that can only read, for another process writes: it takes that one's place when it has ended."""

import logging
import os
import threading
from collections.abc import Callable
from importlib.metadata import version

from ritrova.engine.messages import Hello, Writer
from ritrova.errors import RitrovaError
from ritrova.library import Library
from ritrova.lock import Holder

log = logging.getLogger(__name__)

LOOK_S = 30.0
"""Between two looks by itself; a person who does something is looked for at once,"""
PAUSE_S = 1.0
"""but no sooner than so long after the look before."""
PATIENCE_S = 2.0
"""How long the end waits."""


class Succession:
    """Looks on a thread of its own whether the library can be written now; then calls `became`, and is done."""

    def __init__(self, library: Library, became: Callable[[], object]) -> None:
        self._library = library
        self._became = became
        self._asked, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="succession", daemon=True)

    def start(self) -> None:
        """Nothing where the library is ours to write already."""
        if self._library.read_only:
            self._thread.start()

    def look(self) -> None:
        """Someone is there: look soon."""
        self._asked.set()

    def close(self) -> None:
        self._ended.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)  # it may be loading the model

    def _run(self) -> None:
        while not self._ended.wait(PAUSE_S):
            self._asked.wait(LOOK_S)
            self._asked.clear()
            if self._ended.is_set():
                return
            try:
                if self._library.become_writer():
                    log.info("the library is ours to write now")
                    self._became()
                    return
            except RitrovaError as error:  # it lies on a disk that cannot be written, and may be later
                log.debug("the library cannot be written: %s", type(error).__name__)


def hello_of(library: Library, writer: Holder | None = None) -> Hello:
    """What the window is told of a library at first, and again when it can be written."""
    return Hello(
        version=version("ritrova"),
        pid=os.getpid(),
        library=os.fsencode(library.paths.root),
        thumbnails=os.fsencode(library.paths.thumbnails),
        read_only=library.read_only,
        writer=Writer(pid=writer.pid, program=writer.program) if writer else None,
        first_run=not library.folders(),
    )
