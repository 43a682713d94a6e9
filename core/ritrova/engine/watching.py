"""The watch over the folders, as the engine keeps it: what it tells becomes small indexing runs."""

import os

from ritrova.engine.indexer import Indexer
from ritrova.engine.outlet import Outlet
from ritrova.folders.states import AWAY, FolderState, Mode
from ritrova.folders.watch import FolderWatch
from ritrova.indexing.incremental import Pending
from ritrova.library import Library
from ritrova.text import msg


class Watching:
    """Watches while the library is ours to write and the settings let photos be found by themselves."""

    def __init__(self, library: Library, indexer: Indexer, outlet: Outlet) -> None:
        self._library = library
        self._outlet = outlet
        self._pending = Pending(indexer.look, self._show)
        self._watch: FolderWatch | None = None
        self._away: frozenset[int] = frozenset()
        indexer.pending = self._pending

    def follow(self) -> None:
        """Watch the folders that there are now: at the start, and after each change of them or of the settings."""
        if self._library.read_only:
            return
        if not self._library.settings.indexing.automatic:
            self.close()
            return
        if self._watch is None:
            self._watch = FolderWatch(self._pending, own=[os.path.realpath(os.fsencode(self._library.paths.root))])
        self._watch.watch(self._library.to_watch())

    @property
    def states(self) -> dict[int, FolderState]:
        """By folder id; empty where nothing is watched."""
        return self._watch.states() if self._watch is not None else {}

    def close(self) -> None:
        watch, self._watch = self._watch, None
        self._away = frozenset()
        if watch is not None:
            watch.close()

    @property
    def away_ids(self) -> list[int]:
        """The folders that are not there now, where they are watched."""
        return sorted(self._away)

    def away(self) -> dict[bytes, FolderState]:
        """The folders that are not there now, by path: their photos cannot be opened."""
        if self._watch is None:
            return {path: AWAY[presence] for path, presence in self._library.folders_away().items()}
        paths, states = self._library.store.watched(), self.states
        return {paths[folder]: states[folder] for folder in self._away if folder in paths and folder in states}

    def _show(self, folder: int, state: FolderState) -> None:
        self._outlet.changed("folders")
        if (folder in self._away) != state.away:  # its photos can be opened, or no longer
            self._away ^= {folder}  # put in place at once: others read it
            self._outlet.changed("photos")
        if state.mode == Mode.VANISHED:
            path = self._library.store.watched().get(folder, b"")
            gone = msg("The folder {folder} is gone, though its disk is there.", folder=os.fsdecode(path))
            self._outlet.notice("warning", gone, state.remedy, "folders")
