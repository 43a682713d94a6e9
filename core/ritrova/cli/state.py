"""`ritrova status` and `ritrova failures`."""

from collections.abc import Sequence

import typer

from ritrova.cli.contract import emit, failure_object, status_object
from ritrova.cli.options import Command, Json
from ritrova.cli.session import Session, session_of
from ritrova.cli.shown import printable, shown
from ritrova.cli.table import Column, show_table
from ritrova.errors import FailureKind
from ritrova.photo import Failure
from ritrova.text import Message, msg

_KINDS: dict[FailureKind, Message] = {
    FailureKind.CORRUPT: msg("damaged"),
    FailureKind.UNSUPPORTED: msg("not a known format"),
    FailureKind.TOO_LARGE: msg("too large"),
    FailureKind.UNREADABLE: msg("not readable"),
    FailureKind.TIMEOUT: msg("took too long"),
    FailureKind.CRASHED: msg("stopped the decoder"),
}


def status(ctx: typer.Context, json: Json = False) -> None:
    session = session_of(ctx)
    with session.reading() as library:
        found = library.status()
    if json:
        emit(status_object(session.root, found))
        return
    rows: list[tuple[Message, Message | str]] = [
        (msg("Library"), shown(str(session.root))),
        (msg("Photos"), session.number(found.photos)),
        (msg("Searchable"), session.number(found.searchable)),
        (msg("Gone"), session.number(found.missing)),
        (msg("Cannot be read"), session.number(found.failed)),
        (msg("Model"), found.model),
        (msg("Search"), found.index_reason),
        (msg("Database"), _megabytes(session, found.database_bytes)),
        (msg("Search index"), _megabytes(session, found.index_bytes)),
        (msg("Schema"), found.schema),
    ]
    for model in found.models:
        rows.append(
            (
                msg("Photos seen by {model}", model=model.name),
                msg("{n}, {d} numbers each", n=model.embeddings, d=model.dimension),
            )
        )
    cells = [(session.text(name), session.text(v) if isinstance(v, Message) else v) for name, v in rows]
    show_table((Column(""), Column("", fold=True)), cells)


def _megabytes(session: Session, size: int) -> str:
    return f"{session.number(size / 1_000_000, 1)} MB"


def failures(ctx: typer.Context, json: Json = False) -> None:
    session = session_of(ctx)
    with session.reading() as library:
        found = library.failures()
    if json:
        for failure in found:
            emit(failure_object(failure))
    elif found:
        show_failures(session, found)
    else:
        session.notice(msg("Every photo can be read."))


def show_failures(session: Session, found: Sequence[Failure]) -> None:
    """The photos that cannot be read, with the reason."""
    if not found:
        return
    columns = (
        Column(session.text(msg("Photo")), fold=True),
        Column(session.text(msg("What is wrong"))),
        Column(session.text(msg("Reason")), fold=True),
    )
    rows = [(shown(item.path), session.text(_KINDS[item.kind]), printable(item.reason)) for item in found]
    show_table(columns, rows)


COMMANDS = (
    Command("status", status, msg("Show what the library holds and how it searches.")),
    Command("failures", failures, msg("List the photos that cannot be read, and why.")),
)
