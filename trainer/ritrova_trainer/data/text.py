"""Files of text, packed with gzip or not, line by line."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from ritrova.text import Message, msg
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Report, line

GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_WORD = re.compile(r"[^\W\d_]+")


@contextmanager
def opened(path: Path) -> Iterator[BufferedIOBase]:
    """The file's bytes, unpacked where it is packed. Raises DataError where the system refuses the file."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            if not packed:
                yield file
                return
            with gzip.open(file) as unpacked:
                yield unpacked
    except OSError as error:
        raise DataError(
            msg("The captions cannot be read: {reason}", reason=error.strerror or str(error)), None, str(path)
        ) from error


def lines(path: Path, report: Report) -> Iterator[tuple[int, str]]:
    """Each line with its number, from 1, its end left on. Passes over blank lines and lines that are not UTF-8."""
    number = 0
    with opened(path) as file:
        try:
            for number, raw in enumerate(file, start=1):
                try:
                    text = raw.removeprefix(_BOM).decode()
                except UnicodeDecodeError as error:
                    report(
                        Fault(FaultKind.NOT_TEXT, line(number), msg("it is not UTF-8 ({reason})", reason=error.reason))
                    )
                    continue
                if not text.isspace():
                    yield number, text
        except (EOFError, zlib.error, gzip.BadGzipFile):
            report(Fault(FaultKind.CUT_SHORT, line(number + 1), msg("the packed file ends or breaks there")))


def json_objects(path: Path, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """The object on each line, with the line's number."""
    for number, text in lines(path, report):
        found = _json_object(text)
        if isinstance(found, Message):
            report(Fault(FaultKind.NOT_JSON, line(number), found))
        else:
            yield number, found


def texts_of(value: object) -> tuple[str, ...] | None:
    """The texts of a JSON list, without blanks around; None where it is not a list of texts.

    JSON can escape half a character. Nothing that writes UTF-8 takes it, so it is no text.
    """
    if not isinstance(value, list) or not all(isinstance(text, str) and _is_unicode(text) for text in value):
        return None
    return tuple(text.strip() for text in value)


def words(text: str) -> list[str]:
    """The runs of letters: `l'erba` is two words, a number is none."""
    return _WORD.findall(text)


def _json_object(text: str) -> dict[str, Any] | Message:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return msg("it is not whole JSON ({reason})", reason=error.msg)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        return msg("it is not whole JSON ({reason})", reason=str(error))
    return value if isinstance(value, dict) else msg("it is not an object")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
