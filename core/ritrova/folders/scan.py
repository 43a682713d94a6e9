"""Walking a folder, and telling from names and stamps alone what differs from what the store knows."""

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from re import compile as compile_pattern
from typing import Protocol

from ritrova.photo import FileStamp

SIDECAR = b".xmp"


@dataclass(slots=True)
class Listing:
    """One directory: its photos and sidecars. `error` says why it could not be read; then both are empty."""

    directory: bytes  # relative to the watched folder; empty for the folder itself
    photos: dict[bytes, FileStamp] = field(default_factory=dict)
    sidecars: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)  # lower-cased name: name, mtime_ns
    error: OSError | None = None

    def sidecar_of(self, name: bytes) -> tuple[bytes, int] | None:
        """The name and mtime_ns of the sidecar of a photo: `a.jpg.xmp`, else `a.xmp`."""
        if not self.sidecars:
            return None
        low = name.lower()
        return self.sidecars.get(low + SIDECAR) or self.sidecars.get(os.path.splitext(low)[0] + SIDECAR)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which names a scan looks at."""

    extensions: frozenset[bytes]  # of photos, lower-case, with the dot
    ignored: Callable[[bytes], bool]

    @classmethod
    def of(cls, extensions: Collection[str], ignored_patterns: Collection[str]) -> "Wanted":
        """Photos by extension, without what matches one of the shell patterns (case counts)."""
        ignored = compile_pattern("|".join(translate(pattern) for pattern in ignored_patterns) or r"(?!)").match
        encoding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
        return cls(
            frozenset(map(os.fsencode, extensions)),
            lambda name: ignored(name.decode(encoding, errors)) is not None,  # os.fsdecode takes twice the time
        )


def walk(
    root: bytes, wanted: Wanted, start: bytes = b"", *, deep: bool = True, ours: tuple[int, int] | None = None
) -> Iterator[Listing]:
    """Every directory at and below `start` (relative to `root`; alone if not `deep`), parents first.

    Symbolic links are not followed: what they lead to is either below `root` anyway or not part of it. A
    directory that was seen under another name (a bind mount) is not entered twice, and that which is `ours`
    (device and inode) not at all. Raises OSError when `start` itself cannot be read.
    """
    if start and os.path.islink(os.path.join(root, start)):
        raise NotADirectoryError(start)
    seen = {ours} if ours else set()
    pending = [start]
    while pending:
        directory = pending.pop()
        listing = Listing(directory)
        try:
            below = _read(root, directory, wanted, listing, seen)
        except OSError as error:
            if directory == start:
                raise
            yield Listing(directory, error=error)
            continue
        if deep:
            pending.extend(below)
        yield listing


def _read(root: bytes, directory: bytes, wanted: Wanted, listing: Listing, seen: set[tuple[int, int]]) -> list[bytes]:
    """Fill `listing`; the directories below, last first."""
    path = os.path.join(root, directory) if directory else root
    own = os.stat(path)
    if (own.st_dev, own.st_ino) in seen:
        return []
    seen.add((own.st_dev, own.st_ino))
    below = []
    with os.scandir(path) as entries:
        for entry in entries:  # of all that indexing does when nothing changed, most is done here
            name = entry.name
            dot = name.rfind(b".")
            extension = name[dot:].lower() if dot > 0 else b""
            photo = extension in wanted.extensions
            if photo or extension == SIDECAR:
                if wanted.ignored(name):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # gone since the directory was read
                kind = stat.S_IFMT(status.st_mode)
                if kind == stat.S_IFDIR:
                    below.append(os.path.join(directory, name))
                elif kind == stat.S_IFLNK:
                    continue
                elif photo:  # also what is no regular file: the reader says why it cannot be read
                    listing.photos[name] = FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
                elif kind == stat.S_IFREG:
                    listing.sidecars[name.lower()] = (name, status.st_mtime_ns)
            elif entry.is_dir(follow_symlinks=False) and not wanted.ignored(name):
                below.append(os.path.join(directory, name))
    below.sort(reverse=True)
    return below


@dataclass(slots=True)
class Difference:
    """What one directory's listing says beside what the store knows of it. Names unless said otherwise."""

    fresh: list[bytes] = field(default_factory=list)  # not known, or known under another stamp
    returned: list[bytes] = field(default_factory=list)  # missing until now, back with the same stamp
    vanished: list[bytes] = field(default_factory=list)  # known, no longer here
    unchanged: list[bytes] = field(default_factory=list)


class Stamped(Protocol):
    """Anything with the fields of a `FileStamp`."""

    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...
    @property
    def inode(self) -> int: ...


def diff(
    now: Mapping[bytes, Stamped], known: Mapping[bytes, Stamped], missing: Collection[bytes], *, stable_inodes: bool
) -> Difference:
    """Compare a directory with the store's memory of it (`missing` names the known files that were gone).

    Size and time tell whether a file is the one we know, as far as that can be told without reading it. Another
    inode under the same size and time is a file put in its place (`mv`, `cp -a`, an editor's safe save): it is
    fresh, save on file systems that number their files anew with every mount (`stable_inodes` is false).
    """
    result = Difference()
    for name, stamp in now.items():
        before = known.get(name)
        if (
            before is None
            or before.mtime_ns != stamp.mtime_ns
            or before.size != stamp.size
            or (stable_inodes and before.inode != stamp.inode)
        ):
            result.fresh.append(name)
        elif name in missing:
            result.returned.append(name)
        else:
            result.unchanged.append(name)
    result.vanished = [name for name in known if name not in now and name not in missing]
    return result
