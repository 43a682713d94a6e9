"""The first stage: walk the watched folders, settle what needs no reading, hand on what does."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from ritrova.errors import FailureKind
from ritrova.folders.scan import Listing, Wanted, diff, walk
from ritrova.indexing.departures import Departures
from ritrova.indexing.scope import Scope
from ritrova.indexing.work import CHANCE, Moved, Scanned, ToRead
from ritrova.photo import FileStamp, FileState
from ritrova.store.records import Broken, FailureRecord, Noted, Outcome, Place, Sidecar, StoredFile
from ritrova.store.store import Store

PAGE = 1000
ATTEMPTS = 2
"""A photo that hung or crashed its decoder is tried once more, alone; in a later run where this one was killed."""

SidecarReader = Callable[[tuple[bytes, int] | None], Sidecar]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolder:
    """A watched folder whose volume is here."""

    id: int
    path: bytes  # absolute
    stable_inodes: bool
    wanted: Wanted  # which names the scan looks at
    scope: Scope | None = None  # what of it the scan looks at; None: all
    gone: bool = False  # its volume is here, and it is not
    ours: tuple[int, int] | None = None  # device and inode of the library, which is no part of it


class Scanner:
    """Walks one folder beside what the store knows of it."""

    def __init__(
        self, store: Store, model_id: int, decoder: str, read_sidecar: SidecarReader, departures: Departures
    ) -> None:
        self._store = store
        self._model_id = model_id
        self._decoder = decoder
        self._read_sidecar = read_sidecar
        self._departures = departures

    def scan(self, folder: WatchedFolder, read: Callable[[ToRead], None], settle: Callable[[Scanned], None]) -> None:
        """Hand every file to be read to `read` and the rest to `settle`: by directory, where there is much to do.

        Of a folder with a scope, only what is in it is looked at, and nothing is said of the rest.

        Raises OSError when the folder itself cannot be read; then nothing was handed on.
        """
        if folder.scope == Scope():
            return
        closed = {
            absolute_name(place): place
            for place in self._store.unreadable_directories(folder.id)
            if folder.scope is None or folder.scope.covers(absolute_name(place))
        }
        if folder.gone:
            self._settle_vanished_directories(folder, set(), [], settle)
            settle(Scanned(readable=list(closed.values())))
            return
        visited: set[bytes] = set()
        unreadable: list[bytes] = []
        quiet = Scanned()  # all directories in which there is nothing to do, which are mostly all
        for listing in listings(folder):
            if listing.error is not None:
                unreadable.append(listing.directory)
                settle(Scanned(noted=[self._broken_directory(folder, listing.directory, listing.error)]))
                continue
            visited.add(listing.directory)
            result = self._compare(folder, listing, read)
            if listing.directory in closed:
                result.readable.append(closed.pop(listing.directory))
            if result.calls_for_writing:
                settle(result)
            else:
                quiet.unchanged += result.unchanged
        settle(quiet)
        self._settle_vanished_directories(folder, visited, unreadable, settle)
        settle(Scanned(readable=[place for name, place in closed.items() if name not in unreadable]))
        if folder.scope is None:
            self._read_unembedded(folder, read)

    def _compare(self, folder: WatchedFolder, listing: Listing, read: Callable[[ToRead], None]) -> Scanned:
        known = self._store.files_in(folder.id, listing.directory)
        missing, failed = names_by_state(known, FileState.MISSING, FileState.FAILED)
        difference = diff(listing.photos, known, missing, stable_inodes=folder.stable_inodes)
        result = Scanned()
        arrived = self._arrived(folder, listing, [name for name in difference.fresh if name not in known])
        result.moved = [
            Moved(file.id, Place(folder.id, listing.directory, name), listing.photos[name])
            for name, file in arrived.items()
        ]
        failing = [name for name in difference.unchanged if name in failed]
        again = self._to_retry(folder, listing) if failing else {}
        for name in (
            *(name for name in difference.fresh if name not in arrived),
            *(name for name in difference.returned if known[name].content_id is None),
            *(name for name in failing if name in again),
        ):
            alone = again.get(name, False)
            read(self._to_read(folder, listing, name, listing.photos[name], known.get(name), alone=alone))
        result.returned = [known[name].id for name in difference.returned if known[name].content_id is not None]
        result.unchanged = len(difference.unchanged) - len(failing)
        result.noted = self._changed_sidecars(folder, listing, known | arrived, [*difference.unchanged, *arrived])
        for name in difference.vanished:
            result.vanished.append((known[name].id, Place(folder.id, listing.directory, name)))
        return result

    def _arrived(self, folder: WatchedFolder, listing: Listing, names: list[bytes]) -> dict[bytes, StoredFile]:
        """The files that were elsewhere until now, as the store knows them, by their new names."""
        if not names or not folder.stable_inodes:
            return {}
        found = {name: self._departures.claim(name, listing.photos[name]) for name in names}
        return {name: file for name, file in found.items() if file is not None}

    def _changed_sidecars(
        self, folder: WatchedFolder, listing: Listing, known: dict[bytes, StoredFile], unchanged: list[bytes]
    ) -> list[Outcome]:
        """What the sidecars say that came, changed or went while their photos stayed as they were."""
        if not listing.sidecars and all(file.sidecar_mtime_ns is None for file in known.values()):
            return []
        differing = [name for name in unchanged if has_other_sidecar(known[name], listing.sidecar_of(name))]
        if not differing:
            return []
        with self._store.beside:  # some may be our own, written since the directory was read: look once more
            with suppress(OSError):
                listing = next(walk(folder.path, folder.wanted, listing.directory, deep=False))
            known = known | self._store.files_in(folder.id, listing.directory)
            return [
                Noted(file_id=known[name].id, sidecar=self._read_sidecar(beside(folder, listing, sidecar)))
                for name in differing
                if has_other_sidecar(known[name], sidecar := listing.sidecar_of(name))
            ]

    def _to_retry(self, folder: WatchedFolder, listing: Listing) -> dict[bytes, bool]:
        """The failed files that deserve another try though they have not changed, and whether they get it alone."""
        failures = self._store.failures_in(folder.id, listing.directory)
        worth = {name: failure for name, failure in failures.items() if worth_another_try(failure, self._decoder)}
        return {name: failure.kind in CHANCE for name, failure in worth.items()}

    def _to_read(
        self,
        folder: WatchedFolder,
        listing: Listing,
        name: bytes,
        stamp: FileStamp,
        known: StoredFile | None,
        *,
        alone: bool,
    ) -> ToRead:
        return ToRead(
            place=Place(folder.id, listing.directory, name),
            path=os.path.join(folder.path, listing.directory, name),
            stamp=stamp,
            known=known,
            sidecar=beside(folder, listing, listing.sidecar_of(name)),
            alone=alone,
        )

    def _broken_directory(self, folder: WatchedFolder, directory: bytes, error: OSError) -> Broken:
        parent, name = os.path.split(directory)
        reason = error.strerror or type(error).__name__
        place = Place(folder.id, parent, name)
        return Broken(place=place, stamp=None, kind=FailureKind.UNREADABLE, reason=reason, decoder=self._decoder)

    def _settle_vanished_directories(
        self,
        folder: WatchedFolder,
        visited: set[bytes],
        unreadable: list[bytes],
        settle: Callable[[Scanned], None],
    ) -> None:
        """Directories that the store knows and the walk did not meet are gone, unless they lie behind a closed one."""
        for directory in known_directories(self._store, folder):
            if directory in visited or any(is_below(directory, closed) for closed in unreadable):
                continue
            known = self._store.files_in(folder.id, directory)
            settle(
                Scanned(
                    vanished=[
                        (file.id, Place(folder.id, directory, name))
                        for name, file in known.items()
                        if file.state != FileState.MISSING
                    ]
                )
            )

    def _read_unembedded(self, folder: WatchedFolder, read: Callable[[ToRead], None]) -> None:
        """Photos that the store knows and this model has not seen: the model is new here."""
        if self._store.all_embedded(self._model_id):
            return
        after = 0
        while page := self._store.unembedded(self._model_id, folder.id, after, PAGE):
            for directory, name, file in page:
                place = Place(folder.id, directory, name)
                path = os.path.join(folder.path, directory, name)
                read(ToRead(place=place, path=path, stamp=file.stamp, known=file, sidecar=None, only_embed=True))
                after = file.content_id or after


def listings(folder: WatchedFolder) -> Iterator[Listing]:
    """The directories that a scan looks at, without those of its scope that are gone. Raises OSError as `walk` does."""
    if folder.scope is None:
        yield from walk(folder.path, folder.wanted, ours=folder.ours)
        return
    os.stat(os.path.join(folder.path, b""))  # with the folder itself gone, all in it would seem to be
    for start, deep in folder.scope.starts:
        try:
            yield from walk(folder.path, folder.wanted, start, deep=deep, ours=folder.ours)
        except (FileNotFoundError, NotADirectoryError):
            if not start:
                raise
        except OSError as error:
            if not start:
                raise
            yield Listing(start, error=error)


def known_directories(store: Store, folder: WatchedFolder) -> Iterable[bytes]:
    """The directories in which the store knows a file, as far as the scan looks."""
    scope = folder.scope
    if scope is None:
        return store.directories(folder.id)
    if not scope.trees:
        return scope.directories
    return [directory for directory in {*store.directories(folder.id), *scope.directories} if scope.covers(directory)]


def names_by_state(known: dict[bytes, StoredFile], *states: FileState) -> tuple[set[bytes], ...]:
    """The names of the files in each of these states; in most directories there are none."""
    present = {file.state for file in known.values()}
    return tuple(
        {name for name, file in known.items() if file.state == state} if state in present else set() for state in states
    )


def worth_another_try(failure: FailureRecord, decoder: str) -> bool:
    """Permissions may have changed and crashes may be chance; a corrupt file waits for another decoder."""
    if failure.decoder != decoder or failure.kind == FailureKind.UNREADABLE:
        return True
    return failure.kind in CHANCE and failure.attempts < ATTEMPTS


def is_still(item: ToRead) -> bool:
    """Whether a file is as the scan saw it; one that is gone is for its reader to find."""
    try:
        status = os.lstat(item.path)
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) == (item.stamp.size, item.stamp.mtime_ns)


def absolute_name(place: Place) -> bytes:
    """A directory's path relative to its watched folder."""
    return os.path.join(place.directory, place.name)


def has_other_sidecar(file: StoredFile, sidecar: tuple[bytes, int] | None) -> bool:
    """Whether the sidecar (name and mtime_ns) is not the one that was read, or there is none any more."""
    return file.state != FileState.FAILED and (sidecar[1] if sidecar else None) != file.sidecar_mtime_ns


def beside(folder: WatchedFolder, listing: Listing, sidecar: tuple[bytes, int] | None) -> tuple[bytes, int] | None:
    """A sidecar's absolute path and time."""
    return (os.path.join(folder.path, listing.directory, sidecar[0]), sidecar[1]) if sidecar else None


def is_below(directory: bytes, parent: bytes) -> bool:
    """Whether a relative directory is `parent` or lies below it."""
    return directory == parent or directory.startswith(parent + os.fsencode(os.sep))
