"""`ritrova add`, `ritrova remove`, `ritrova relocate` and `ritrova folders`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ritrova.cli.contract import emit, folder_object
from ritrova.cli.options import FOLDER, Command, Json, argument
from ritrova.cli.session import session_of
from ritrova.cli.shown import shown
from ritrova.cli.table import Column, show_table
from ritrova.text import msg


def add(
    ctx: typer.Context,
    folder: Annotated[list[Path], argument(FOLDER, msg("A folder of photos; its subfolders are included."))],
    json: Json = False,
) -> None:
    session = session_of(ctx)
    with session.writing() as library:
        for path in map(_real, folder):
            library.add_folder(path)
            if json:
                emit({"path": str(path)})
            else:
                session.say(msg("Watched from now on: {path}", path=shown(str(path))))
    if not json:
        session.say(msg("Now read the photos: ritrova index"))


def remove(
    ctx: typer.Context,
    folder: Annotated[list[Path], argument(FOLDER, msg("A watched folder. Its photos stay on the disk."))],
    json: Json = False,
) -> None:
    session = session_of(ctx)
    with session.writing() as library:
        for path in map(_real, folder):
            library.remove_folder(path)
            if json:
                emit({"path": str(path)})
            else:
                session.say(msg("No longer watched, the photos are untouched: {path}", path=shown(str(path))))


def relocate(
    ctx: typer.Context,
    folder: Annotated[Path, argument(FOLDER, msg("A watched folder, as it was."))],
    to: Annotated[Path, argument(FOLDER, msg("Where it is now."))],
    json: Json = False,
) -> None:
    session = session_of(ctx)
    now = _real(to)
    with session.writing() as library:
        library.relocate_folder(_real(folder), now)
    if json:
        emit({"path": str(now)})
        return
    session.say(msg("Watched from now on: {path}", path=shown(str(now))))
    session.say(msg("Now read the photos: ritrova index"))


def _real(path: Path) -> Path:
    """The path under which the library knows a folder."""
    return Path(os.path.realpath(path.expanduser()))


def folders(ctx: typer.Context, json: Json = False) -> None:
    session = session_of(ctx)
    from ritrova.folders.volumes import Presence  # late: `ritrova --help` has no use for it

    with session.reading() as library:
        found = library.folders()
    if json:
        for item in found:
            emit(folder_object(item))
        return
    if not found:
        session.notice(msg("No folder is watched yet."))
        return
    presence = {
        Presence.HERE: session.text(msg("reachable")),
        Presence.OFFLINE: session.text(msg("not reachable")),
        Presence.VANISHED: session.text(msg("no longer there")),
    }
    columns = (
        Column(session.text(msg("Folder")), fold=True),
        Column(session.text(msg("Photos")), "right"),
        Column(session.text(msg("Gone")), "right"),
        Column(session.text(msg("Cannot be read")), "right"),
        Column(""),
    )
    number = session.number
    rows = [(shown(i.path), number(i.photos), number(i.missing), number(i.failed), presence[i.presence]) for i in found]
    show_table(columns, rows)
    if any(item.presence is Presence.VANISHED for item in found):
        session.notice(msg("Put it back, or say where it is now: ritrova relocate OLD NEW"))


COMMANDS = (
    Command("add", add, msg("Watch folders of photos.")),
    Command("remove", remove, msg("Watch folders no longer.")),
    Command("relocate", relocate, msg("Say where a watched folder is now.")),
    Command("folders", folders, msg("List the watched folders.")),
)
