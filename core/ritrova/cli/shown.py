"""Names of files come from anywhere: here they become text that a terminal cannot be misled by."""

from os import fsdecode

# Joiners inside emoji and Indic scripts: invisible, harmless, and part of the name.
_JOINERS = frozenset("\u200c\u200d")


def printable(text: str) -> str:
    """`text` on one line: control characters, line breaks, direction overrides and lone surrogates are escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _JOINERS else _escaped(char) for char in text)


def shown(path: bytes | str) -> str:
    """A path for people. Bytes that are not UTF-8 show as `\\xNN`; the JSON output is the exact one."""
    return printable(fsdecode(path) if isinstance(path, bytes) else path)


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as `os.fsdecode` hides it
        return f"\\x{code - 0xDC00:02x}"
    return repr(char)[1:-1]
