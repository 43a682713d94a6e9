"""Windows: a job object that bounds the memory of a decoder process and lets it start no other. Never run so far."""

import ctypes
import sys

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_ONE_PROCESS, _MEMORY, _NO_DIALOGUE = 0x8, 0x100, 0x400


class _Basic(ctypes.Structure):
    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process", ctypes.c_size_t),
        ("peak_job", ctypes.c_size_t),
    )


def bound(memory: int) -> tuple[str, ...]:
    """Put this process into a job of its own, with so many bytes of memory; the names of what is on now."""
    if sys.platform != "win32":
        return ()
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _Extended(process_memory=memory)
    limits.basic.flags = _ONE_PROCESS | _MEMORY | _NO_DIALOGUE
    limits.basic.processes = 1
    size = ctypes.sizeof(limits)
    if not kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), size):
        return ()
    # The handle stays open as long as the process lives.
    return ("job object",) if kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess())) else ()
