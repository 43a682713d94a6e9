"""Rights that a decoder process gives up before it meets its first photo. Linux alone; elsewhere it keeps them.

Landlock: nothing may be written, made, removed or executed, no TCP connection be made, no other process be signalled.
Reading stays, for the photos lie anywhere. What the kernel does not know is left out, and `doctor` tells.
"""

import ctypes
import sys

_NO_NEW_PRIVILEGES = 38  # prctl
_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same numbers on every processor
_VERSION = 1  # flag of the former: only say which version the kernel has

_EXECUTE, _WRITE = 1 << 0, 1 << 1
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_FILES = {1: _EXECUTE | _WRITE | _REMOVE_AND_MAKE, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""By the version that brought them: also moves between folders, truncation, the controls of devices."""
_TCP = 0b11  # bind and connect, since version 4
_OTHERS = 0b11  # abstract sockets and signals, since version 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


def give_up() -> tuple[str, ...]:
    """Give up what this process has no use for, for good; the names of what is on now."""
    if sys.platform != "linux":
        return ()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return ()
    version = _landlock(libc)
    return ("no_new_privs", f"Landlock {version}") if version else ("no_new_privs",)


def _landlock(libc: ctypes.CDLL) -> int:
    """Restrict this process by all that the kernel's Landlock knows; its version, 0 where there is none."""
    nothing, size = ctypes.c_void_p(), ctypes.c_size_t
    version = int(libc.syscall(_CREATE_RULESET, nothing, size(0), _VERSION))
    if version < 1:
        return 0
    rules = _Ruleset(
        files=sum(bits for since, bits in _FILES.items() if since <= version),
        network=_TCP if version >= 4 else 0,
        scope=_OTHERS if version >= 6 else 0,
    )
    known = 24 if version >= 6 else 16 if version >= 4 else 8  # bytes: an older kernel refuses what it does not know
    handle = int(libc.syscall(_CREATE_RULESET, ctypes.byref(rules), size(known), 0))
    if handle < 0:
        return 0
    # The handle stays open: it is of no use to anybody, and closing it could only go wrong.
    return version if libc.syscall(_RESTRICT_SELF, handle, 0) == 0 else 0
