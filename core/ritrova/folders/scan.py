"""Walking a folder, and telling from names and stamps alone what differs from what the store knows."""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from re import compile as compile_pattern

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

    extensions: frozenset[str]  # of photos, lower-case, with the dot
    ignored: Callable[[str], bool]

    @classmethod
    def of(cls, extensions: Collection[str], ignored_patterns: Collection[str]) -> "Wanted":
        """Photos by extension, without what matches one of the shell patterns (case counts)."""
        ignored = compile_pattern("|".join(translate(pattern) for pattern in ignored_patterns) or r"(?!)")
        return cls(frozenset(extensions), lambda name: ignored.match(name) is not None)


def walk(root: bytes, wanted: Wanted) -> Iterator[Listing]:
    """Every directory at and below `root`, parents first.

    Symbolic links are not followed: what they lead to is either below `root` anyway or not part of it. A
    directory that was seen under another name (a bind mount) is not entered twice. Raises OSError when `root`
    itself cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    pending = [b""]
    while pending:
        directory = pending.pop()
        listing = Listing(directory)
        try:
            below = _read(root, directory, wanted, listing, seen)
        except OSError as error:
            if not directory:
                raise
            yield Listing(directory, error=error)
            continue
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
        for entry in entries:
            name = entry.name
            extension = os.path.splitext(name)[1].lower()
            photo = extension.decode("ascii", "replace") in wanted.extensions
            if photo or extension == SIDECAR:
                if wanted.ignored(os.fsdecode(name)):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # gone since the directory was read
                if stat.S_ISDIR(status.st_mode):
                    below.append(os.path.join(directory, name))
                elif stat.S_ISLNK(status.st_mode):
                    continue
                elif photo:  # also what is no regular file: the reader says why it cannot be read
                    listing.photos[name] = FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
                elif stat.S_ISREG(status.st_mode):
                    listing.sidecars[name.lower()] = (name, status.st_mtime_ns)
            elif entry.is_dir(follow_symlinks=False) and not wanted.ignored(os.fsdecode(name)):
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


def same(known: FileStamp, now: FileStamp, *, stable_inodes: bool) -> bool:
    """Whether the file is the one we know, as far as that can be told without reading it.

    Another inode under the same size and time is a file put in its place (`mv`, `cp -a`, an editor's safe
    save): it is read again, save on file systems that number their files anew with every mount.
    """
    return known.size == now.size and known.mtime_ns == now.mtime_ns and (not stable_inodes or known.inode == now.inode)


def diff(
    now: Mapping[bytes, FileStamp], known: Mapping[bytes, FileStamp], missing: Collection[bytes], *, stable_inodes: bool
) -> Difference:
    """Compare a directory with the store's memory of it (`missing` names the known files that were gone)."""
    result = Difference()
    for name, stamp in now.items():
        before = known.get(name)
        if before is None or not same(before, stamp, stable_inodes=stable_inodes):
            result.fresh.append(name)
        elif name in missing:
            result.returned.append(name)
        else:
            result.unchanged.append(name)
    result.vanished = [name for name in known if name not in now and name not in missing]
    return result
