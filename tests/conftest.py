"""What every test is held to: no leaked threads or processes, no unexpected errors in the log."""

import logging
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

HELPERS = ("from multiprocessing.forkserver", "from multiprocessing.resource_tracker")
"""Processes of Python's own that live as long as the test run."""


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A test leaves no thread and no child process behind."""
    threads = set(threading.enumerate())
    children = set(psutil.Process().children())
    yield
    deadline = time.monotonic() + 30  # a process that was told to end needs a processor for that
    while (left := _left(threads, children)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"left running: {left}"


@pytest.fixture(autouse=True)
def no_unexpected_errors_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An error in the log that a test did not ask for fails it; `caplog.clear()` forgives."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, errors


def _left(threads: set[threading.Thread], children: set[psutil.Process]) -> list[object]:
    new_threads = [thread for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    return [
        *new_threads,
        *(child for child in psutil.Process().children() if child not in children and _is_ours(child)),
    ]


def _is_ours(process: psutil.Process) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        command = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
    return not any(helper in command for helper in HELPERS)
