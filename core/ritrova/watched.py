"""The watched folders: added, removed, listed, and found again where their disk is mounted elsewhere."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path
from re import compile as compile_pattern

from ritrova.errors import UsageError
from ritrova.folders.scan import Wanted
from ritrova.folders.states import FolderToWatch
from ritrova.folders.volumes import Presence, locate, volume_of
from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova.indexing.scanning import WatchedFolder
from ritrova.indexing.scope import Scope
from ritrova.store.records import FolderRecord, absolute
from ritrova.store.store import Store
from ritrova.text import msg


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """A watched folder, for people."""

    path: bytes  # absolute
    photos: int
    missing: int
    failed: int
    presence: Presence
    volume: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def online(self) -> bool:
        return self.presence == Presence.HERE

    @property
    def forgettable(self) -> int:
        """Photos that are gone while their folder is there: those of a folder that is away may come back with it."""
        return self.missing if self.online else 0


class WatchedFolders:
    """The folders of one library."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own = os.path.realpath(os.path.dirname(os.fsencode(store.path)))  # what we write there is no photo

    def add(self, path: Path, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Raises UsageError where there is no such folder, or where it overlaps one that is watched."""
        added = self._store.add_folder(*_on_its_volume(self._to_watch(path)))
        if include or exclude:
            self._store.set_patterns(added, include, exclude)

    def relocate(self, path: Path, to: Path) -> None:
        """Raises UsageError where it is not watched, and for `to` as `add` does."""
        folder = self._find(path)
        self._store.relocate_folder(folder.id, *_on_its_volume(self._to_watch(to, but=folder.id)))

    def remove(self, path: Path) -> None:
        """Raises UsageError where it is not watched."""
        self._store.remove_folder(self._find(path).id)

    def set_patterns(self, path: Path, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Raises UsageError where it is not watched."""
        self._store.set_patterns(self._find(path).id, include, exclude)

    def all(self) -> list[FolderInfo]:
        """In the order of their adding."""
        return [
            FolderInfo(
                path=folder.absolute,
                photos=folder.present,
                missing=folder.missing,
                failed=folder.failed,
                presence=_presence_of(folder),
                volume=folder.label,
                include=folder.include,
                exclude=folder.exclude,
            )
            for folder in self._store.folders()
        ]

    def away(self) -> dict[bytes, Presence]:
        """The folders that are not where they were, by absolute path. Asks the disks, and counts no photos."""
        found = {absolute(point, path): _presence(volume, point, path) for volume, point, path in self._store.places()}
        return {path: presence for path, presence in found.items() if presence is not Presence.HERE}

    def ids_here(self) -> list[int]:
        """The folders that are where they were."""
        return [folder.id for folder in self._store.folders() if _presence_of(folder) is Presence.HERE]

    def here(
        self, ignored: Collection[str], only: Mapping[int, Scope] | None = None
    ) -> tuple[list[WatchedFolder], list[bytes]]:
        """The folders whose volume is here, to be looked at all or `only` so far, and the paths of the others.

        Also those that are gone from their volume: their photos are gone, too.
        """
        own = os.stat(self._own)
        here: list[WatchedFolder] = []
        offline: list[bytes] = []
        for folder in self._store.folders():
            where = locate(folder.volume, folder.mount_point, folder.path)
            if where.mount_point is None:
                offline.append(folder.absolute)
                continue
            if where.mount_point != folder.mount_point:
                self._store.move_volume(folder.volume, where.mount_point)
            wanted = _wanted(ignored, folder.include, folder.exclude)
            scope = None if only is None else only.get(folder.id, Scope())
            here.append(
                WatchedFolder(
                    id=folder.id,
                    path=where.path or absolute(where.mount_point, folder.path),
                    stable_inodes=volume_of(where.path or where.mount_point).stable_inodes,
                    wanted=wanted,
                    scope=scope,
                    gone=where.path is None,
                    ours=(own.st_dev, own.st_ino),
                )
            )
        return here, offline

    def to_watch(self, ignored: Sequence[str]) -> "list[FolderToWatch]":
        """All folders, for who watches them."""
        return [
            FolderToWatch(
                id=folder.id,
                volume=folder.volume,
                mount_point=folder.mount_point,
                path=folder.path,
                wanted=_wanted(ignored, folder.include, folder.exclude),
                patterns=(tuple(ignored), folder.include, folder.exclude),
            )
            for folder in self._store.folders()
        ]

    def _to_watch(self, path: Path, but: int | None = None) -> bytes:
        """The real path of a folder that may be watched; it may overlap the folder `but`. Raises UsageError."""
        if not path.is_dir():
            raise UsageError(msg("There is no such folder."), None, os.fsencode(path))
        real = os.path.realpath(os.fsencode(path))
        if real == self._own or _is_below(real, self._own):
            raise UsageError(
                msg("Ritrova keeps its library there."), msg("Choose a folder that holds photos of yours."), real
            )
        for folder in self._store.folders():
            if folder.id == but:
                continue
            if real == folder.absolute:
                raise UsageError(msg("The folder is watched already."), None, real)
            if _is_below(real, folder.absolute):
                remedy = msg("It lies in {folder}, which is watched.", folder=os.fsdecode(folder.absolute))
                raise UsageError(msg("The folder is watched already."), remedy, real)
            if _is_below(folder.absolute, real):
                remedy = msg("First remove {folder}, which lies in it.", folder=os.fsdecode(folder.absolute))
                raise UsageError(msg("A part of this folder is watched already."), remedy, real)
        return real

    def _find(self, path: Path) -> FolderRecord:
        real = os.path.realpath(os.fsencode(path))
        for folder in self._store.folders():
            if folder.absolute in (real, os.fsencode(path)):
                return folder
        raise UsageError(msg("The folder is not watched."), msg("See `ritrova folders`."), real)


def _wanted(ignored: Collection[str], include: Collection[str], exclude: Collection[str]) -> Wanted:
    """What a scan looks at: `include` restricts the photos, never the folders that they lie in."""
    wanted = Wanted.of(PHOTO_EXTENSIONS, [*ignored, *exclude])
    if not include:
        return wanted
    matches = compile_pattern("|".join(map(translate, include))).match

    def passed_over(name: bytes) -> bool:
        photo = os.path.splitext(name)[1].lower() in wanted.extensions
        return wanted.ignored(name) or (photo and matches(os.fsdecode(name)) is None)

    return Wanted(wanted.extensions, passed_over)


def _on_its_volume(path: bytes) -> tuple[str, str, str, bytes, bytes]:
    """Of a folder: its volume's identity, label, kind and mount point, and where it lies on that."""
    volume = volume_of(path)
    relative = os.path.relpath(path, volume.mount_point)
    return volume.identity, volume.label, volume.kind, volume.mount_point, b"" if relative == b"." else relative


def _presence_of(folder: FolderRecord) -> Presence:
    return _presence(folder.volume, folder.mount_point, folder.path)


def _presence(volume: str, mount_point: bytes, path: bytes) -> Presence:
    """Where a folder is that was here under its path; its disk may be mounted elsewhere, which the next run finds."""
    where = locate(volume, mount_point, path)
    if where.presence == Presence.HERE and where.path != absolute(mount_point, path):
        return Presence.OFFLINE
    return where.presence


def _is_below(path: bytes, parent: bytes) -> bool:
    return path.startswith(os.path.join(parent, b""))
