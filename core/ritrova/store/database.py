"""Opening the database: pragmas, schema version, migration after a backup, and SQLite's errors in our words."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DatabaseError

from ritrova.errors import DiskFull, LibraryCorrupt, LibraryError, LibraryLocked, LibraryReadOnly, LibraryTooNew
from ritrova.text import msg

SCHEMA = "0002"
"""The revision of `tables.py`: the head of `migrations/versions`."""

BUSY_TIMEOUT_S = 10


def open_writable(path: Path, before_migration: Callable[[], object]) -> Engine:
    """The database at `path`, created or migrated where needed. One process at a time, by the library's lock."""
    with sqlite_errors(path):
        revision = revision_of(path)
        if not path.exists():
            path.touch(mode=0o600)  # SQLite gives its side files the same mode
        engine = _engine(uri(path, mode="rw"), writable=True)
        if revision != SCHEMA:
            if revision is not None:
                before_migration()
            _migrate(engine)
        return engine


def open_read_only(path: Path) -> Engine:
    """The database at `path` for reading, also in a folder where nothing can be written."""
    with sqlite_errors(path):
        revision = revision_of(path)
        if revision is None:
            raise LibraryCorrupt(
                msg("The library's database is empty."),
                msg("Restore a backup (ritrova restore FILE), or add your folders and index again."),
                str(path),
            )
        if revision != SCHEMA:
            raise LibraryError(
                msg("The library was written by an older Ritrova and must be updated first."),
                msg("Run `ritrova index` once: it updates the library after making a backup."),
                str(path),
            )
        return _engine(reading_uri(path), writable=False)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as ours: what happened, to which file, what to do."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        original = error.orig if isinstance(error, DatabaseError) else error
        code = getattr(original, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        where = str(path)
        match primary:
            case sqlite3.SQLITE_FULL:
                raise DiskFull(
                    msg("The disk is full."), msg("Free some space and run the command again: nothing is lost."), where
                ) from error
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise LibraryLocked(
                    msg("Another program holds the library's database."),
                    msg("Close the program that uses it and try again."),
                    where,
                ) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise LibraryCorrupt(
                    msg("The library's database is damaged."),
                    msg("Your photos are untouched. Restore a backup (ritrova restore FILE), or begin anew."),
                    where,
                ) from error
            case sqlite3.SQLITE_READONLY:
                raise LibraryReadOnly(
                    msg("The library cannot be written."), msg("Check the permissions of its folder."), where
                ) from error
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
                raise LibraryError(
                    msg("The library's database cannot be opened: {reason}", reason=str(original)),
                    msg("Check that the disk is there and that its permissions let you read and write."),
                    where,
                ) from error
        raise


def uri(path: Path, **parameters: str) -> str:
    """SQLite's URI of a file; its raw bytes are escaped, since any name may hold `?`, `#`, `%` or no UTF-8."""
    return f"file:{quote(os.fsencode(path))}?{urlencode(parameters)}"


def _engine(address: str, *, writable: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)

    # Not by SQLAlchemy's URL: it unescapes the path, and a `?` in it would then lead to another file.
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("casefold", 1, _casefold, deterministic=True)  # SQLite folds ASCII alone
        if writable:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # has effect before the first table only
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")  # most can be computed again; see `Store.typing`
        connection.execute("PRAGMA cache_size=-65536")  # 64 MB
        connection.execute("PRAGMA mmap_size=1073741824")

    return engine


def _casefold(value: object) -> str | None:
    return None if value is None else str(value).casefold()


def reading_uri(path: Path) -> str:
    """`mode=ro`, which still needs to write WAL's shared memory; `immutable` where the folder allows no file."""
    address = uri(path, mode="ro")
    with closing(sqlite3.connect(address, uri=True)) as connection:
        try:
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                _check_settled(path)
                return uri(path, mode="ro", immutable="1")
            raise
    return address


def _check_settled(path: Path) -> None:
    """An immutable database is read without its write-ahead log, and would show an older state without a word."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise LibraryReadOnly(
            msg("The library was not closed properly, and its folder cannot be written to put that right."),
            msg("Make the folder writable and run `ritrova index` once."),
            str(path),
        )


def revision_of(path: Path) -> str | None:
    """The schema revision that the file carries, None for a new one. Raises LibraryTooNew on an unknown one."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    with closing(sqlite3.connect(reading_uri(path), uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
        if "alembic_version" not in tables:
            if tables:
                raise LibraryCorrupt(
                    msg("This database was not made by Ritrova."), msg("Choose another library folder."), str(path)
                )
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    revision = row[0] if row else None
    if revision is not None and revision != SCHEMA and revision not in _known_revisions():
        raise LibraryTooNew(
            msg("The library was written by a newer Ritrova (schema {revision}).", revision=revision),
            msg("Update Ritrova, or choose another library folder."),
            str(path),
        )
    return str(revision) if revision else None


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory(str(_migrations())).walk_revisions()}


def _migrations() -> Path:
    return Path(__file__).parent / "migrations"


def _migrate(engine: Engine) -> None:
    from alembic import command  # here: opening a library of the right version has no use for it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
