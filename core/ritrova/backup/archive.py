"""The file of a backup: a zip, written aside and put in place, examined before it is trusted.

library.sqlite3   settings.json   backup.json: what is in it, with the SHA-256 of each file
"""

import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from glob import escape
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ritrova.atomic import PART, is_abandoned, replacing
from ritrova.errors import DiskFull, EnvironmentFault, LibraryCorrupt, LibraryTooNew, UsageError, fault_of
from ritrova.paths import LibraryPaths
from ritrova.progress import Cancellation
from ritrova.store.copying import Copied, copy_database, examine
from ritrova.text import msg

_CONTENTS = "backup.json"
_MOST_CONTENTS_BYTES = 1 << 20
_CHUNK = 1 << 20
_ASIDE = ".ritrova-"


class Part(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    sha256: str


class Contents(BaseModel):
    """What a backup says of itself (`backup.json`)."""

    model_config = ConfigDict(frozen=True)  # a later version may say more

    format: Literal[1] = 1
    program: str
    made_at: datetime
    schema_version: str
    photos: int
    files: dict[Literal["library.sqlite3", "settings.json"], Part]


def save(paths: LibraryPaths, target: Path, cancellation: Cancellation | None = None) -> Contents:
    """Write a backup of the library, which may be in use, to the file `target`.

    Raises UsageError (no library, no such folder, a file that is no backup stands there), DiskFull, EnvironmentFault,
    LibraryCorrupt, Stopped.
    """
    if not paths.database.exists():
        raise UsageError(msg("There is no library here yet."), None, str(paths.root))
    if not target.parent.is_dir():
        raise UsageError(msg("There is no such folder."), None, str(target.parent))
    if target.exists() and not zipfile.is_zipfile(target):
        raise UsageError(
            msg("There is a file here that is no backup; it stays as it is."), msg("Choose another name."), str(target)
        )
    return write(paths, target, cancellation)


def look(file: Path) -> Contents:
    """What a backup holds, by its own words. Raises UsageError where it is none, LibraryTooNew."""
    if not file.is_file():
        raise UsageError(msg("There is no such file."), None, str(file))
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(_CONTENTS).file_size > _MOST_CONTENTS_BYTES:
                raise ValueError
            return Contents.model_validate_json(archive.read(_CONTENTS))
    except ValidationError as error:
        if any(part["loc"] == ("format",) for part in error.errors(include_url=False)):
            raise LibraryTooNew(
                msg("The backup was made by a newer Ritrova."), msg("Update Ritrova, then restore it."), str(file)
            ) from error
        raise _no_backup(file) from error
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise _no_backup(file) from error
    except OSError as error:
        raise _unreadable(error, file) from error


def write(paths: LibraryPaths, target: Path, cancellation: Cancellation | None = None) -> Contents:
    cancellation = cancellation or Cancellation()
    _clear_away(target)
    try:
        with aside(target.parent) as folder, replacing(target, durable=True) as part:
            database = folder / paths.database.name
            copy_database(paths.database, database, cancellation)
            found = examine(database)
            files = {"library.sqlite3": database}
            if paths.settings.exists():
                files["settings.json"] = paths.settings
            return _pack(part, files, found, cancellation)
    except OSError as error:
        raise _unwritable(error, target) from error


def _pack(part: Path, files: dict[str, Path], found: Copied, cancellation: Cancellation) -> Contents:
    sums: dict[str, Part] = {}
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files.items():
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    cancellation.check()
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
            sums[name] = Part(size=size, sha256=digest.hexdigest())
        contents = Contents.model_validate(
            {
                "program": version("ritrova"),
                "made_at": datetime.now(UTC).replace(microsecond=0),
                "schema_version": found.schema,
                "photos": found.photos,
                "files": sums,
            }
        )
        archive.writestr(_CONTENTS, contents.model_dump_json(indent=2))
    return contents


def unpack(file: Path, contents: Contents, folder: Path) -> None:
    """Bring the backup's files into `folder`, and prove them."""
    if "library.sqlite3" not in contents.files:
        raise _no_backup(file)
    try:
        with zipfile.ZipFile(file) as archive:
            for name, part in contents.files.items():  # names that we know: no path out of the zip is followed
                digest, left = hashlib.sha256(), part.size
                with archive.open(name) as source, (folder / name).open("xb") as target:
                    while left > 0 and (chunk := source.read(min(_CHUNK, left))):
                        digest.update(chunk)
                        target.write(chunk)
                        left -= len(chunk)
                if left or digest.hexdigest() != part.sha256:
                    raise _damaged(file)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise _damaged(file) from error
    except OSError as error:
        raise fault_of(error, str(folder.parent)) from error
    try:
        examine(folder / "library.sqlite3")
    except LibraryCorrupt as error:
        raise _damaged(file) from error
    except LibraryTooNew as error:
        raise LibraryTooNew(error.title, error.remedy, str(file)) from error


def _clear_away(target: Path) -> None:
    """What a process that was killed while it wrote here has left, hidden and as large as the library."""
    left = (*target.parent.glob(f".{escape(target.name[:40])}.*{PART}"), *target.parent.glob(f"{_ASIDE}*{PART}"))
    for path in left:
        with suppress(OSError):  # it is somebody else's, or gone
            if is_abandoned(path):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A folder of our own on the same disk."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=_ASIDE, suffix=PART, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _no_backup(file: Path) -> UsageError:
    return UsageError(
        msg("This file is no backup of Ritrova."), msg("Choose a file that `ritrova backup` made."), str(file)
    )


def _damaged(file: Path) -> LibraryCorrupt:
    return LibraryCorrupt(msg("The backup is damaged; nothing was changed."), msg("Choose another backup."), str(file))


def _unreadable(error: OSError, file: Path) -> EnvironmentFault:
    reason = error.strerror or type(error).__name__
    return EnvironmentFault(msg("The file cannot be read: {reason}", reason=reason), None, str(file))


def _unwritable(error: OSError, file: Path) -> EnvironmentFault:
    fault = fault_of(error, str(file))
    if isinstance(fault, DiskFull):
        return fault
    reason = error.strerror or type(error).__name__
    return EnvironmentFault(msg("The backup cannot be written: {reason}", reason=reason), None, str(file))
