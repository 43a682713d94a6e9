"""macOS, which keeps no limit of memory: a watch on what a decoder process takes. Never run on a Mac so far."""

import os
import sys
import threading
import time
from collections.abc import Callable

EXIT_CODE = 77
"""With which a process ends that took too much."""

_LOOK_S = 0.05


def bound(memory: int) -> tuple[str, ...]:
    """Let this process take so many bytes more than now, and no more; the names of what is on now."""
    if sys.platform != "darwin":
        return ()
    import resource

    watch(memory, lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # bytes there, as nowhere else
    return ("watch on memory",)


def watch(memory: int, peak: Callable[[], int]) -> None:
    """End this process, without a word to anyone, soon after its `peak` has grown by `memory` bytes."""
    most = peak() + memory

    def look() -> None:
        while peak() <= most:
            time.sleep(_LOOK_S)
        os._exit(EXIT_CODE)

    threading.Thread(target=look, name="watch on memory", daemon=True).start()
