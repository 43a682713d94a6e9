"""The watched folders, indexing, and what cannot be read."""

import os
from pathlib import Path
from typing import Literal

from ritrova.engine.base import Text
from ritrova.engine.replies import Done, Failures, Folders, FolderState
from ritrova.engine.requests import AddFolder, Index, RelocateFolder, RemoveFolder, Resume, RetryFailures, SetPatterns
from ritrova.engine.state import Ask, Engine
from ritrova.folders.states import AWAY, Mode
from ritrova.folders.states import FolderState as Watched
from ritrova.store.writing import retry
from ritrova.watched import FolderInfo

State = Literal["watched", "polling", "waiting", "offline", "vanished"]
_STATES: dict[Mode, State] = {
    Mode.WATCHING: "watched",
    Mode.POLLING: "polling",
    Mode.OFFLINE: "offline",
    Mode.VANISHED: "vanished",
}


def list_folders(engine: Engine, _ask: Ask) -> Folders:
    states = engine.watching.states
    ids = {path: folder for folder, path in engine.library.store.watched().items()}
    folders = engine.library.folders()
    return Folders(folders=tuple(_state(folder, states.get(ids.get(folder.path, 0))) for folder in folders))


def add_folder(engine: Engine, ask: Ask) -> Folders:
    """Watched at once; indexed as soon as indexing may run."""
    body = ask.body
    assert isinstance(body, AddFolder)
    engine.library.add_folder(_path(body.path), body.include, body.exclude)
    return _changed(engine, ask, index=True)


def remove_folder(engine: Engine, ask: Ask) -> Folders:
    body = ask.body
    assert isinstance(body, RemoveFolder)
    engine.library.remove_folder(_path(body.path))
    engine.library.browser.reload()
    engine.outlet.changed("photos", "failures")
    return _changed(engine, ask, index=False)


def relocate_folder(engine: Engine, ask: Ask) -> Folders:
    """Its photos are known again as soon as indexing may run."""
    body = ask.body
    assert isinstance(body, RelocateFolder)
    engine.library.relocate_folder(_path(body.path), _path(body.to))
    engine.library.browser.reload()
    engine.outlet.changed("photos", "failures")
    return _changed(engine, ask, index=True)


def set_patterns(engine: Engine, ask: Ask) -> Folders:
    body = ask.body
    assert isinstance(body, SetPatterns)
    engine.library.set_patterns(_path(body.path), body.include, body.exclude)
    return _changed(engine, ask, index=True)


def index(engine: Engine, ask: Ask) -> Done:
    body = ask.body
    assert isinstance(body, Index)
    engine.library.check_writable()
    engine.indexer.ask(anyway=body.anyway)
    return Done()


def pause(engine: Engine, _ask: Ask) -> Done:
    engine.library.check_writable()
    engine.indexer.pause()
    _keep_paused(engine, True)
    return Done()


def resume(engine: Engine, ask: Ask) -> Done:
    body = ask.body
    assert isinstance(body, Resume)
    engine.library.check_writable()
    _keep_paused(engine, False)
    engine.indexer.resume(anyway=body.anyway)
    return Done()


def list_failures(engine: Engine, _ask: Ask) -> Failures:
    return Failures(failures=tuple(engine.library.failures()))


def retry_failures(engine: Engine, ask: Ask) -> Done:
    body = ask.body
    assert isinstance(body, RetryFailures)
    engine.library.check_writable()
    retry(engine.library.store, body.paths)
    engine.outlet.changed("failures")
    engine.indexer.ask()
    return Done()


def _state(folder: FolderInfo, watched: Watched | None) -> FolderState:
    """Where nothing is watched, what the disk itself tells."""
    watched = watched or AWAY.get(folder.presence)
    return FolderState(
        path=folder.path,
        photos=folder.photos,
        missing=folder.missing,
        failed=folder.failed,
        state=_STATES[watched.mode] if watched else "waiting",
        why=Text.of(watched.reason) if watched and watched.reason else None,
        remedy=Text.of(watched.remedy) if watched and watched.remedy else None,
        volume=folder.volume,
        include=folder.include,
        exclude=folder.exclude,
    )


def _changed(engine: Engine, ask: Ask, *, index: bool) -> Folders:
    engine.outlet.changed("folders")
    engine.watching.follow()
    if index:
        engine.indexer.ask()
    return list_folders(engine, ask)


def _keep_paused(engine: Engine, paused: bool) -> None:
    """Also over a new start."""
    settings = engine.library.settings.model_copy(deep=True)
    settings.indexing.paused = paused
    engine.library.change_settings(settings)
    engine.outlet.changed("settings")


def _path(raw: bytes) -> Path:
    return Path(os.fsdecode(raw))
