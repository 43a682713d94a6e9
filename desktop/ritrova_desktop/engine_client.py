"""The engine's process, seen from the window: started, spoken with, started again when it dies, ended.

The window starts the installed `ritrova` executable, so that the frozen application behaves alike.
"""

import logging
import shutil
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment, QTimer

from ritrova.engine.base import Fault, Text
from ritrova.engine.channel import ChannelError, Frames, decode_answer, encode
from ritrova.engine.messages import PROTOCOL, Hello, Request, Unable
from ritrova.engine.requests import Shutdown
from ritrova.text import Message, msg
from ritrova_desktop.engine import Engine, EngineState

BACK_OFF_MS = (200, 1_000, 3_000, 10_000)
"""Waits before the next start; an engine that dies once more after the last has failed."""

STEADY_S = 60
"""An engine that lived so long starts a new count."""

TURN_S = 0.008
"""Messages are read for so long at a time; then the window gets to paint."""

CLOSE_MS, KILL_MS = 5_000, 2_000
ALONE_MS = 8_000
"""So long an engine has to end that makes room for one that needs the library to itself."""

_LOG = logging.getLogger("ritrova_desktop.engine")
_OUTPUT_KEPT = 4_000  # bytes of its standard error a time: a crash tells where, a flood tells nothing


def engine_command(library: Path) -> list[str]:
    """How the engine of `library` is started: `ritrova` beside our own executable, or on the path.

    Looks at the disk: call it before the event loop runs. Raises FileNotFoundError.
    """
    name = "ritrova.exe" if sys.platform == "win32" else "ritrova"
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(name)
    return [found, "--library", str(library), "engine"]


class ProcessEngine(Engine):
    """An engine in a process of its own."""

    def __init__(self, command: Sequence[str], back_off_ms: Sequence[int] = BACK_OFF_MS) -> None:
        super().__init__()
        self._command = list(command)
        self._back_off_ms = tuple(back_off_ms)
        self._deaths = 0
        self._started_at = 0.0
        self._process: QProcess | None = None
        self._frames = Frames()
        self._payloads: deque[bytes] = deque()
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._read_some)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._launch)
        self._first: int | None = None  # the request that the next engine gets alone
        self._stopped = False  # it was told to stop at once, and starts again
        self._patience = QTimer(self, singleShot=True, interval=ALONE_MS)
        self._patience.timeout.connect(self._kill)

    @property
    def process_id(self) -> int:
        """0 while none runs."""
        return self._process.processId() if self._process is not None else 0

    def start(self) -> None:
        """Begin, or begin again after it has failed."""
        if self._process is None and not self._again.isActive() and self.state is not EngineState.CLOSED:
            self._deaths = 0
            self._enter(EngineState.STARTING)
            self._launch()

    def close(self) -> None:
        self._enter(EngineState.CLOSED)
        self._pending.clear()
        self._again.stop()
        self._patience.stop()
        self._turn.stop()
        process, self._process = self._process, None
        if process is None:
            return
        process.finished.disconnect(self._on_finished)
        process.errorOccurred.disconnect(self._on_error)
        if process.state() is QProcess.ProcessState.Running:
            process.write(encode(Request(id=self._last_id + 1, body=Shutdown())))
            process.closeWriteChannel()
        if not process.waitForFinished(CLOSE_MS):
            _LOG.warning("the engine does not end: killed")
            process.kill()
            process.waitForFinished(KILL_MS)
        process.deleteLater()

    def stop_alone(self) -> None:
        if self.state is EngineState.ALONE:
            self._pending = {number: one for number, one in self._pending.items() if not one.sent}
            self._first, self._stopped = None, True
            self._kill()

    def _begin_alone(self, number: int) -> None:
        self._first, self._deaths = number, 0
        if self._process is None:
            self._launch()
            return
        self._last_id += 1
        self._process.write(encode(Request(id=self._last_id, body=Shutdown())))
        self._process.closeWriteChannel()
        self._patience.start()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _launch(self) -> None:
        first, self._first = self._first, None
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_error_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._frames, self._started_at = process, Frames(), time.monotonic()
        self._payloads.clear()
        arguments = [*self._command[1:], *(() if first is None else ("--alone",))]
        process.start(self._command[0], [*arguments, *(() if self.hello is None else ("--again",))])
        if first is not None and first in self._pending:
            self._send_pending(self._pending[first])

    def _send(self, request: Request) -> None:
        if self._process is None:
            return
        try:
            self._process.write(encode(request))
        except ChannelError as error:
            fault = Fault.of(error)
            QTimer.singleShot(0, self, lambda: self._on_refusal(request.id, fault))

    def _on_output(self) -> None:
        if self._process is None:
            return
        try:
            self._payloads.extend(self._frames.feed(bytes(self._process.readAllStandardOutput().data())))
        except ChannelError as error:
            self._give_up_on_it(error)
            return
        if not self._turn.isActive():
            self._read_some()

    def _read_some(self) -> None:
        """Read messages for a little while; the rest in the next turn of the event loop."""
        until = time.monotonic() + TURN_S
        while self._payloads:
            payload = self._payloads.popleft()
            try:
                message = decode_answer(payload)
            except ChannelError as error:
                self._give_up_on_it(error)
                return
            if isinstance(message, Hello | Unable) and message.protocol != PROTOCOL:
                self._fail(msg("The engine is of another version than the window."))
                return
            self._take(message)
            if self._payloads and time.monotonic() > until:
                self._turn.start()
                return

    def _on_error_output(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data())[:_OUTPUT_KEPT].decode(errors="replace")
            for line in text.splitlines():
                _LOG.warning("%s", line)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._fail(msg("The engine cannot be started: {reason}", reason=self._command[0]))

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        while self._payloads:  # its last words, which may say why
            self._read_some()
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._patience.stop()
        if self.state in (EngineState.FAILED, EngineState.CLOSED):
            self._lost(self.state)
            return
        if self._first is not None or self._stopped:  # it ended because it was told to
            self._stopped = False
            self._launch()
            return
        _LOG.warning("the engine ended by itself: %s %d", status.name, code)
        self._deaths = 1 if time.monotonic() - self._started_at > STEADY_S else self._deaths + 1
        if self._deaths > len(self._back_off_ms):
            self._fail(msg("The engine stopped several times in a row."))
            return
        self._lost(EngineState.RESTARTING)
        self._again.start(self._back_off_ms[self._deaths - 1])

    def _give_up_on_it(self, error: ChannelError) -> None:
        """It says what cannot be understood: a new one may do better."""
        _LOG.warning("%s", error)
        self._payloads.clear()
        if self._process is not None:
            self._process.kill()

    def _fail(self, title: Message) -> None:
        self._payloads.clear()
        if self._process is not None:
            process, self._process = self._process, None
            process.finished.disconnect(self._on_finished)
            process.kill()
            process.finished.connect(process.deleteLater)
        self._lost(EngineState.FAILED)
        remedy = msg("Start it again, or report the problem.")
        self.failed.emit(Fault(type="EngineFailed", whose="bug", title=Text.of(title), remedy=Text.of(remedy)))
