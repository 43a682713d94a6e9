"""Loaded by every Python that has this folder on its path, children included: no socket but those of this machine.

Each process writes a line to the file `RITROVA_OFFLINE_LOG` when it starts, and one for each attempt, which fails.
"""

import errno
import os
import socket
import sys
import traceback

LOG = os.environ["RITROVA_OFFLINE_LOG"]
CALLS = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")
NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")


def note(word: str, what: str) -> None:
    line = f"{word}\t{os.getpid()}\t{what}".replace("\n", " | ")
    handle = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{line}\n".encode(errors="replace"))
    os.close(handle)


def on_event(event: str, arguments: "tuple[object, ...]") -> None:
    if event in CALLS:
        end = arguments[0]
        if isinstance(end, socket.socket) and end.family in (
            getattr(socket, "AF_UNIX", None),
            getattr(socket, "AF_NETLINK", None),
        ):
            return
    elif event not in NAMES:
        return
    where = "".join(traceback.format_stack(limit=8)[:-1])
    note("attempt", f"{event} {arguments[1:] if event in CALLS else arguments} {where}")
    raise OSError(errno.ENETUNREACH, "the test forbids it")


note("started", " ".join(sys.orig_argv))
sys.addaudithook(on_event)
