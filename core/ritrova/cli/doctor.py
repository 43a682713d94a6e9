"""`ritrova doctor`: what the program needs of this computer, and whether it has it."""

from collections.abc import Callable, Iterator

import typer

from ritrova.cli import checks, library_checks
from ritrova.cli.checks import Check, Grade
from ritrova.cli.contract import emit
from ritrova.cli.errors import DONE, ENVIRONMENT
from ritrova.cli.options import Command, Json
from ritrova.cli.session import session_of
from ritrova.cli.table import Column, show_table
from ritrova.errors import RitrovaError
from ritrova.paths import LibraryPaths
from ritrova.text import Message, msg

Look = Callable[[str, Message, LibraryPaths], Check]

_CHECKS: tuple[tuple[str, Message, Look], ...] = (
    ("versions", msg("Versions"), checks.versions),
    ("devices", msg("Devices"), checks.devices),
    ("formats", msg("Photo formats"), checks.formats),
    ("decoders", msg("Photo decoders"), checks.decoders),
    ("index", msg("Search index"), checks.index),
    ("library", msg("Library folder"), library_checks.library),
    ("disk", msg("Disk"), library_checks.disk),
    ("database", msg("Database"), library_checks.database),
    ("folders", msg("Watched folders"), library_checks.folders),
    ("model", msg("Model"), library_checks.model),
)
_MARKS = {Grade.GOOD: "✓", Grade.WARNING: "!", Grade.BAD: "✗"}


def doctor(ctx: typer.Context, json: Json = False) -> int:
    session = session_of(ctx)
    found = list(examine(session.paths))
    bad = any(check.grade is Grade.BAD for check in found)
    if json:
        emit(
            {
                "ok": not bad,
                "checks": [
                    {"name": check.name, "grade": check.grade.value, "found": str(check.found), "facts": check.facts}
                    for check in found
                ],
            }
        )
    else:
        columns = (Column(""), Column(session.text(msg("Check"))), Column(session.text(msg("Found")), fold=True))
        rows = [
            (_MARKS[check.grade], session.text(check.title), session.with_remedy(check.found, check.remedy))
            for check in found
        ]
        show_table(columns, rows)
        session.say(msg("Something needs your attention.") if bad else msg("Ritrova can work on this computer."))
    return ENVIRONMENT if bad else DONE


def examine(paths: LibraryPaths) -> Iterator[Check]:
    """Every check, in the order in which a person reads them. One that fails is a finding, not the doctor's end."""
    for name, title, look in _CHECKS:
        try:
            yield look(name, title, paths)
        except RitrovaError as error:
            facts = {"path": error.path}
            yield Check(name=name, title=title, found=error.title, grade=Grade.BAD, remedy=error.remedy, facts=facts)
        except Exception as error:
            yield Check(name=name, title=title, found=msg("Failed: {reason}", reason=repr(error)), grade=Grade.BAD)


COMMANDS = (Command("doctor", doctor, msg("Check what Ritrova needs of this computer.")),)
