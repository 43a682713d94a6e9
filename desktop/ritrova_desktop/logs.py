"""The window's log: a rotating file, written by a thread of its own, and where every complaint ends up.

Neither sentences nor photos' names are logged.
"""

import faulthandler
import logging
import logging.handlers
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from platformdirs import user_log_dir
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_MEGABYTE = 1_000_000
_LOG = logging.getLogger("ritrova_desktop")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_folder() -> Path:
    """Where the window's logs lie."""
    return Path(user_log_dir("ritrova", appauthor=False))


class Logs:
    """Logging as long as the window runs. `close` puts everything back.

    `name` tells the windows of several libraries apart; `on_bug` is called, on whatever thread, after an exception
    that nobody caught was logged.
    """

    def __init__(self, folder: Path, name: str, on_bug: Callable[[], object] = lambda: None) -> None:
        self._on_bug = on_bug
        self._records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._handler = logging.handlers.QueueHandler(self._records)
        self._file: logging.Handler = logging.NullHandler()
        self._crash: TextIO | None = None
        self.path = folder / f"{name}.log"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            self._file = logging.handlers.RotatingFileHandler(
                self.path, maxBytes=_MEGABYTE, backupCount=2, encoding="utf-8", errors="backslashreplace"
            )
            self._crash = (folder / f"{name}-crash.log").open("a", encoding="utf-8")
            faulthandler.enable(self._crash)
        except OSError:  # a window without a log is better than none
            pass
        self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._listener = logging.handlers.QueueListener(self._records, self._file)
        self._listener.start()
        _LOG.addHandler(self._handler)
        _LOG.setLevel(logging.INFO)
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = lambda what: self._on_exception(what.exc_type, what.exc_value, what.exc_traceback)
        self._qt_before = qInstallMessageHandler(_on_qt_message)

    def when_a_bug_shows(self, on_bug: Callable[[], object]) -> None:
        self._on_bug = on_bug

    def close(self) -> None:
        sys.excepthook, threading.excepthook = self._hooks
        qInstallMessageHandler(self._qt_before)
        _LOG.removeHandler(self._handler)
        self._listener.stop()
        self._file.close()
        if self._crash is not None:
            faulthandler.disable()
            self._crash.close()

    def _on_exception(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            return
        _LOG.error("nobody caught this", exc_info=(kind, error, trace))
        self._on_bug()


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    logging.getLogger("ritrova_desktop.qt").log(_LEVELS.get(kind, logging.WARNING), "%s", text)
