"""Names and paths: as people see them, and as they are kept."""

from os import fsdecode

from ritrova.engine.base import sendable

LONGEST_NAME = 200


def shown(path: bytes) -> str:
    """A path as people see it; what is no text becomes visible escapes."""
    return sendable(fsdecode(path))


def clean_name(text: str) -> str:
    """A name as it is kept: one line, no spaces around it, not too long. Empty where nothing is left."""
    return " ".join(text.split())[:LONGEST_NAME].strip()
