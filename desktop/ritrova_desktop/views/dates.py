"""Days as people write and read them: "2024", "06/2024", "1/6/2024" in, "June 2024" out."""

import re
from calendar import monthrange
from datetime import date

from PySide6.QtCore import QDate

from ritrova.text import msg
from ritrova_desktop.text import Words

_YEAR = re.compile(r"^(\d{4})$")
_MONTH = re.compile(r"^(?:(\d{1,2})[/.\- ](\d{4})|(\d{4})[/.\- ](\d{1,2}))$")
_DAY = re.compile(r"^(?:(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})|(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2}))$")

Range = tuple[date | None, date | None]


def days_meant(text: str) -> tuple[date, date] | None:
    """The first and the last day of what was written, day before month; None where it is no date."""
    text = text.strip()
    try:
        if found := _YEAR.match(text):
            year = int(found[1])
            return date(year, 1, 1), date(year, 12, 31)
        if found := _MONTH.match(text):
            year, month = (int(found[2]), int(found[1])) if found[1] else (int(found[3]), int(found[4]))
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        if found := _DAY.match(text):
            parts = (found[3], found[2], found[1]) if found[1] else (found[4], found[5], found[6])
            day = date(*(int(part) for part in parts))
            return day, day
    except ValueError:  # the 31st of June, the month 13
        return None
    return None


def day_in_words(day: date, words: Words, *, form: str = "d MMM yyyy") -> str:
    """`form` as `QLocale.toString` reads it."""
    return words.locale.toString(QDate(day.year, day.month, day.day), form)


def day_as_written(day: date) -> str:
    """The form that `days_meant` reads back, for a field to be edited."""
    return f"{day.day}/{day.month}/{day.year}"


def range_in_words(days: Range, words: Words) -> str | None:
    """The shortest words for a range of days, either side of which may be open; None for no range."""
    match days:
        case (None, None):
            return None
        case (date() as first, None):
            return words(msg("From {day}", day=_day_or_year(first, words, last=False)))
        case (None, date() as last):
            return words(msg("Until {day}", day=_day_or_year(last, words, last=True)))
        case (date() as first, date() as last):
            return _between(first, last, words)
    raise AssertionError(days)


def _between(first: date, last: date, words: Words) -> str:
    if first == last:
        return day_in_words(first, words)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year) if first.year == last.year else f"{first.year} – {last.year}"
    if first.day == 1 and last == date(first.year, first.month, monthrange(first.year, first.month)[1]):
        return day_in_words(first, words, form="MMMM yyyy")
    return f"{day_in_words(first, words)} – {day_in_words(last, words)}"


def _day_or_year(day: date, words: Words, *, last: bool) -> str:
    whole = (day.month, day.day) == ((12, 31) if last else (1, 1))
    return str(day.year) if whole else day_in_words(day, words)
