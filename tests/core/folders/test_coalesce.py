"""Whatever happens to a folder, the few changes that are told lead to where the many events lead."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from ritrova.folders.coalesce import Coalescer, coalesce
from ritrova.folders.events import Change, Event, Kind, scanned, seen_through
from ritrova.folders.scan import Wanted
from ritrova.settings import FolderSettings

Tree = dict[bytes, int | None]
"""Paths to the bytes of files (here numbers, each of them given once); None for folders."""

_DEPARTURES = (Kind.MOVED, Kind.DELETED)
NAMES = (b"a", b"b", b"c")


def below(tree: Tree, path: bytes) -> list[bytes]:
    """A path and all in it."""
    return sorted(other for other in tree if other == path or other.startswith(path + b"/"))


def taken(tree: Tree, path: bytes) -> Tree:
    """Cut out what lies at a path; its paths are relative to it."""
    return {other[len(path) :]: tree.pop(other) for other in below(tree, path)}


@dataclass
class Disk:
    """A folder to which things happen, and the events that tell of them."""

    tree: Tree
    events: list[Event] = field(default_factory=list)
    fresh: "count[int]" = field(default_factory=lambda: count(1000))

    def do(self, kind: Kind, path: bytes, source: bytes, *, directory: bool) -> None:
        """What can be done of this; nothing where it cannot."""
        match kind:
            case Kind.CREATED if path not in self.tree and self.is_folder(os.path.dirname(path)):
                self.tree[path] = None if directory else next(self.fresh)
                self.events.append(Event(kind, path, directory))
            case Kind.MODIFIED if self.tree.get(path) is not None:
                self.tree[path] = next(self.fresh)
                self.events.append(Event(kind, path))
            case Kind.DELETED if path in self.tree:
                for gone in sorted(below(self.tree, path), reverse=True):  # as `rm -r` does
                    self.events.append(Event(kind, gone, self.tree.pop(gone) is None))
            case Kind.MOVED if source in self.tree:
                self.move(source, path)

    def move(self, source: bytes, path: bytes) -> None:
        moved, there = self.tree[source], self.tree.get(path, -1)
        if not self.is_folder(os.path.dirname(path)) or (path + b"/").startswith(source + b"/"):
            return
        if path in self.tree and ((moved is None) != (there is None) or len(below(self.tree, path)) > 1):
            return  # what `rename` refuses
        self.tree.pop(path, None)
        self.tree.update({path + rest: content for rest, content in taken(self.tree, source).items()})
        self.events.append(Event(Kind.MOVED, path, moved is None, source))

    def is_folder(self, path: bytes) -> bool:
        return not path or self.tree.get(path, -1) is None


def applied(old: Tree, changes: Sequence[Change], disk: Tree) -> tuple[Tree, set[bytes]]:
    """The old tree with the changes, which hold at once, and the files that had to be read from the disk for it."""
    tree, read = dict(old), set()
    departures = [(change.source or change.path, change) for change in changes if change.kind in _DEPARTURES]
    cut = {}
    for place, change in sorted(departures, key=lambda departure: -depth(departure[0])):
        part = taken(tree, place)
        if change.kind == Kind.MOVED:
            assert part, f"nothing to move: {change}"
            cut[change.path] = part
    order = [Kind.MOVED, Kind.CREATED, Kind.MODIFIED]
    arrivals = [change for change in changes if change.kind != Kind.DELETED]
    for change in sorted(arrivals, key=lambda change: (depth(change.path), order.index(change.kind))):
        taken(tree, change.path)
        if change.kind == Kind.MOVED:
            tree.update({change.path + rest: content for rest, content in cut[change.path].items()})
            continue
        created = below(disk, change.path)
        moved = {path for other in cut if other in created[1:] for path in below(disk, other)}
        for path in created:
            if path not in moved:
                tree[path] = disk[path]
                if disk[path] is not None:
                    read.add(path)
    return tree, read


def depth(path: bytes) -> int:
    return path.count(b"/")


paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(b"/".join)
steps = st.lists(st.tuples(st.sampled_from(Kind), paths, paths, st.booleans()), max_size=25)


def made(steps: Sequence[tuple[Kind, bytes, bytes, bool]], tree: Tree) -> Disk:
    disk = Disk(tree)
    for kind, path, source, directory in steps:
        disk.do(kind, path, source, directory=directory)
    return disk


def old_tree(steps: Sequence[tuple[Kind, bytes, bytes, bool]]) -> Tree:
    """Any tree: what is left after some steps from an empty one."""
    tree = made(steps, {}).tree
    return {path: None if content is None else number for number, (path, content) in enumerate(tree.items())}


@settings(max_examples=400, deadline=None)
@given(before=steps, during=steps)
def test_the_changes_lead_to_where_the_events_lead_and_nothing_is_read_in_vain(
    before: list[tuple[Kind, bytes, bytes, bool]], during: list[tuple[Kind, bytes, bytes, bool]]
) -> None:
    old = old_tree(before)
    disk = made(during, dict(old))
    changes = coalesce(disk.events)
    tree, read = applied(old, changes, disk.tree)
    assert tree == disk.tree
    known = set(old.values())
    assert read == {path for path, content in disk.tree.items() if content is not None and content not in known}
    assert len({(change.kind, change.path) for change in changes}) == len(changes) <= len(disk.events) * 2


@settings(max_examples=100, deadline=None)
@given(before=steps, during=steps, seed=st.randoms(use_true_random=False))
def test_events_that_are_told_twice_change_nothing_but_what_is_read(
    before: list[tuple[Kind, bytes, bytes, bool]], during: list[tuple[Kind, bytes, bytes, bool]], seed: object
) -> None:
    old = old_tree(before)
    disk = made(during, dict(old))
    twice = [event for event in disk.events for _ in range(1 if event.kind == Kind.MOVED else 2)]
    assert applied(old, coalesce(twice), disk.tree)[0] == disk.tree


# What programs do, each as its events


def created(path: str) -> list[Event]:
    return [Event(Kind.CREATED, path.encode()), Event(Kind.MODIFIED, path.encode())]


def moved(source: str, path: str, *, directory: bool = False) -> Event:
    return Event(Kind.MOVED, path.encode(), directory, source.encode())


def deleted(path: str) -> Event:
    return Event(Kind.DELETED, path.encode())


def modified(path: str) -> Change:
    return Change(Kind.MODIFIED, path.encode())


def test_a_safe_save_is_an_edit() -> None:
    assert coalesce([*created("t.tmp"), moved("t.tmp", "a.jpg")]) == [modified("a.jpg")]


def test_a_save_that_keeps_the_old_one_aside_and_then_drops_it_is_an_edit() -> None:
    events = [moved("a.jpg", "a.jpg~"), *created("a.jpg"), deleted("a.jpg~")]
    assert modified("a.jpg") in coalesce(events)
    assert {change.path for change in coalesce(events)} <= {b"a.jpg", b"a.jpg~"}  # an older one may have been there


def test_a_save_that_keeps_a_backup_is_seen_as_an_edit_by_who_looks_at_photos_alone() -> None:
    wanted = scanned(Wanted.of({".jpg"}, FolderSettings().ignored_names))
    events = seen_through(iter([moved("a.jpg", "a.jpg~"), *created("a.jpg")]), wanted)
    assert coalesce(events) == [modified("a.jpg")]


def test_a_file_that_came_and_went_is_not_worth_a_word() -> None:
    assert coalesce([*created("a.jpg"), deleted("a.jpg")]) == []


def test_a_renamed_folder_is_one_change_whatever_lies_in_it() -> None:
    events = [moved("mare", "estate", directory=True)]
    events += [moved(f"mare/{n}.jpg", f"estate/{n}.jpg") for n in range(100)]  # as some systems tell it
    assert coalesce(events) == [Change(Kind.MOVED, b"estate", True, b"mare")]


def test_a_folder_moved_out_and_in_again_stays() -> None:
    events = [moved("mare", "altro/mare", directory=True), moved("altro/mare", "mare", directory=True)]
    assert {change.path for change in coalesce(events)} <= {b"altro/mare"}  # something may have been there


def test_an_import_into_a_new_folder_is_one_change() -> None:
    events = [Event(Kind.CREATED, b"DCIM", True)]
    events += [event for n in range(2000) for event in created(f"DCIM/{n}.jpg")]
    assert coalesce(events) == [Change(Kind.CREATED, b"DCIM", True)]


def test_two_names_that_change_places_stay_what_they_are() -> None:
    events = [moved("a.jpg", "t.jpg"), moved("b.jpg", "a.jpg"), moved("t.jpg", "b.jpg")]
    changes = [change for change in coalesce(events) if change.path != b"t.jpg"]  # something may have been there
    assert {(change.source, change.path) for change in changes} == {(b"a.jpg", b"b.jpg"), (b"b.jpg", b"a.jpg")}


def test_writing_to_one_file_for_ever_takes_no_more_memory() -> None:
    coalescer = Coalescer()
    for _ in range(50_000):
        coalescer.add(Event(Kind.MODIFIED, b"mare/a.jpg"))
    assert coalescer.size == 2
    assert coalescer.changes() == [modified("mare/a.jpg")]


def test_who_looks_at_photos_alone_sees_arrivals_and_departures() -> None:
    wanted = scanned(Wanted.of({".jpg"}, FolderSettings().ignored_names))
    events = [
        *created("a.txt"),
        moved("a.jpg", ".Trash-0/a.jpg"),
        moved("b.part", "b.jpg"),
        moved("c.jpg", "d.jpg"),
        *created("@eaDir/x.jpg"),
        Event(Kind.CREATED, b".thumbnails", True),
    ]
    assert list(seen_through(iter(events), wanted)) == [
        deleted("a.jpg"),
        Event(Kind.CREATED, b"b.jpg"),
        moved("c.jpg", "d.jpg"),
    ]
