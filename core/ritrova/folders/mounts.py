"""The mount table: what is mounted where, and a wake-up when that changes."""

import os
import re
import select
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

_TABLE = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_LOOK_S = 5.0
"""How often the table is looked at where the system does not tell of changes."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the table."""

    point: bytes
    source: str  # a device, the address of a share, or a mere name
    fstype: str  # lower-case
    root: str = "/"  # what of the file system is mounted here: a bind mount or a subvolume shows a part
    number: str = ""  # of the device, "8:1", as /sys/dev/block names it
    removable: bool = False  # the system says so; false may mean that it does not know


def mounts() -> list[Mount]:
    """What is mounted now; of two at the same place, the later lies on top."""
    if sys.platform == "linux" and _TABLE.exists():
        return [_parsed(line) for line in _TABLE.read_bytes().splitlines()]
    return [
        Mount(os.fsencode(part.mountpoint), part.device, part.fstype.lower(), removable="removable" in part.opts)
        for part in psutil.disk_partitions(all=True)
    ]


class MountWatch:
    """Calls `changed` from a thread of its own whenever the mount table may have changed, until it is closed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._stop = threading.Event()
        self._read, self._write = os.pipe()
        wait = self._wait_for_kernel if sys.platform == "linux" and _TABLE.exists() else self._look_again
        self._thread = threading.Thread(target=wait, name="mount-watch")
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        os.write(self._write, b"!")
        self._thread.join()
        os.close(self._read)
        os.close(self._write)

    def _wait_for_kernel(self) -> None:
        with _TABLE.open("rb") as table:
            waiter = select.poll()
            waiter.register(table, select.POLLPRI)  # the kernel's way to say that it has changed; POLLERR comes along
            waiter.register(self._read, select.POLLIN)
            while waiter.poll() and not self._stop.is_set():
                self._changed()

    def _look_again(self) -> None:
        before = mounts()
        while not self._stop.wait(_LOOK_S):
            now = mounts()
            if now != before:
                before = now
                self._changed()


def _parsed(line: bytes) -> Mount:
    """`36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/sda1 rw`, odd bytes as octal numbers."""
    own, _, kind = line.partition(b" - ")
    _, _, number, root, point = own.split(b" ")[:5]
    fstype, source = kind.split(b" ")[:2]
    number_text = number.decode()
    return Mount(
        _plain(point),
        os.fsdecode(_plain(source)),
        fstype.decode().lower(),
        os.fsdecode(_plain(root)),
        number_text,
        _is_removable(number_text),
    )


def _plain(field: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 8)]), field)


def _is_removable(number: str) -> bool:
    """Whether the disk behind a device number can be pulled out: it says so itself, or hangs on USB."""
    if number.startswith("0:"):  # no disk at all
        return False
    device = Path(os.path.realpath(f"/sys/dev/block/{number}"))
    if "/usb" in str(device):
        return True
    for disk in (device, device.parent):  # of a partition, the disk is the parent
        try:
            return (disk / "removable").read_text().strip() == "1"
        except OSError:
            continue
    return False
