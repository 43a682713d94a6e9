"""`ritrova search` and `ritrova similar`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ritrova.cli.contract import emit, hit_object
from ritrova.cli.options import DATE, FILE, FOLDER, NAME, NUMBER, PHOTO, TEXT, Command, Json, argument, option
from ritrova.cli.queries import Shape, filters_from, sentence, sentences_of
from ritrova.cli.session import Session, session_of
from ritrova.cli.shown import printable, shown
from ritrova.cli.table import Column, bar, moment, show_table
from ritrova.cli.timing import Stages
from ritrova.errors import UsageError
from ritrova.photo import Hit
from ritrova.text import msg

if TYPE_CHECKING:
    from ritrova.library import Library

_MOST = 1_000_000  # beyond any library that a person looks through

Folders = Annotated[
    list[Path] | None, option("--folder", metavar=FOLDER, help=msg("Only photos below this folder. May be repeated."))
]
DateFrom = Annotated[
    str | None, option("--from", metavar=DATE, help=msg("Only photos taken from this day, month or year on."))
]
DateTo = Annotated[
    str | None, option("--to", metavar=DATE, help=msg("Only photos taken up to this day, month or year."))
]
Formats = Annotated[
    list[str] | None, option("--format", metavar=NAME, help=msg("Only this format, such as jpeg. May be repeated."))
]
Cameras = Annotated[
    list[str] | None,
    option("--camera", metavar=NAME, help=msg("Only cameras whose name contains this. May be repeated.")),
]
Orientation = Annotated[
    Shape | None, option("--orientation", help=msg("Only photos of this shape."), case_sensitive=False)
]
Rating = Annotated[
    int | None, option("--rating", metavar=NUMBER, help=msg("Only photos with so many stars or more."), min=1, max=5)
]
Top = Annotated[int, option("--top", metavar=NUMBER, help=msg("How many photos at most. Default: 20."), min=1)]
Timings = Annotated[bool, option("--timings", help=msg("Show how long each stage took."))]


def search(
    ctx: typer.Context,
    text: Annotated[list[str] | None, argument(TEXT, msg("What the photo shows: “due bambini al mare”."))] = None,
    from_file: Annotated[
        Path | None,
        option("--from-file", metavar=FILE, help=msg("Search for each line of this file; - is standard input.")),
    ] = None,
    folder: Folders = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    format: Formats = None,
    camera: Cameras = None,
    orientation: Orientation = None,
    rating: Rating = None,
    top: Top = 20,
    timings: Timings = False,
    json: Json = False,
) -> None:
    session = session_of(ctx)
    if (text is None or not text) == (from_file is None):
        raise UsageError(msg("Give either a sentence or --from-file."))
    queries = sentences_of(from_file, session.notice) if from_file else [sentence(" ".join(text or ()), session.notice)]
    filters = filters_from(
        folders=folder or [],
        date_from=date_from,
        date_to=date_to,
        formats=format or [],
        cameras=camera or [],
        shape=orientation,
        rating=rating,
    )
    stages = Stages()
    stages.done(msg("start of the program"))
    with session.reading() as library:
        _tell_unwatched(session, library, filters.folders)
        stages.done(msg("opening the library"))
        for query in queries:
            vector = library.encoder.encode_texts([query])[0]
            stages.done(msg("understanding the sentence"))
            hits = library.nearest(vector, filters, min(top, _MOST))
            stages.done(msg("finding the photos"))
            _show(session, query, hits, json, titled=len(queries) > 1)
            if hits and not filters.any and not json and _miss(library, hits[0]):
                session.notice(msg("Probably not there. These photos come closest."))
            stages.done(msg("showing them"))
        if not hits and not filters.any and not (status := library.status()).searchable:
            gone = status.missing and not status.photos
            session.notice(
                msg("Every photo is gone. To see which folders are: ritrova folders")
                if gone
                else msg("No photo can be searched yet: ritrova index")
            )
    if timings:
        stages.show(session)


def similar(
    ctx: typer.Context,
    photo: Annotated[Path, argument(PHOTO, msg("The photo to compare with; it need not be in the library."))],
    folder: Folders = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    format: Formats = None,
    camera: Cameras = None,
    orientation: Orientation = None,
    rating: Rating = None,
    top: Top = 20,
    json: Json = False,
) -> None:
    session = session_of(ctx)
    photo = photo.expanduser()
    if not photo.is_file():
        raise UsageError(msg("There is no such photo."), None, str(photo))
    filters = filters_from(
        folders=folder or [],
        date_from=date_from,
        date_to=date_to,
        formats=format or [],
        cameras=camera or [],
        shape=orientation,
        rating=rating,
    )
    with session.reading() as library:
        _tell_unwatched(session, library, filters.folders)
        _show(session, str(photo), library.similar(photo, filters, min(top, _MOST)), json, titled=False)


def _tell_unwatched(session: Session, library: Library, folders: Sequence[bytes]) -> None:
    """A condition on a folder that holds no photo of the library is most likely a slip."""
    watched = [os.path.join(folder.path, b"") for folder in library.folders()] if folders else []  # noqa: PTH118
    for folder in folders:
        below = os.path.join(folder, b"")  # noqa: PTH118
        if not any(below.startswith(each) or each.startswith(below) for each in watched):
            session.notice(msg("This folder is not watched: {path}", path=shown(folder)))


def _miss(library: Library, best: Hit) -> bool:
    """Whether what a sentence asked for is probably not there, for this photo is the best of all."""
    from ritrova.search import probably_absent  # late: it brings the index along

    bank = library.encoder.bank
    return (
        bank is not None
        and best.strength is not None
        and probably_absent(best.strength, library.indexes.count, len(bank))
    )


def _show(session: Session, query: str, hits: Sequence[Hit], json: bool, *, titled: bool) -> None:
    if json:
        for hit in hits:
            emit(hit_object(query, hit))
        return
    if titled:
        typer.echo(printable(query))
    if not hits:
        session.notice(msg("No photo found."))
        return
    columns = (
        Column("#", "right"),
        Column(session.text(msg("Photo")), fold=True),
        Column(session.text(msg("Strength"))),
        Column(session.text(msg("Score")), "right"),
        Column(session.text(msg("Taken"))),
        Column(session.text(msg("Pixels")), "right"),
    )
    show_table(columns, [_row(session, hit) for hit in hits])


def _row(session: Session, hit: Hit) -> tuple[str, ...]:
    return (
        str(hit.rank),
        shown(hit.path),
        "" if hit.strength is None else bar(hit.strength),
        session.number(hit.score, 3),
        moment(hit.taken_at),
        f"{hit.width} × {hit.height}",
    )


COMMANDS = (
    Command("search", search, msg("Find photos by a sentence.")),
    Command("similar", similar, msg("Find photos that look like this one.")),
)
