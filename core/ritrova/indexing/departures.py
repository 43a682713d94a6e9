"""Files that are no longer where they were, so that they are known again elsewhere without being read.

A file keeps its inode, size and time when it, or a folder above it, is renamed or moved on one disk. An inode is given
again once its file is deleted. That a new file gets the inode, the size and, to the nanosecond, the time of an old one
is out of the question; where times are whole seconds, the name has to agree too. What is not known again in this way
is read, and its hash decides.
"""

import os
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ritrova.photo import FileStamp, FileState
from ritrova.store.records import StoredFile
from ritrova.store.store import Store

if TYPE_CHECKING:
    from ritrova.indexing.scanning import WatchedFolder

_SECOND_NS = 10**9


class Departures:
    """Of all folders whose volume is here, scanned or not. Nothing is looked up until the first file is asked for."""

    def __init__(self, store: Store, folders: Sequence["WatchedFolder"], take: Callable[[int], bool]) -> None:
        """`take` claims a row for whoever asks first."""
        self._store = store
        self._folders = folders
        self._take = take
        self._gone: dict[tuple[int, int, int], list[tuple[bytes, StoredFile]]] | None = None

    def claim(self, name: bytes, stamp: FileStamp) -> StoredFile | None:
        """The file that came to lie here under this name, as the store knows it; None where that is not certain."""
        if self._gone is None:
            self._gone = {}
            self._find()
        for old_name, file in self._gone.get((stamp.inode, stamp.size, stamp.mtime_ns), ()):
            if (old_name == name or stamp.mtime_ns % _SECOND_NS) and self._take(file.id):
                return file
        return None

    def _find(self) -> None:
        directories_came = any(folder.scope is None or folder.scope.trees for folder in self._folders)
        for folder in self._folders:
            if not folder.stable_inodes or not (folder.gone or os.path.isdir(folder.path)):
                continue
            if directories_came:  # else no directory went
                self._find_directories(folder)
            if folder.scope is not None:
                self._find_files(folder, sorted(folder.scope.left, key=os.path.dirname))

    def _find_directories(self, folder: "WatchedFolder") -> None:
        for directory in self._store.directories(folder.id):
            if folder.gone or not os.path.isdir(os.path.join(folder.path, directory)):
                for name, file in self._store.files_in(folder.id, directory).items():
                    self._note(name, file)

    def _find_files(self, folder: "WatchedFolder", paths: Sequence[bytes]) -> None:
        for directory, here in groupby(paths, os.path.dirname):
            known = self._store.files_in(folder.id, directory)
            for path in here:
                file = known.get(os.path.basename(path))
                if file is not None and not os.path.lexists(os.path.join(folder.path, path)):
                    self._note(os.path.basename(path), file)

    def _note(self, name: bytes, file: StoredFile) -> None:
        if file.state == FileState.PRESENT and file.content_id is not None and self._gone is not None:
            self._gone.setdefault((file.inode, file.size, file.mtime_ns), []).append((name, file))
