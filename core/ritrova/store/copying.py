"""Copies of the database: made while it is in use, examined before one takes its place."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ritrova.errors import LibraryCorrupt
from ritrova.photo import FileState
from ritrova.progress import Cancellation
from ritrova.store.database import reading_uri, revision_of, sqlite_errors, uri
from ritrova.text import msg

_PATIENCE_S = 2.0
_PAGES = 4096  # 16 MB: between two such portions a copy can be stopped


class Copied(NamedTuple):
    """What a copy holds."""

    schema: str
    photos: int  # files that are present


def copy_database(path: Path, target: Path, cancellation: Cancellation | None = None) -> None:
    """Copy a database that may be in use, whole and consistent, to one file without a log beside it.

    Raises LibraryError, LibraryCorrupt, DiskFull, Stopped.
    """
    cancellation = cancellation or Cancellation()
    with (
        sqlite_errors(path),
        closing(sqlite3.connect(reading_uri(path), uri=True)) as source,
        closing(sqlite3.connect(uri(target, mode="rwc"), uri=True)) as copy,
    ):
        source.execute("BEGIN")  # what is written meanwhile would have the copy begin anew
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        source.backup(copy, pages=_PAGES, progress=lambda *_: cancellation.check())
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()


def examine(path: Path) -> Copied:
    """Prove that a copy is a whole database of ours. Raises LibraryCorrupt, LibraryTooNew."""
    with sqlite_errors(path):
        schema = revision_of(path)
        with closing(sqlite3.connect(uri(path, mode="ro", immutable="1"), uri=True)) as connection:
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            if schema is None or wrong:
                raise LibraryCorrupt(msg("The library's database is damaged."), None, str(path))
            query = "SELECT count(*) FROM file WHERE state = ?"
            (photos,) = connection.execute(query, (str(FileState.PRESENT),)).fetchone()
    return Copied(schema, photos)


def settle(path: Path) -> None:
    """Bring a database into its one file, so that another can take its place in one step.

    Raises LibraryLocked where someone reads or writes it, LibraryCorrupt where it is damaged.
    """
    with sqlite_errors(path), closing(sqlite3.connect(uri(path, mode="rw"), uri=True, timeout=_PATIENCE_S)) as own:
        own.execute("PRAGMA journal_mode=DELETE").fetchone()
