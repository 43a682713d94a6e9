"""`ritrova backup`, `restore`, `check` and `forget-missing`: keeping a library safe and sound."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ritrova.cli.confirm import Yes, confirm
from ritrova.cli.contract import backup_object, check_object, emit, restore_object
from ritrova.cli.errors import DONE, ENVIRONMENT, STOPPED
from ritrova.cli.options import FILE, Command, Json, argument, option
from ritrova.cli.session import session_of
from ritrova.cli.shown import shown
from ritrova.cli.table import Column, show_table
from ritrova.cli.watching import parts_shown
from ritrova.errors import UsageError
from ritrova.text import msg, msg_n

_MARKS = {"good": "✓", "wrong": "✗", "repaired": "+"}


def backup(
    ctx: typer.Context,
    file: Annotated[Path, argument(FILE, msg("The file to write; in a folder, it gets a name with the date."))],
    json: Json = False,
) -> None:
    from ritrova.backup import archive

    session = session_of(ctx)
    target = file.expanduser().absolute()
    if target.is_dir():
        target /= f"ritrova-{time.strftime('%Y%m%d-%H%M%S')}.zip"
    contents = archive.save(session.paths, target)
    if json:
        emit(backup_object(target, contents))
        return
    session.say(msg("Written: {path}", path=shown(str(target))))
    session.say(msg("It holds the database and the settings; keep your photos and imported models elsewhere too."))


def restore(
    ctx: typer.Context,
    file: Annotated[Path, argument(FILE, msg("A file that `ritrova backup` made."))],
    yes: Yes = False,
    json: Json = False,
) -> int:
    from ritrova.backup.archive import look
    from ritrova.backup.restoring import restore as put_back

    session = session_of(ctx)
    file = file.expanduser().absolute()
    contents = look(file)
    when = contents.made_at.astimezone().strftime("%Y-%m-%d %H:%M")
    question = msg_n(
        "Go back to the state of {when}, with {n} photo? The present state is kept aside.",
        "Go back to the state of {when}, with {n} photos? The present state is kept aside.",
        n=contents.photos,
        when=when,
    )
    if session.paths.database.exists() and not confirm(session, question, yes=yes):
        return STOPPED
    restored = put_back(session.paths, file)
    if json:
        emit(restore_object(session.root, restored))
        return DONE
    session.say(msg("The library is again as it was: {when}", when=when))
    if restored.kept is not None:
        session.say(msg("What was there is kept in {path}", path=shown(str(restored.kept))))
    session.say(msg("Now look for what has changed since: ritrova index"))
    return DONE


def check(
    ctx: typer.Context,
    repair: Annotated[
        bool, option("--repair", help=msg("Make anew what is a cache. What you typed is never touched."))
    ] = False,
    json: Json = False,
) -> int:
    from ritrova.checking import check as examine

    session = session_of(ctx)
    with parts_shown(session) as tell:
        found = list(examine(session.paths, repair=repair, tell=tell))
    sound = all(finding.state != "wrong" for finding in found)
    if json:
        emit(check_object(found))
    else:
        columns = (Column(""), Column(session.text(msg("Check"))), Column(session.text(msg("Found")), fold=True))
        rows = [
            (_MARKS[finding.state], session.text(finding.title), session.with_remedy(finding.found, finding.remedy))
            for finding in found
        ]
        show_table(columns, rows)
        session.say(msg("The library is sound.") if sound else msg("Something needs your attention."))
    return DONE if sound else ENVIRONMENT


def forget_missing(ctx: typer.Context, yes: Yes = False, json: Json = False) -> int:
    session = session_of(ctx)
    if not session.paths.database.exists():
        raise UsageError(msg("There is no library here yet."), None, str(session.root))
    with session.writing() as library:
        missing = sum(folder.forgettable for folder in library.folders())
        question = msg_n(
            "Forget {n} photo that is gone? Its stars and albums hold again if it comes back.",
            "Forget {n} photos that are gone? Their stars and albums hold again if they come back.",
            n=missing,
        )
        if missing and not confirm(session, question, yes=yes):
            return STOPPED
        gone = library.forget_missing()
    if json:
        emit({"forgotten": gone})
    else:
        session.say(msg_n("{n} photo forgotten", "{n} photos forgotten", n=gone))
    return DONE


COMMANDS = (
    Command("backup", backup, msg("Write the database and the settings to one file.")),
    Command("restore", restore, msg("Go back to a backup.")),
    Command("check", check, msg("Check whether the library is sound, and put it right.")),
    Command("forget-missing", forget_missing, msg("Forget the photos that are gone and will not come back.")),
)
