"""The backups that a library makes of itself: each week, before an update of its database, before it goes back to one.

The oldest go when a new one is made.
"""

import time
from pathlib import Path
from typing import Literal, get_args

from ritrova.backup.archive import write
from ritrova.errors import fault_of
from ritrova.paths import LibraryPaths

_WEEK_S = 7 * 24 * 3600.0
_STAMP = "%Y%m%d-%H%M%S"
Occasion = Literal["weekly", "update", "restore"]


def before_migration(paths: LibraryPaths, keep: int) -> None:
    """The copy that is made before the database is brought to a new schema. Raises DiskFull, EnvironmentFault."""
    _automatic(paths, "update", keep, time.time())


def weekly(paths: LibraryPaths, keep: int, now: float | None = None) -> Path | None:
    """Make the week's backup, where the newest is older than that and the library has changed since; its file.

    Raises what `save` raises.
    """
    now = time.time() if now is None else now
    if not paths.database.exists():
        return None
    newest = max((entry.stat().st_mtime for entry in made(paths)), default=0.0)
    if (now - newest < _WEEK_S and newest <= now) or _changed(paths) <= newest:
        return None
    return _automatic(paths, "weekly", keep, now)


def before_restoring(paths: LibraryPaths) -> Path:
    """The copy that is made before a backup takes the library's place: none goes for it, it may be the one.

    Raises what `save` raises.
    """
    return _automatic(paths, "restore", None, time.time())


def occasion_of(file: Path) -> Occasion | None:
    """Why a library made this backup of itself, by its name."""
    return next((why for why in get_args(Occasion) if file.stem.endswith(f"-{why}")), None)


def made(paths: LibraryPaths) -> list[Path]:
    """The backups that the library made of itself, oldest first."""
    return sorted(paths.backups.glob("ritrova-*.zip"))


def _automatic(paths: LibraryPaths, why: Occasion, keep: int | None, now: float) -> Path:
    while any(paths.backups.glob(f"ritrova-{_stamp(now)}-*.zip")):
        now += 1  # one of the same second stays, and is older by its name too
    file = paths.backups / f"ritrova-{_stamp(now)}-{why}.zip"
    try:
        paths.backups.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise fault_of(error, str(paths.backups)) from error
    write(paths, file)
    for old in made(paths)[:-keep] if keep else ():
        old.unlink(missing_ok=True)
    return file


def _stamp(now: float) -> str:
    return time.strftime(_STAMP, time.localtime(now))


def _changed(paths: LibraryPaths) -> float:
    """When the database was written last, as its files say."""
    log = paths.database.with_name(f"{paths.database.name}-wal")
    return max(path.stat().st_mtime for path in (paths.database, log) if path.exists())
