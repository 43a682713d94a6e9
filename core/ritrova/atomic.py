"""Files of ours appear whole or not at all."""

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"
"""How the name of a temporary file ends. A process that is killed leaves it."""
ABANDONED_S = 3600.0
"""One that is older belongs to no process that still runs."""


@contextmanager
def replacing(path: Path, *, durable: bool) -> Iterator[Path]:
    """Give a temporary path beside `path`; put it in place when the block ends well, remove it otherwise.

    `durable` also flushes file and folder to the disk: for what cannot be computed again. Caches go without.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path.name), suffix=PART)  # mode 0600
    os.close(handle)
    part = Path(name)
    try:
        yield part
        if durable:
            flush(part)
        part.replace(path)  # os.replace: atomic on every platform
        if durable:
            flush(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def is_part_of(entry: str, name: str) -> bool:
    """Whether the file named `entry` was to become, or to replace, the file `name` beside it."""
    return re.fullmatch(rf"{re.escape(_prefix(name))}[a-z0-9_]{{8}}{re.escape(PART)}", entry) is not None


def is_abandoned(part: Path) -> bool:
    """Whether nobody writes this temporary file, or folder, any more; not if it is gone, or cannot be looked at."""
    try:
        return time.time() - part.stat().st_mtime > ABANDONED_S
    except OSError:
        return False


def _prefix(name: str) -> str:
    return f".{name[:40]}."


def write_bytes(path: Path, data: bytes, *, durable: bool) -> None:
    """Write a small file whole or not at all."""
    with replacing(path, durable=durable) as part:
        part.write_bytes(data)


def flush(path: Path) -> None:
    """Have the system write a file, or the entries of a folder, to the disk. Only POSIX can flush a folder."""
    if path.is_dir() and os.name != "posix":
        return
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
