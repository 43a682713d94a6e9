"""Dates as photos state them: local time where the photo was taken, and perhaps how far that is from UTC."""

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

_FIRST_YEAR = 1826  # the oldest photograph that there is
_EXIF = re.compile(r"(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*(Z|[+-]\d\d:?\d\d)?")
_IPTC_DATE, _IPTC_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)"), re.compile(r"(\d\d)(\d\d)(\d\d)([+-]\d{4})?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


class Moment(NamedTuple):
    """When a photo was taken."""

    at: str  # ISO 8601 without offset
    offset: int | None  # minutes east of UTC; None where nobody says


def from_exif(text: str, fraction: str, offset: str, today: date) -> Moment | None:
    """From `2024:05:01 12:30:00`, the digits of the fraction of the second, and `+02:00`."""
    match = _EXIF.match(text.strip())
    return _moment(match.groups(), fraction.strip(), offset, today) if match else None


def from_iso(text: str, today: date) -> Moment | None:
    """From ISO 8601 as XMP writes it. A year or a month alone is not a moment."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    return _moment((year, month, day, hour or "0", minute or "0", second or "0"), fraction or "", offset or "", today)


def from_iptc(day: str, time: str, today: date) -> Moment | None:
    """From `20240501` and `123000+0200`; the time may be empty."""
    match, clock = _IPTC_DATE.fullmatch(day.strip()), _IPTC_TIME.fullmatch(time.strip())
    if match is None:
        return None
    hour, minute, second, offset = clock.groups() if clock else ("0", "0", "0", None)
    return _moment((*match.groups(), hour, minute, second), "", offset or "", today)


def _moment(parts: tuple[str, ...], fraction: str, offset: str, today: date) -> Moment | None:
    digits = fraction if fraction.isascii() and fraction.isdigit() else ""
    microsecond = int(digits[:6].ljust(6, "0"))
    try:
        year, month, day, hour, minute, second = map(int, parts)
        at = datetime(year, month, day, hour, minute, second, microsecond)
    except ValueError:
        return None
    if at.year < _FIRST_YEAR or at.date() > today + timedelta(days=1):  # it may be tomorrow already elsewhere
        return None
    return Moment(at.isoformat(), _minutes(offset))


def _minutes(offset: str) -> int | None:
    offset = offset.strip(" \0")
    if offset == "Z":
        return 0
    match = _OFFSET.fullmatch(offset)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes > 14 * 60 or int(match[3]) > 59:
        return None
    return -minutes if match[1] == "-" else minutes
