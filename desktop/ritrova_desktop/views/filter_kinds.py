"""The kinds of filters: what a chip says of each, and the filters without it. No widgets here."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ritrova.photo import Filters
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.names import shown
from ritrova_desktop.text import Words
from ritrova_desktop.views.dates import range_in_words

ORIENTATIONS: dict[str, Message] = {
    "landscape": msg("Landscape"),
    "portrait": msg("Portrait"),
    "square": msg("Square"),
}
_MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class FilterKind:
    """`says` is the chip's text, None where the filters do not have this kind; `off` are the fields' neutral values."""

    name: str
    icon: str
    title: Message
    says: Callable[[Filters, Words], str | None]
    off: dict[str, Any]

    def dropped(self, filters: Filters) -> Filters:
        return replace(filters, **self.off)


def last_part(path: bytes) -> str:
    """The name of a file or a folder, for people; the path itself of a disk's root."""
    return shown(os.path.basename(path.rstrip(os.fsencode(os.sep)))) or shown(path)  # noqa: PTH119 - raw bytes


def stars(count: int) -> Message:
    return msg_n("One star or more", "{n} stars or more", n=count) if count < 5 else msg("Five stars")


def listed(names: Iterable[str], words: Words) -> str | None:
    """The first few names, and how many more there are; None of none."""
    all_names = list(names)
    if not all_names:
        return None
    text = ", ".join(all_names[:_MOST_NAMED])
    more = len(all_names) - _MOST_NAMED
    return words(msg("{names} and {n} more", names=text, n=more)) if more > 0 else text


KINDS: tuple[FilterKind, ...] = (
    FilterKind(
        "dates",
        "calendar",
        msg("Date"),
        lambda filters, words: range_in_words((filters.date_from, filters.date_to), words),
        {"date_from": None, "date_to": None},
    ),
    FilterKind(
        "folders",
        "folder",
        msg("Folder"),
        lambda filters, words: listed(map(last_part, filters.folders), words),
        {"folders": ()},
    ),
    FilterKind(
        "formats",
        "photos",
        msg("Format"),
        lambda filters, words: listed((name.upper() for name in filters.formats), words),
        {"formats": ()},
    ),
    FilterKind(
        "cameras", "camera", msg("Camera"), lambda filters, words: listed(filters.cameras, words), {"cameras": ()}
    ),
    FilterKind(
        "rating",
        "star",
        msg("Rating"),
        lambda filters, words: None if filters.rating_min is None else words(stars(filters.rating_min)),
        {"rating_min": None},
    ),
    FilterKind(
        "orientation",
        "rotate",
        msg("Orientation"),
        lambda filters, words: None if filters.orientation is None else words(ORIENTATIONS[filters.orientation]),
        {"orientation": None},
    ),
    FilterKind(
        "keywords", "tag", msg("Keywords"), lambda filters, words: listed(filters.keywords, words), {"keywords": ()}
    ),
    FilterKind(
        "favourites",
        "heart",
        msg("Favourites"),
        lambda filters, words: words(msg("Favourites")) if filters.favourites else None,
        {"favourites": False},
    ),
    FilterKind(
        "album",
        "album",
        msg("Album"),
        lambda filters, words: None if filters.album is None else words(msg("In an album")),
        {"album": None},
    ),
)
"""In the order of the chips. The last two have nothing to edit: they are there, or not."""

EDITABLE = KINDS[:-2]
