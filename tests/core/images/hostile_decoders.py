"""Decoding functions that do what a hostile photo may make a library do. Named to a `SandboxedDecoder`."""

import os
import signal
import socket
import stat
import time
from pathlib import Path

from ritrova.images.decode import decode
from ritrova.images.decoded import Decoded
from ritrova.images.limits import DecodeLimits
from ritrova.photo import PixelSpec


def by_content(data: bytes, pixels: PixelSpec, limits: DecodeLimits, extension: str) -> Decoded:
    """What the photo's first word says; a real photo is decoded."""
    word = data.split(b" ", 1)[0]
    if word == b"abort":
        os.abort()
    if word == b"segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == b"exit":
        os._exit(3)
    if word == b"hang":  # as in a library that never returns to Python
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(3600)
    if word == b"spin":  # as in a loop of our own
        while True:
            pass
    if word == b"write":
        Path(os.fsdecode(data.split(b" ", 1)[1])).write_bytes(b"taken over")
    if word == b"append":
        with open(data.split(b" ", 1)[1], "ab") as file:
            file.write(b"taken over")
    if word == b"delete":
        os.unlink(data.split(b" ", 1)[1])
    if word == b"execute":
        os.execv("/bin/true", ["true"])
    if word == b"connect":
        socket.create_connection(("127.0.0.1", int(data.split(b" ", 1)[1])))
    if word == b"signal":
        os.kill(int(data.split(b" ", 1)[1]), 0)
    if word == b"swell":
        bytearray(1 << 30)
    if word == b"bug":
        raise AttributeError("a bug of ours")
    if word == b"gigantic":
        _write_to_parent(b"\x7f\xff\xff\xff" + b"x" * 1000)
    if word == b"half":  # announces a message, sends a part, falls silent
        _write_to_parent(b"\0\0\x10\0" + b"{")
        time.sleep(3600)
    if word == b"nonsense":
        _write_message(data.split(b" ", 1)[1])
    return decode(data, pixels, limits, extension)


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
