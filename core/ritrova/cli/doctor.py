"""`ritrova doctor`: what the program needs of this computer, and whether it has it."""

import typer

from ritrova.cli.checks import Grade, all_checks
from ritrova.cli.contract import emit
from ritrova.cli.errors import DONE, ENVIRONMENT
from ritrova.cli.options import Command, Json
from ritrova.cli.session import session_of
from ritrova.cli.table import Column, show_table
from ritrova.text import msg

_MARKS = {Grade.GOOD: "✓", Grade.WARNING: "!", Grade.BAD: "✗"}


def doctor(ctx: typer.Context, json: Json = False) -> int:
    session = session_of(ctx)
    checks = list(all_checks(session.paths))
    bad = any(check.grade is Grade.BAD for check in checks)
    if json:
        emit(
            {
                "ok": not bad,
                "checks": [
                    {"name": check.name, "grade": check.grade.value, "found": str(check.found), "facts": check.facts}
                    for check in checks
                ],
            }
        )
    else:
        columns = (Column(""), Column(session.text(msg("Check"))), Column(session.text(msg("Found")), fold=True))
        rows = []
        for check in checks:
            found = session.text(check.found)
            remedy = f" {session.text(check.remedy)}" if check.remedy else ""
            rows.append((_MARKS[check.grade], session.text(check.title), found + remedy))
        show_table(columns, rows)
        session.say(msg("Something needs your attention.") if bad else msg("Ritrova can work on this computer."))
    return ENVIRONMENT if bad else DONE


COMMANDS = (Command("doctor", doctor, msg("Check what Ritrova needs of this computer.")),)
