"""Watched folders, indexing, and what could not be read."""

from collections.abc import Sequence

from ritrova.engine.replies import FolderState
from ritrova.engine.requests import (
    AddFolder,
    Index,
    Pause,
    RelocateFolder,
    RemoveFolder,
    Resume,
    RetryFailures,
    SetPatterns,
)
from ritrova.text import msg, msg_n
from ritrova_desktop.engine import Engine, OnRefusal
from ritrova_desktop.names import shown
from ritrova_desktop.operations.did import Did, OnDone, ignore


def add_folder(engine: Engine, path: bytes, done: OnDone = ignore, refused: OnRefusal | None = None) -> None:
    """Watch a folder; the engine indexes it as soon as indexing may run."""
    did = Did(what=msg("{folder} is watched now.", folder=shown(path)), undo=(RemoveFolder(path=path),))
    engine.request(AddFolder(path=path), lambda *_: done(did), refused)


def remove_folder(engine: Engine, folder: FolderState, done: OnDone = ignore) -> None:
    """Watch it no longer. The photos stay on the disk, and what was said of them in the library."""
    did = Did(
        what=msg("{folder} is not watched any more.", folder=shown(folder.path)),
        detail=msg("Its photos stay on the disk, untouched."),
        undo=(AddFolder(path=folder.path, include=folder.include, exclude=folder.exclude),),
    )
    engine.request(RemoveFolder(path=folder.path), lambda *_: done(did))


def relocate_folder(engine: Engine, folder: FolderState, to: bytes, done: OnDone = ignore) -> None:
    """Say where it is now. Its photos keep all that was said of them, and are known again by the next indexing."""
    did = Did(what=msg("{folder} is watched now.", folder=shown(to)))
    engine.request(RelocateFolder(path=folder.path, to=to), lambda *_: done(did))


def set_patterns(
    engine: Engine, folder: FolderState, include: Sequence[str], exclude: Sequence[str], done: OnDone = ignore
) -> None:
    """Say which photos of a folder are taken; the folder is walked again at once."""
    did = Did(
        what=msg("The patterns of {folder} were changed.", folder=shown(folder.path)),
        undo=(SetPatterns(path=folder.path, include=folder.include, exclude=folder.exclude),),
    )
    request = SetPatterns(path=folder.path, include=tuple(include), exclude=tuple(exclude))
    engine.request(request, lambda *_: done(did))


def index_now(engine: Engine, *, anyway: bool = False) -> None:
    """`anyway`: now, whatever the power and the hour."""
    engine.request(Index(anyway=anyway))


def pause(engine: Engine) -> None:
    engine.request(Pause())


def resume(engine: Engine, *, anyway: bool = False) -> None:
    engine.request(Resume(anyway=anyway))


def retry(engine: Engine, paths: Sequence[bytes], done: OnDone = ignore) -> None:
    """Try to read some photos again."""
    did = Did(what=msg_n("One photo is tried again.", "{n} photos are tried again.", n=len(paths)))
    engine.request(RetryFailures(paths=tuple(paths)), lambda *_: done(did))


def retry_all(engine: Engine, done: OnDone = ignore) -> None:
    did = Did(what=msg("All of them are tried again."))
    engine.request(RetryFailures(), lambda *_: done(did))
