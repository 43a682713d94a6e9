"""Decoding functions that do what a hostile photo may make a library do. Named to a `SandboxedDecoder`."""

import os
import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

from ritrova.images import resident
from ritrova.images.decode import decode
from ritrova.images.decoded import Decoded
from ritrova.images.limits import DecodeLimits
from ritrova.photo import PixelSpec


def by_content(data: bytes, pixels: PixelSpec, limits: DecodeLimits, extension: str) -> Decoded:
    """What the photo's first word says; a real photo is decoded."""
    word, _, rest = data.partition(b" ")
    act = _ACTS.get(word)
    if act is not None:
        act(rest)
    return decode(data, pixels, limits, extension)


def _hang(_: bytes) -> None:
    """As in a library that never returns to Python."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(3600)


def _spin(_: bytes) -> None:
    """As in a loop of our own."""
    while True:
        pass


def _bug(_: bytes) -> None:
    raise AttributeError("a bug of ours")


def _half(_: bytes) -> None:
    """Announces a message, sends a part, falls silent."""
    _write_to_parent(b"\0\0\x10\0" + b"{")
    time.sleep(3600)


def _append(path: bytes) -> None:
    with open(path, "ab") as file:
        file.write(b"taken over")


def _write_message(text: bytes) -> None:
    _write_to_parent(len(text).to_bytes(4, "big") + text)
    time.sleep(3600)


def _write_to_parent(data: bytes) -> None:
    for handle in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(handle).st_mode):
                os.write(handle, data)
        except OSError:
            continue


_ACTS: dict[bytes, Callable[[bytes], object]] = {
    b"abort": lambda _: os.abort(),
    b"segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    b"exit": lambda _: os._exit(3),
    b"outgrow": lambda _: os._exit(resident.EXIT_CODE),
    b"hang": _hang,
    b"spin": _spin,
    b"swell": lambda _: bytearray(1 << 30),
    b"bug": _bug,
    b"gigantic": lambda _: _write_to_parent(b"\x7f\xff\xff\xff" + b"x" * 1000),
    b"half": _half,
    b"nonsense": _write_message,
    b"write": lambda path: Path(os.fsdecode(path)).write_bytes(b"taken over"),
    b"append": _append,
    b"delete": os.unlink,
    b"execute": lambda _: os.execv("/bin/true", ["true"]),
    b"connect": lambda port: socket.create_connection(("127.0.0.1", int(port))),
    b"signal": lambda pid: os.kill(int(pid), 0),
}
