"""One window a library: a second start raises the first and hands over what it was asked to open.

The two meet at a local socket that only the same user can reach. What comes over it is data of bounded size.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b
from os.path import realpath
from pathlib import Path

from PySide6.QtCore import QDir, QLockFile, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

CONNECT_MS, ANSWER_MS = 500, 2_000
LONGEST = 256 << 10
"""Bytes that a second start may say."""

MOST_FILES = 1_000
_THANKS = b"ok\n"


def name_of(library: Path) -> str:
    """The socket's name, from the library's real path: two ways to one library are one. Looks at the disk."""
    return "ritrova-" + blake2b(realpath(library).encode(errors="surrogateescape"), digest_size=8).hexdigest()


class SingleInstance(QObject):
    """Hears later starts while it lives."""

    asked = Signal(object)  # list[str]: the paths that a second start was given; none, then only come to the front

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._server: QLocalServer | None = None

    def claim(self, files: Sequence[str] = ()) -> bool:
        """Whether this is the first; if not, the first was told. Blocks shortly: before the event loop runs."""
        turn = QLockFile(QDir.temp().filePath(f"{self.name}.start"))  # of two that start at once, one after the other
        turn.setStaleLockTime(10_000)
        turn.tryLock(CONNECT_MS)
        try:
            if _tell(self.name, files):
                return False
            self._listen()
            return True
        finally:
            turn.unlock()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _listen(self) -> None:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self.name)  # nobody answered there: it is what a killed window left
        if server.listen(self.name):  # where that cannot be, two windows are better than none
            server.newConnection.connect(self._on_connection)
            self._server = server

    def _on_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            _Visitor(socket, self)


class _Visitor(QObject):
    """A second start, as long as it speaks."""

    def __init__(self, socket: QLocalSocket, instance: SingleInstance) -> None:
        super().__init__(socket)
        self._socket, self._instance, self._said = socket, instance, bytearray()
        socket.setReadBufferSize(LONGEST)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(socket.deleteLater)
        QTimer.singleShot(ANSWER_MS, self, socket.abort)  # one that says nothing is not waited for
        if socket.bytesAvailable():
            self._read()

    def _read(self) -> None:
        self._said += bytes(self._socket.readAll().data())
        if len(self._said) > LONGEST:
            self._socket.abort()
            return
        if not self._said.endswith(b"\n"):
            return
        files = _understood(bytes(self._said))
        if files is None:
            self._socket.abort()
            return
        self._socket.write(_THANKS)
        self._socket.flush()
        self._socket.disconnectFromServer()
        self._instance.asked.emit(files)


def _tell(name: str, files: Sequence[str]) -> bool:
    """Hand `files` to the window that listens; False where none does."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(CONNECT_MS):
        return False
    some = list(files[:MOST_FILES])
    while len(said := json.dumps({"files": some}).encode() + b"\n") > LONGEST:
        some = some[: len(some) // 2]
    socket.write(said)
    socket.flush()
    # A window that is busy answers late; it is there all the same, and has what it was told.
    socket.waitForReadyRead(ANSWER_MS)
    socket.disconnectFromServer()
    return True


def _understood(said: bytes) -> list[str] | None:
    """The files of what a second start said; None where it makes no sense."""
    try:
        files = json.loads(said)["files"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = isinstance(files, list) and len(files) <= MOST_FILES and all(isinstance(one, str) for one in files)
    return files if sound else None
