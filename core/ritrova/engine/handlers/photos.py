"""Single photos: details, pictures to look at, the trash, copies."""

import os
import shutil
from collections.abc import Callable
from typing import Literal

from ritrova.engine.base import Text
from ritrova.engine.events import Progress
from ritrova.engine.outlet import Rate
from ritrova.engine.previews import gone
from ritrova.engine.replies import DetailsOf, Exported, FileResult, PhotoDetails, Picture, Trashed
from ritrova.engine.requests import Details, ExportCopies, PictureOf, Preview, Thumbnail, Trash
from ritrova.engine.state import Ask, Engine, Superseded
from ritrova.errors import UsageError, fault_of
from ritrova.photo import FileState
from ritrova.store import albums, browsing, marks
from ritrova.store.browsing import FileFacts
from ritrova.store.writing import set_state
from ritrova.text import Message, msg

MOST_NAMES = 10_000
"""Names that are tried for a copy beside files of the same name."""


def details(engine: Engine, ask: Ask) -> DetailsOf:
    body = ask.body
    assert isinstance(body, Details)
    store = engine.library.store
    files = browsing.facts(store, body.files)
    hashes = list(dict.fromkeys(file.hash for file in files))
    with store.reading() as connection:
        said = marks.said_of(connection, hashes)
        typed = marks.typed_words(connection, hashes)
    inside = albums.albums_of(store, hashes)
    paths = browsing.paths_of(store, [file.content_id for file in files])
    away = _away(engine)
    found = []
    for file in files:
        why = away(file)
        words = said.get(file.hash, marks.NOTHING)
        found.append(
            PhotoDetails(
                file=file.id,
                content=file.hash,
                path=file.path,
                copies=tuple(path for path in paths.get(file.content_id, ()) if path != file.path),
                format=file.format,
                width=file.width,
                height=file.height,
                size=file.size,
                mtime=file.mtime_ns / 1e9,
                present=file.present and why is None,
                why=Text.of(why) if why else None,
                metadata=file.metadata,
                rating=words.rating,
                favourite=words.favourite,
                keywords=tuple(sorted(marks.words_of(file.metadata.keywords, typed.get(file.hash, {})))),
                albums=tuple(inside.get(file.hash, ())),
            )
        )
    return DetailsOf(photos=tuple(found))


def _away(engine: Engine) -> Callable[[FileFacts], Message | None]:
    """Tells why a file cannot be opened now, by where its folder is: the disk itself is not asked of each."""
    folders = [(os.path.join(path, b""), state.reason) for path, state in engine.watching.away().items()]
    return lambda file: next((reason for path, reason in folders if file.path.startswith(path)), None)


def preview(engine: Engine, ask: Ask) -> Picture:
    body = ask.body
    assert isinstance(body, Preview)
    file = _file(engine, body.file)
    if not os.path.lexists(file.path):
        why = _away(engine)(file)
        raise UsageError(why, None, file.path) if why else gone(file)
    made = engine.previews.make(file, body.side)
    full = body.side is None or max(made.width, made.height) <= body.side
    return Picture(path=os.fsencode(made.path), width=made.width, height=made.height, full=full)


def picture_of(engine: Engine, ask: Ask) -> Picture:
    body = ask.body
    assert isinstance(body, PictureOf)
    path, facts = engine.previews.of_path(body.path, body.side)
    return Picture(path=os.fsencode(path), width=facts.width if facts else 0, height=facts.height if facts else 0)


def thumbnail(engine: Engine, ask: Ask) -> Picture:
    body = ask.body
    assert isinstance(body, Thumbnail)
    if ask.stale():
        raise Superseded
    if body.anew and not engine.library.read_only:
        engine.library.thumbnails.remove(body.content)
    path = engine.library.thumbnail(body.content, body.side, engine.previews.decoder)
    return Picture(path=os.fsencode(path) if path else None)


def trash(engine: Engine, ask: Ask) -> Trashed:
    """To the system's trash, and out of what is found; the store forgets nothing, for a photo may come back."""
    body = ask.body
    assert isinstance(body, Trash)
    engine.library.check_writable()
    results = _each(engine, body.files, "trash", _to_trash)
    moved = [result.file for result in results if result.ok]
    if moved:
        set_state(engine.library.store, moved, FileState.MISSING)
        engine.library.browser.reload()
        engine.outlet.changed("photos", "folders")
    return Trashed(files=tuple(results))


def export_copies(engine: Engine, ask: Ask) -> Exported:
    body = ask.body
    assert isinstance(body, ExportCopies)
    if not os.path.isdir(body.folder):
        raise UsageError(msg("There is no such folder."), None, body.folder)
    return Exported(files=tuple(_each(engine, body.files, "export", lambda file: _copy(file, body.folder))))


def _each(
    engine: Engine,
    files: tuple[int, ...],
    activity: Literal["trash", "export"],
    work: Callable[[FileFacts], FileResult],
) -> list[FileResult]:
    """Every file by itself: what goes wrong with one is told of that one."""
    found = browsing.facts(engine.library.store, files)
    results = []
    often = Rate(5)
    for done, file in enumerate(found, 1):
        results.append(work(file))
        if often() or done == len(found):
            engine.outlet.event(
                Progress(
                    activity=activity,
                    phase="reading",
                    done=done,
                    total=len(found),
                    total_final=True,
                    photos_per_second=0.0,
                    eta_s=None,
                )
            )
    return results


def _to_trash(file: FileFacts) -> FileResult:
    from send2trash import send2trash  # late: it asks the desktop
    from send2trash.exceptions import TrashPermissionError

    if not os.path.lexists(file.path):
        return _failed(file, msg("The photo is no longer there."))
    try:
        send2trash(os.fsdecode(file.path))
    except TrashPermissionError:
        return _failed(file, msg("This disk has no trash. The photo stays where it is."))
    except OSError as error:
        reason = error.strerror or str(error.args[0] if error.args else type(error).__name__)
        return _failed(file, msg("The photo could not be moved to the trash: {reason}", reason=reason))
    return FileResult(file=file.id, path=file.path, ok=True)


def _copy(file: FileFacts, folder: bytes) -> FileResult:
    """A copy beside what is there, never over it: `a.jpg`, `a (2).jpg` and so on."""
    stem, extension = os.path.splitext(os.path.basename(file.path))
    for number in range(1, MOST_NAMES):
        name = stem + (b" (%d)" % number if number > 1 else b"") + extension
        target = os.path.join(folder, name)
        try:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        except FileExistsError:
            continue
        except OSError as error:
            return _failed(file, fault_of(error, target).title)
        try:
            with os.fdopen(handle, "wb") as copy, open(file.path, "rb") as original:
                shutil.copyfileobj(original, copy, 1 << 20)
            shutil.copystat(file.path, target)
        except OSError as error:
            os.unlink(target)
            return _failed(file, msg("The photo could not be copied: {reason}", reason=error.strerror or str(error)))
        return FileResult(file=file.id, path=file.path, ok=True, to=target)
    return _failed(file, msg("There are too many files of this name."))


def _failed(file: FileFacts, why: Message) -> FileResult:
    return FileResult(file=file.id, path=file.path, ok=False, why=Text.of(why))


def _file(engine: Engine, file: int) -> FileFacts:
    found = browsing.facts(engine.library.store, [file])
    if not found:
        raise UsageError(msg("The photo is no longer there."))
    return found[0]
