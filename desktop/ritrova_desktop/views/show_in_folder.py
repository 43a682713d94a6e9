"""The system's own programs on a file: shown in its folder, opened. On a thread of the pool: either may take long."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from urllib.parse import quote

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from ritrova.text import Message, msg
from ritrova_desktop.names import shown
from ritrova_desktop.notices import Level, Notice, Notices

PATIENCE_S = 10
Run = Callable[[Sequence[str | bytes]], bool]
"""Run a command and tell whether it worked."""


def run_command(command: Sequence[str | bytes]) -> bool:
    try:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
    except FileNotFoundError:
        return False
    except subprocess.TimeoutExpired:  # it shows the file and stays
        return True
    return ran.returncode == 0 or os.path.basename(command[0]) in ("explorer", b"explorer")  # noqa: PTH119 - its code says nothing


class SystemFiles(QObject):
    """`show(path)` and `open(path)` return at once; what does not work becomes a notice."""

    _failed = Signal(object, bytes)

    def __init__(self, notices: Notices, run: Run = run_command, platform: str = sys.platform) -> None:
        super().__init__()
        self._notices, self._run, self._platform = notices, run, platform
        self._failed.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def show(self, path: bytes) -> None:
        """Open the file manager with this file selected."""
        self._aside(path, self._show_commands(path), msg("No file manager could be opened."))

    def open(self, path: bytes) -> None:
        """Open the file in the program that the system has for it."""
        self._aside(path, self._open_commands(path), msg("No program could be opened for this file."))

    def _aside(self, path: bytes, commands: Sequence[Sequence[str | bytes]], trouble: Message) -> None:
        def work() -> None:
            if not os.path.lexists(path):
                self._failed.emit(msg("The file is not there any more."), path)
            elif not any(self._run(command) for command in commands):
                self._failed.emit(trouble, path)

        QThreadPool.globalInstance().start(work)

    def _show_commands(self, path: bytes) -> list[list[str | bytes]]:
        match self._platform:
            case "win32":
                return [["explorer", f"/select,{os.fsdecode(path)}"]]
            case "darwin":
                return [["open", "-R", path]]
        service, there = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1"
        url = f"file://{quote(path)}"
        # gdbus comes with GLib, dbus-send with D-Bus: one of them is there where a desktop is.
        return [
            ["gdbus", "call", "--session", "--dest", service, "--object-path", there, "--timeout", "5",
             "--method", f"{service}.ShowItems", f"['{url}']", ""],
            ["dbus-send", "--session", "--print-reply", "--reply-timeout=5000", f"--dest={service}", there,
             f"{service}.ShowItems", f"array:string:{url}", "string:"],
            ["xdg-open", os.path.dirname(path)],  # noqa: PTH120 - raw bytes
        ]  # fmt: skip

    def _open_commands(self, path: bytes) -> list[list[str | bytes]]:
        match self._platform:
            case "win32":
                return [["explorer", os.fsdecode(path)]]
            case "darwin":
                return [["open", path]]
        return [["xdg-open", path]]

    def _tell(self, what: Message, path: bytes) -> None:
        self._notices.post(Notice(title=what, level=Level.WARNING, path=shown(path), key="system-files"))
