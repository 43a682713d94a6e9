"""`ritrova add`, `ritrova remove` and `ritrova folders`."""

from os import fsdecode
from pathlib import Path
from typing import Annotated

import typer

from ritrova.cli.contract import emit
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
        for path in folder:
            added = library.add_folder(path.expanduser())
            if json:
                emit({"path": fsdecode(added.path)})
            else:
                session.say(msg("Watched from now on: {path}", path=shown(added.path)))
    if not json:
        session.say(msg("Now read the photos: ritrova index"))


def remove(
    ctx: typer.Context,
    folder: Annotated[list[Path], argument(FOLDER, msg("A watched folder. Its photos stay on the disk."))],
    json: Json = False,
) -> None:
    session = session_of(ctx)
    with session.writing() as library:
        for path in folder:
            library.remove_folder(path.expanduser())
            if json:
                emit({"path": str(path.expanduser().absolute())})
            else:
                session.say(msg("No longer watched, the photos are untouched: {path}", path=shown(str(path))))


def folders(ctx: typer.Context, json: Json = False) -> None:
    session = session_of(ctx)
    with session.reading() as library:
        found = library.folders()
    if json:
        for item in found:
            emit(
                {
                    "path": fsdecode(item.path),
                    "photos": item.photos,
                    "missing": item.missing,
                    "failed": item.failed,
                    "online": item.online,
                    "volume": item.volume,
                }
            )
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
    show_table(
        columns,
        [
            (shown(i.path), str(i.photos), str(i.missing), str(i.failed), online if i.online else offline)
            for i in found
        ],
    )


COMMANDS = (
    Command("add", add, msg("Watch folders of photos.")),
    Command("remove", remove, msg("Watch folders no longer.")),
    Command("folders", folders, msg("List the watched folders.")),
)
