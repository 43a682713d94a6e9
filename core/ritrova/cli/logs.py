"""The log of the processes that write to a library."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MEGABYTE = 1_000_000


def log_to(folder: Path, *, debug: bool) -> None:
    """Keep the log in `folder`, three files of one megabyte. Photo names and queries appear only with `debug`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "ritrova.log"
    file.touch(mode=0o600)
    handler = RotatingFileHandler(file, maxBytes=_MEGABYTE, backupCount=2, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("ritrova")
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.addHandler(handler)
