"""`ritrova index`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ritrova.cli.contract import emit, index_object
from ritrova.cli.errors import DONE, STOPPED, WITH_FAILURES
from ritrova.cli.options import Command, Json
from ritrova.cli.session import Session, session_of
from ritrova.cli.shown import shown
from ritrova.cli.state import show_failures
from ritrova.cli.watching import TerminalWatcher, stoppable
from ritrova.errors import RitrovaError, UsageError
from ritrova.photo import IndexReport
from ritrova.text import msg, msg_n

if TYPE_CHECKING:
    from ritrova.library import Library

_LISTED = 10  # failures; `ritrova failures` has them all


def index(ctx: typer.Context, json: Json = False) -> int:
    from ritrova.folders.states import Timing  # late: `ritrova --help` has no use for it

    session = session_of(ctx)
    nothing = UsageError(msg("No folder is watched yet."), msg("Add one: ritrova add FOLDER"))
    if not session.paths.database.exists():
        raise nothing  # and make no library
    with session.writing() as library:
        if not library.folders():
            raise nothing
        with stoppable(session) as cancellation, TerminalWatcher(session) as watcher:
            report = library.index(watcher, cancellation, rest_s=Timing().rest_s)
        if not cancellation.cancelled:
            _back_up(session, library)
        failures = library.failures() if report.failed and not json else []
    for folder in report.offline:
        session.notice(msg("This folder cannot be reached, its photos stay as they are: {path}", path=shown(folder)))
    for folder in report.vanished:
        session.notice(msg("This folder is gone, though its disk is there: {path}", path=shown(folder)))
    if report.unrested:
        unrested = msg_n(
            "{n} file is still being written: the next run reads it.",
            "{n} files are still being written: the next run reads them.",
            n=report.unrested,
        )
        session.notice(unrested)
    if json:
        emit(index_object(report))
    else:
        _tell(session, report)
        show_failures(session, failures[:_LISTED])
        if len(failures) > _LISTED:
            session.say(msg("All of them: ritrova failures"))
    if cancellation.cancelled:
        return STOPPED
    return WITH_FAILURES if report.failed or report.offline or report.vanished else DONE


def _back_up(session: Session, library: Library) -> None:
    """The week's backup. What was indexed is kept all the same."""
    try:
        library.back_up()
    except RitrovaError as error:
        session.notice(msg("The weekly backup could not be made: {reason}", reason=error.title))


def _tell(session: Session, report: IndexReport) -> None:
    """The run in words; what did not happen is not told."""
    told = (
        msg_n("{n} photo added", "{n} photos added", n=report.added),
        msg_n("{n} photo changed", "{n} photos changed", n=report.changed),
        msg_n("{n} photo moved", "{n} photos moved", n=report.moved),
        msg_n("{n} photo gone", "{n} photos gone", n=report.missing),
        msg_n("{n} photo back", "{n} photos back", n=report.returned),
        msg_n("{n} photo unchanged", "{n} photos unchanged", n=report.unchanged),
        msg_n("{n} photo cannot be read", "{n} photos cannot be read", n=report.failed),
    )
    for message in told:
        if message.count:
            session.say(message)
    if not any(message.count for message in told):
        session.say(msg("There are no photos in the watched folders."))
    session.say(
        msg("{seconds} s, {rate} photos/s", seconds=float(report.seconds), rate=float(report.photos_per_second))
    )


COMMANDS = (Command("index", index, msg("Read the new and changed photos of the watched folders.")),)
