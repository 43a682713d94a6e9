"""The log of the processes that write to a library."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ritrova.errors import fault_of

_MEGABYTE = 1_000_000


@contextmanager
def logging_to(folder: Path, *, debug: bool, name: str = "ritrova") -> Iterator[None]:
    """Keep the log in `folder`, three files of one megabyte; queries and photo names only with `debug`.

    Raises DiskFull, LibraryReadOnly or EnvironmentFault where the file cannot be written.
    """
    from logging.handlers import RotatingFileHandler  # late: it imports sockets, which `ritrova --help` has no use for

    file = folder / f"{name}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        handler = RotatingFileHandler(
            file, maxBytes=_MEGABYTE, backupCount=2, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise fault_of(error, str(file)) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("ritrova")
    before = logger.level
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()
