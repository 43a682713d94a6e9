"""The priority of the threads that work while nobody waits for them."""

import os
import sys
import threading
from multiprocessing import forkserver

from ritrova.images.limits import NICE


def step_back() -> None:
    """Have this thread, and those that it starts, give way to others: for the processor, and so for the disk.

    Linux alone has priorities of threads that their threads inherit; its disk scheduler goes by the same number.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        if os.getpriority(os.PRIO_PROCESS, thread) < NICE:
            os.setpriority(os.PRIO_PROCESS, thread, NICE)


def start_helper() -> None:
    """Start the process that decoders are forked from now, at our own priority: previews are waited for."""
    if sys.platform != "win32":
        forkserver.ensure_running()
