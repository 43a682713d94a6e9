"""The library's copies, its check, and the photos that are gone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ritrova.backup import archive, automatic
from ritrova.backup.restoring import restore as put_back
from ritrova.engine.base import Text
from ritrova.engine.events import Checking
from ritrova.engine.keeping_messages import (
    Checked,
    Copy,
    CopyOf,
    ForgetMissing,
    Forgotten,
    KeepingOf,
    LookAtCopy,
    PartChecked,
    Restore,
    Restored,
    SaveCopy,
    StopKeeping,
)
from ritrova.engine.outlet import Outlet, Rate
from ritrova.engine.replies import Done
from ritrova.engine.state import Ask, Engine, PartFound, Sound
from ritrova.errors import LibraryCorrupt, RitrovaError, fault_of
from ritrova.lock import WriterLock
from ritrova.paths import LibraryPaths
from ritrova.progress import Cancellation
from ritrova.status import bytes_of
from ritrova.text import Message


def show_keeping(engine: Engine, _ask: Ask) -> KeepingOf:
    return keeping_of(engine.library.paths)


def save_copy(engine: Engine, ask: Ask) -> CopyOf:
    body = ask.body
    assert isinstance(body, SaveCopy)
    file = _path(body.path)
    return CopyOf(copied=_copy(file, archive.save(engine.library.paths, file, engine.keeping.begin(ask.id))))


def look_at_copy(_engine: Engine, ask: Ask) -> CopyOf:
    assert isinstance(ask.body, LookAtCopy)
    return look_at_copy_in(ask.body)


def check(engine: Engine, ask: Ask) -> Checked:
    stopped = engine.keeping.begin(ask.id)
    return checked(engine.library.paths, engine.outlet, engine.sound, repair=False, cancellation=stopped)


def stop(engine: Engine, ask: Ask) -> Done:
    """From another lane than that of the work."""
    assert isinstance(ask.body, StopKeeping)
    engine.keeping.stop(ask.body.request)
    return Done()


def forget_missing(engine: Engine, ask: Ask) -> Forgotten:
    assert isinstance(ask.body, ForgetMissing)
    gone = engine.library.forget_missing()
    engine.library.browser.reload()
    engine.outlet.changed("photos", "folders")
    return Forgotten(photos=gone)


# Without an open library


def keeping_of(paths: LibraryPaths) -> KeepingOf:
    return KeepingOf(
        library=os.fsencode(paths.root),
        logs=os.fsencode(paths.logs),
        database=bytes_of(paths.root.glob(f"{paths.database.name}*")),
        index=bytes_of(paths.index.rglob("*")),
        thumbnails=bytes_of(paths.thumbnails.rglob("*")) + bytes_of(paths.previews.rglob("*")),
        models=bytes_of(paths.models.rglob("*")),
        backups=bytes_of(paths.backups.rglob("*")),
        copies=tuple(_copies(paths)),
    )


def look_at_copy_in(body: LookAtCopy) -> CopyOf:
    """Raises UsageError where it is no copy, LibraryTooNew."""
    file = _path(body.path)
    return CopyOf(copied=_copy(file, archive.look(file)))


def restore(paths: LibraryPaths, body: Restore) -> Restored:
    """Keep what is there among the copies, and put another in its place. Raises what both raise.

    Where the copy of what is there is whole, the files that were replaced are of no use beside it.
    """
    file = _path(body.path)
    archive.look(file)
    before = _kept_before(paths)
    try:
        done = put_back(paths, file)
    except RitrovaError:
        if before is not None:
            before.unlink(missing_ok=True)
        raise
    if before is not None and done.kept is not None:
        shutil.rmtree(done.kept, ignore_errors=True)
    kept = _copy(before, archive.look(before)) if before is not None else None
    return Restored(now=_copy(file, done.contents), before=kept)


def put_settings_aside(paths: LibraryPaths) -> Done:
    """Raises LibraryLocked, EnvironmentFault."""
    lock = WriterLock(paths.lock)
    try:
        paths.settings.replace(paths.settings.with_suffix(".damaged.json"))
    except OSError as error:
        raise fault_of(error, str(paths.settings)) from error
    finally:
        lock.release()
    return Done()


def checked(
    paths: LibraryPaths, outlet: Outlet, sound: Sound, *, repair: bool, cancellation: Cancellation | None = None
) -> Checked:
    """Look at every part, and tell of each as it is done. Raises what `ritrova.checking.check` raises, and Stopped."""
    often = Rate(5)

    def tell(part: Message, done: int, total: int) -> None:
        if cancellation is not None:
            cancellation.check()
        if done == 0 or often():
            outlet.event(Checking(part=Text.of(part), done=done, total=total))

    return Checked(parts=tuple(_part(found) for found in sound(paths, repair, tell)), repaired=repair)


def _kept_before(paths: LibraryPaths) -> Path | None:
    """The copy of what is there; a damaged library gives none: restoring keeps its files."""
    if not paths.database.exists():
        return None
    try:
        return automatic.before_restoring(paths)
    except LibraryCorrupt:
        return None


def _copies(paths: LibraryPaths) -> Iterator[Copy]:
    """Newest first; what is no copy, or damaged, is passed over."""
    for file in reversed(automatic.made(paths)):
        try:
            yield _copy(file, archive.look(file))
        except (RitrovaError, OSError):
            continue


def _copy(file: Path, contents: archive.Contents) -> Copy:
    return Copy(
        path=os.fsencode(file),
        made_at=contents.made_at,
        photos=contents.photos,
        size=file.stat().st_size,
        why=automatic.occasion_of(file) or "hand",
    )


def _part(found: PartFound) -> PartChecked:
    return PartChecked.model_validate(
        {
            "name": found.name,
            "title": Text.of(found.title),
            "state": found.state,
            "found": Text.of(found.found),
            "remedy": Text.of(found.remedy) if found.remedy else None,
        }
    )


def _path(raw: bytes) -> Path:
    return Path(os.fsdecode(raw))
