"""Many events, few changes: a pure function.

The folder as it was is not known here and need not be. What the events touch is followed in a sparse tree whose
nodes remember where they come from (`origin`, a path in the folder as it was); what they do not touch is where its
parent is. In the end, a node that is not where its origin says has moved, one without origin is new, and an origin
that no node has any more is gone.
"""

import os
from collections.abc import Iterable, Iterator

from ritrova.folders.events import Change, Event, Kind

_SEPARATOR = os.fsencode(os.sep)


def coalesce(events: Iterable[Event]) -> list[Change]:
    """What became of the folder over these events, as changes that hold at once (see `Change`)."""
    coalescer = Coalescer()
    for event in events:
        coalescer.add(event)
    return coalescer.changes()


class _Node:
    """A file or folder that events touched, or that lies above one."""

    __slots__ = ("children", "directory", "modified", "origin")

    def __init__(self, origin: bytes | None, *, directory: bool) -> None:
        self.origin = origin  # where it was at first; None: it was not there
        self.directory = directory
        self.modified = False
        self.children: dict[bytes, _Node | None] = {}  # None: known not to be there (any more)


class Coalescer:
    """`coalesce`, fed event by event. `size` tells how much it remembers."""

    def __init__(self) -> None:
        self._root = _Node(b"", directory=True)
        self._gone: dict[bytes, bool] = {}  # origins of what is there no more, and whether they were folders
        self.size = 0  # nodes

    def add(self, event: Event) -> None:
        match event.kind:
            case Kind.CREATED:
                self._create(event.path, directory=event.directory)
            case Kind.MODIFIED if not event.directory:
                self._modify(event.path)
            case Kind.DELETED:
                self._delete(event.path, directory=event.directory)
            case Kind.MOVED if event.source is not None:
                self._move(event.source, event.path, directory=event.directory)

    def changes(self) -> list[Change]:
        """What came of all events so far."""
        living = list(self._living(self._root, b"", b""))
        kept = {node.origin for _, node, _ in living}
        replaced = {before for _, _, before in living}
        changes = [
            Change(Kind.DELETED, origin, directory)
            for origin, directory in self._gone.items()
            if origin not in replaced and not self._goes_with_its_folder(origin, kept)
        ]
        for path, node, before in living:
            if node.origin != before:
                changes.append(self._arrived(path, node, before))
            if node.modified:
                changes.append(Change(Kind.MODIFIED, path))
        return changes

    # Events

    def _create(self, path: bytes, *, directory: bool) -> None:
        parent, name = self._parent(path)
        there = parent.children.get(name)
        if there is not None and there.directory == directory and (directory or there.origin is None):
            return  # told twice: it is new already, or a folder that is known to be there
        self._discard(there)
        parent.children[name] = self._new(None, directory=directory)

    def _modify(self, path: bytes) -> None:
        parent, name = self._parent(path)
        node = self._child(parent, name, directory=False)
        if node is None:  # its beginning was not told
            parent.children[name] = self._new(None, directory=False)
        elif node.origin is not None:
            node.modified = True

    def _delete(self, path: bytes, *, directory: bool) -> None:
        node = self._take(path, directory=directory)
        if node is not None:
            self._discard(node)

    def _move(self, source: bytes, path: bytes, *, directory: bool) -> None:
        node = self._take(source, directory=directory)
        parent, name = self._parent(path)
        there = self._child(parent, name, directory=directory)
        if node is not None:
            self._discard(there)
            parent.children[name] = node
        elif there is None:  # else it went with its folder
            parent.children[name] = self._new(None, directory=directory)

    # The tree

    def _take(self, path: bytes, *, directory: bool) -> _Node | None:
        """Take what is at a path away from there; None where nothing can be."""
        *above, name = path.split(_SEPARATOR)
        parent = self._root
        for part in above:
            folder = self._child(parent, part, directory=True)
            if folder is None:
                return None
            parent = folder
        node = self._child(parent, name, directory=directory)
        parent.children[name] = None
        return node

    def _parent(self, path: bytes) -> tuple[_Node, bytes]:
        """The folder of a path, as it is now, and the name in it."""
        *above, name = path.split(_SEPARATOR)
        node = self._root
        for part in above:
            child = self._child(node, part, directory=True)
            if child is None:
                child = self._new(None, directory=True)
                node.children[part] = child
            node = child
        return node, name

    def _child(self, parent: _Node, name: bytes, *, directory: bool) -> _Node | None:
        """What is at a name, remembered from now on; None where nothing can be."""
        if name not in parent.children and parent.origin is not None:
            parent.children[name] = self._new(_join(parent.origin, name), directory=directory)
        return parent.children.get(name)

    def _discard(self, node: _Node | None) -> None:
        if node is None:
            return
        if node.origin is not None:
            self._gone[node.origin] = node.directory
        for child in node.children.values():
            self._discard(child)

    def _new(self, origin: bytes | None, *, directory: bool) -> _Node:
        self.size += 1
        return _Node(origin, directory=directory)

    # What came of it

    def _living(self, node: _Node, path: bytes, origin: bytes | None) -> Iterator[tuple[bytes, _Node, bytes | None]]:
        """All nodes below `node`: path, node, and the origin of what would be there if only its parent had moved."""
        for name, child in node.children.items():
            if child is not None:
                place = _join(path, name)
                yield place, child, None if origin is None else _join(origin, name)
                yield from self._living(child, place, child.origin)

    def _arrived(self, path: bytes, node: _Node, before: bytes | None) -> Change:
        """What brought a node to where it is not because its parent is."""
        if node.origin is not None:
            return Change(Kind.MOVED, path, node.directory, node.origin)
        rewritten = before is not None and self._gone.get(before) is False and not node.directory
        return Change(Kind.MODIFIED if rewritten else Kind.CREATED, path, node.directory)

    def _goes_with_its_folder(self, origin: bytes, kept: set[bytes | None]) -> bool:
        """Whether the nearest folder above that events tell of is gone too."""
        above = os.path.dirname(origin)
        while above and above not in kept:
            if above in self._gone:
                return True
            above = os.path.dirname(above)
        return False


def _join(directory: bytes, name: bytes) -> bytes:
    return os.path.join(directory, name) if directory else name
