"""`ritrova add`, `ritrova remove` and `ritrova folders`."""

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


def _real(path: Path) -> Path:
    """The path under which the library knows a folder."""
    return Path(os.path.realpath(path.expanduser()))


def folders(ctx: typer.Context, json: Json = False) -> None:
    session = session_of(ctx)
    with session.reading() as library:
        found = library.folders()
    if json:
        for item in found:
            emit(folder_object(item))
        return
    if not found:
        session.notice(msg("No folder is watched yet."))
        return
    online, offline = session.text(msg("reachable")), session.text(msg("not reachable"))
    columns = (
        Column(session.text(msg("Folder")), fold=True),
        Column(session.text(msg("Photos")), "right"),
        Column(session.text(msg("Gone")), "right"),
        Column(session.text(msg("Cannot be read")), "right"),
        Column(""),
    )
    number = session.number
    rows = [
        (shown(i.path), number(i.photos), number(i.missing), number(i.failed), online if i.online else offline)
        for i in found
    ]
    show_table(columns, rows)


COMMANDS = (
    Command("add", add, msg("Watch folders of photos.")),
    Command("remove", remove, msg("Watch folders no longer.")),
    Command("folders", folders, msg("List the watched folders.")),
)
