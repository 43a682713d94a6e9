"""What of a watched folder a scan looks at: all of it, or where something has changed."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ritrova.folders.events import Change, Kind


@dataclass(frozen=True, slots=True)
class Scope:
    """Directories, relative to the folder (empty: the folder itself). An empty scope is nothing at all."""

    directories: frozenset[bytes] = frozenset()  # alone, without what lies below
    trees: frozenset[bytes] = frozenset()  # with all that lies below
    left: frozenset[bytes] = frozenset()  # files that are no longer there; perhaps they are found elsewhere

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Self:
        """Where to look for what these changes brought about."""
        directories: set[bytes] = set()
        trees: set[bytes] = set()
        left: set[bytes] = set()
        for change in changes:
            paths = [path for path in (change.path, change.source) if path is not None]
            if change.directory:
                trees.update(paths)
            else:
                directories.update(map(os.path.dirname, paths))
                left.update([change.path] if change.kind == Kind.DELETED else paths[1:])
        return cls(frozenset(directories), frozenset(trees), frozenset(left))

    @classmethod
    def below(cls, subtree: bytes) -> Self:
        """A directory with all that lies below it; empty for all of the folder."""
        return cls(trees=frozenset([subtree]))

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(self.directories | other.directories, self.trees | other.trees, self.left | other.left)

    def covers(self, directory: bytes) -> bool:
        """Whether the files of a directory are looked at."""
        return directory in self.directories or self._in_trees(directory)

    @property
    def starts(self) -> list[tuple[bytes, bool]]:
        """The directories to begin with, and whether to go on below: each part of the scope once."""
        whole = [(tree, True) for tree in sorted(self.trees) if not tree or not self._in_trees(os.path.dirname(tree))]
        return whole + [(one, False) for one in sorted(self.directories) if not self._in_trees(one)]

    def _in_trees(self, directory: bytes) -> bool:
        if b"" in self.trees:
            return True
        while directory:
            if directory in self.trees:
                return True
            directory = os.path.dirname(directory)
        return False
