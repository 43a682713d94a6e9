"""What a person asks for: the sentences, and the conditions beside them."""

import calendar
import os
import re
import sys
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path

from ritrova.errors import EnvironmentFault, UsageError
from ritrova.photo import Filters
from ritrova.text import Message, msg

MAX_WORDS = 200  # more than any model's window; beyond it a text is a document, not a question
MAX_LETTERS = 2_000


class Shape(StrEnum):
    """How a photo is held."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    SQUARE = "square"


def sentence(text: str, notice: Callable[[Message], None]) -> str:
    """`text` with single spaces, cut where it is too long. Raises UsageError where nothing is left to search."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise UsageError(msg("The sentence is not valid text."), msg("Write it in UTF-8."))
    words = text.split()
    if not words:
        raise UsageError(msg("There is nothing to search for."), msg("Write what the photo shows, in your own words."))
    kept = " ".join(words[:MAX_WORDS])
    if len(words) > MAX_WORDS or len(kept) > MAX_LETTERS:
        kept = kept[:MAX_LETTERS].rstrip()
        notice(msg("The sentence is too long: only its first {n} words count.", n=len(kept.split())))
    return kept


def sentences_of(file: Path, notice: Callable[[Message], None]) -> list[str]:
    """One sentence a line from `file`, or from standard input where it is `-`; empty lines are passed over."""
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.expanduser().read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(msg("There is no such file of sentences."), None, str(file)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise EnvironmentFault(msg("The file cannot be read: {reason}", reason=reason), None, str(file)) from error
    found = [sentence(line, notice) for line in _lines(data, file) if line.strip()]
    if not found:
        raise UsageError(msg("There is no sentence in the file."), msg("Write one sentence a line."), str(file))
    return found


def _lines(data: bytes, file: Path) -> list[str]:
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            msg("Line {n} is not valid text.", n=line), msg("Save the file as UTF-8."), str(file)
        ) from error


def filters_from(
    *,
    folders: list[Path],
    date_from: str | None,
    date_to: str | None,
    formats: list[str],
    cameras: list[str],
    shape: Shape | None,
    rating: int | None,
) -> Filters:
    """The conditions as the library takes them. Raises UsageError on a date or a format that makes no sense."""
    return Filters(
        folders=tuple(os.fsencode(os.path.realpath(folder.expanduser())) for folder in folders),
        date_from=_day(date_from, last=False) if date_from else None,
        date_to=_day(date_to, last=True) if date_to else None,
        formats=tuple(_format(name) for name in formats),
        cameras=tuple(cameras),
        orientation=shape.value if shape else None,
        rating_min=rating,
    )


def _format(name: str) -> str:
    """A format by its name or by an extension of its files: `jpeg`, `jpg`, `.JPG`."""
    from ritrova.images.formats import FORMAT_OF_EXTENSION

    formats = dict.fromkeys(FORMAT_OF_EXTENSION.values())
    plain = name.lower().lstrip(".")
    known = plain if plain in formats else FORMAT_OF_EXTENSION.get(f".{plain}")
    if known is None:
        raise UsageError(
            msg("There is no photo format {name}.", name=name),
            msg("The formats are {names}.", names=", ".join(formats)),
        )
    return known


def _day(text: str, *, last: bool) -> date:
    """A day, or the first or last day of a month or a year: `2019-05-31`, `2019-05`, `2019`."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text.strip(), re.ASCII)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        if month is None:
            month = 12 if last else 1
        if day is None:
            day = calendar.monthrange(year, month)[1] if last else 1
        return date(year, month, day)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise UsageError(
            msg("{text} is not a date.", text=text), msg("Write 2019-05-31, or 2019-05, or 2019.")
        ) from error
