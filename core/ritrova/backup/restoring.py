"""Putting a backup in the place of a library's database and settings."""

import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from ritrova.atomic import flush
from ritrova.backup.archive import Contents, aside, look, unpack
from ritrova.errors import LibraryCorrupt, RitrovaError, fault_of
from ritrova.lock import WriterLock
from ritrova.paths import LibraryPaths
from ritrova.place import make_folder
from ritrova.store.copying import settle


@dataclass(frozen=True, slots=True)
class Restored:
    """What `restore` did."""

    contents: Contents
    kept: Path | None  # the folder with the database and the settings that were there before


def restore(paths: LibraryPaths, file: Path) -> Restored:
    """Put a backup in the place of the library's database and settings, which are kept in the folder of backups.

    The whole backup is checked first. At every moment there is a whole database, the old one or the new one.
    Raises UsageError, LibraryLocked (someone writes or reads), LibraryCorrupt (the backup is damaged), LibraryTooNew,
    DiskFull, EnvironmentFault.
    """
    contents = look(file)
    make_folder(paths.root)
    lock = WriterLock(paths.lock)
    try:
        with aside(paths.root) as folder:
            unpack(file, contents, folder)
            kept = _keep_present(paths)
            try:
                for place in (paths.database, paths.settings):
                    fresh = folder / place.name
                    if fresh.exists():
                        flush(fresh)
                        fresh.replace(place)
                flush(paths.root)
            except OSError as error:
                raise fault_of(error, str(paths.root)) from error
    finally:
        lock.release()
    return Restored(contents, kept)


def _keep_present(paths: LibraryPaths) -> Path | None:
    """Keep a second name, or a copy, of what is there; the database is then in one file, or was damaged already."""
    if not paths.database.exists():
        return None
    try:
        kept = paths.backups / f"before-restoring-{time.strftime('%Y%m%d-%H%M%S')}"
        while kept.exists():
            kept = kept.with_name(f"{kept.name}-")
        kept.mkdir(mode=0o700, parents=True)
        log = paths.database.with_name(f"{paths.database.name}-wal")
        if log.exists():  # SQLite deletes it as soon as it has looked at a damaged database
            shutil.copy2(log, kept)
        try:
            settle(paths.database)
            (kept / log.name).unlink(missing_ok=True)
        except (LibraryCorrupt, sqlite3.DatabaseError):
            for side in (log, log.with_name(f"{paths.database.name}-shm")):  # they do not belong to the new one
                side.unlink(missing_ok=True)
        except RitrovaError:
            shutil.rmtree(kept)
            raise
        for path in (paths.database, paths.settings):
            if path.exists():
                _second_name(path, kept / path.name)
    except OSError as error:
        raise fault_of(error, str(paths.backups)) from error
    return kept


def _second_name(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:  # a file system that knows no links
        shutil.copy2(path, other)
