"""The library: the one thing that the command line, the engine and the tests call."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ritrova import settings as settings_file
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.errors import DecodeFailure, LibraryError, LibraryReadOnly, ModelError, UsageError, fault_of
from ritrova.folders.scan import Wanted
from ritrova.folders.volumes import mount_point_of, volume_of
from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.thumbnails import SMALL_SIDE, Thumbnails
from ritrova.indexing.run import Parts, Run
from ritrova.indexing.scanning import WatchedFolder
from ritrova.lock import WriterLock
from ritrova.paths import LibraryPaths, bundled_models
from ritrova.photo import Failure, Filters, Hit, IndexReport
from ritrova.progress import Cancellation, Silent, Watcher
from ritrova.search import Indexes, Searcher, Vector
from ritrova.settings import Settings, cores
from ritrova.store.database import SCHEMA
from ritrova.store.records import FolderRecord, ModelRecord
from ritrova.store.store import Store
from ritrova.store.vectors import StoredVectors
from ritrova.store.writing import collect_orphans, forget_model
from ritrova.text import Message, msg

MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class FolderInfo:
    """A watched folder, for people."""

    path: bytes  # absolute
    photos: int
    missing: int
    failed: int
    online: bool
    volume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a library holds, and how it searches."""

    photos: int  # files that are present
    searchable: int  # those of them that the model in use has seen
    missing: int
    failed: int
    model: str
    index: str  # exact, hnsw
    index_reason: Message
    database_bytes: int
    index_bytes: int
    schema: str
    models: list[ModelRecord]


class Library:
    """A library folder, opened by its one writer or for reading."""

    def __init__(self, paths: LibraryPaths, settings: Settings, store: Store, lock: WriterLock | None) -> None:
        self.paths = paths
        self.settings = settings
        self.models = Models(bundled_models(), paths.models)
        self._store = store
        self._lock = lock

    @classmethod
    def open(cls, root: Path, *, write: bool = False) -> Self:
        """Open the library in `root`; `write` makes it where there is none and takes the writer's lock.

        Raises UsageError (nothing there to read), LibraryLocked, LibraryReadOnly, LibraryTooNew, LibraryCorrupt,
        LibraryError (a network drive).
        """
        paths = LibraryPaths(root)
        if not write:
            if not paths.database.exists():
                raise UsageError(
                    msg("There is no library here yet."), msg("Add a folder of photos: ritrova add FOLDER"), str(root)
                )
            return cls(paths, settings_file.load(paths.settings), Store(paths.database, write=False), None)
        _make_folder(root)
        lock = WriterLock(paths.lock)
        try:
            return cls(paths, settings_file.load(paths.settings), Store(paths.database, write=True), lock)
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()
        if self._lock is not None:
            self._lock.release()

    @property
    def read_only(self) -> bool:
        return self._lock is None

    @cached_property
    def encoder(self) -> Encoder:
        """The model in use; its towers load when first needed. Raises ModelError."""
        with self._as_set():
            return self.models.open(self.settings.encoding.model, self.settings.encoding)

    def use_model(self, name: str) -> None:
        """Search and index with another model from now on. Raises UsageError on an unknown one."""
        self._check_writable()
        self.models.open(name, self.settings.encoding)
        self.settings.encoding.model = name
        settings_file.save(self.settings, self.paths.settings)
        self.__dict__.pop("encoder", None)
        self.__dict__.pop("_indexes", None)

    def remove_model(self, name: str) -> None:
        """Delete an imported model that is not in use, and all that it made here. Raises UsageError."""
        self._check_writable()
        if name == self.settings.encoding.model:
            raise UsageError(
                msg("The model {name} is in use.", name=name), msg("First choose another: ritrova models use NAME")
            )
        fingerprint = self.models.info(name).fingerprint
        self.models.remove(name)
        if all(model.fingerprint != fingerprint for model in self.models.list()):  # a copy under another name
            forget_model(self._store, fingerprint)
            shutil.rmtree(self.paths.index / fingerprint, ignore_errors=True)

    # Folders

    def add_folder(self, path: Path) -> None:
        """Watch a folder. Its photos become searchable with the next `index`.

        Raises UsageError where there is no such folder, or where it overlaps one that is watched.
        """
        self._check_writable()
        if not path.is_dir():
            raise UsageError(msg("There is no such folder."), None, os.fsencode(path))
        real = os.path.realpath(os.fsencode(path))
        for folder in self._store.folders():
            if real == folder.absolute:
                raise UsageError(msg("The folder is watched already."), None, real)
            if _is_below(real, folder.absolute):
                remedy = msg("It lies in {folder}, which is watched.", folder=os.fsdecode(folder.absolute))
                raise UsageError(msg("The folder is watched already."), remedy, real)
            if _is_below(folder.absolute, real):
                remedy = msg("First remove {folder}, which lies in it.", folder=os.fsdecode(folder.absolute))
                raise UsageError(msg("A part of this folder is watched already."), remedy, real)
        volume = volume_of(real)
        relative = os.path.relpath(real, volume.mount_point)
        self._store.add_folder(
            volume.identity, volume.label, volume.kind, volume.mount_point, b"" if relative == b"." else relative
        )

    def remove_folder(self, path: Path) -> None:
        """Forget a watched folder. The photos stay where they are."""
        self._check_writable()
        real = os.path.realpath(os.fsencode(path))
        for folder in self._store.folders():
            if folder.absolute in (real, os.fsencode(path)):
                self._store.remove_folder(folder.id)
                collect_orphans(self._store)
                self._thumbnails.collect(self._store.hashes())  # also what a killed run left
                return
        raise UsageError(msg("The folder is not watched."), msg("See `ritrova folders`."), real)

    def folders(self) -> list[FolderInfo]:
        """The watched folders, in the order of their adding."""
        return [
            FolderInfo(
                path=folder.absolute,
                photos=folder.present,
                missing=folder.missing,
                failed=folder.failed,
                online=_reachable(folder),
                volume=folder.label,
            )
            for folder in self._store.folders()
        ]

    # Indexing

    def index(self, watcher: Watcher | None = None, cancellation: Cancellation | None = None) -> IndexReport:
        """Bring the library to what the folders hold. May be killed at any moment: the next run goes on.

        Raises DiskFull, ModelError, LibraryError; a photo that cannot be read is listed instead.
        """
        self._check_writable()
        watcher, cancellation = watcher or Silent(), cancellation or Cancellation()
        run = Run(self._parts(), watcher, cancellation)
        here, offline = self._watched_folders()
        report = run(here)
        report.offline += offline
        if report.read and (report.changed or report.failed):  # failures of earlier runs orphan nothing now
            self._collect_orphans()
        if not cancellation.cancelled:
            self._open_indexes().bring_up_to_date(watcher, cancellation)
        self.__dict__.pop("_indexes", None)
        return report

    def failures(self) -> list[Failure]:
        """What could not be read, with the reason."""
        return self._store.failures()

    # Searching

    def search(self, text: str, filters: Filters | None = None, top: int = 20) -> list[Hit]:
        """The photos that fit a sentence best. Raises UsageError on an empty one."""
        if not text.strip():
            raise UsageError(msg("The sentence is empty."), msg("Say what the photo shows."))
        return self.nearest(self.encoder.encode_texts([text])[0], filters, top)

    def similar(self, photo: Path, filters: Filters | None = None, top: int = 20) -> list[Hit]:
        """The photos most like this one, which need not be in the library and is not among them.

        Raises UsageError where the photo cannot be read.
        """
        path = os.fsencode(photo)
        with self._new_decoder() as decoder:
            try:
                opened = decoder.open(path)
                query = self._indexes.source.of_content(opened.hash)
                if query is None:
                    query = self.encoder.encode_images(decoder.decode().model_input[np.newaxis])[0]
            except DecodeFailure as failure:
                raise UsageError(failure.title, None, path) from failure
        return self._searcher.nearest(query, filters or Filters(), top, but=opened.hash)

    def nearest(self, query: Vector, filters: Filters | None = None, top: int = 20) -> list[Hit]:
        """The photos nearest to a unit vector `[d]` of the model in use."""
        return self._searcher.nearest(query, filters or Filters(), top)

    def thumbnail(self, content: bytes, side: int = SMALL_SIDE) -> Path | None:
        """The thumbnail (256 or 512 pixels) of a hit's content; made from the original where there is none yet.

        None where it is not there and cannot be made: the original is gone or the library is read-only.
        """
        made = self._thumbnails.use(content, side)
        known = self._store.content(content, 0) if made is None and not self.read_only else None
        if known is None:
            return made
        with self._new_decoder() as decoder:
            for _, _, path in self._store.files_of(known.id):
                try:
                    if decoder.open(path).hash == content:  # edited since the last run: another photo
                        self._thumbnails.put(content, decoder.thumbnail(side), side)
                        return self._thumbnails.path(content, side)
                except DecodeFailure:
                    continue
        return None

    # State

    def status(self) -> Status:
        """Counts and sizes. Loads no model."""
        folders = self._store.folders()
        choice = self._indexes.choice(filtered=False)
        return Status(
            photos=sum(folder.present for folder in folders),
            searchable=self._store.count_searchable(self._indexes.source.model),
            missing=sum(folder.missing for folder in folders),
            failed=sum(folder.failed for folder in folders),
            model=self.settings.encoding.model,
            index=choice.kind,
            index_reason=choice.why,
            database_bytes=_bytes_of([self.paths.database]),
            index_bytes=_bytes_of(self.paths.index.rglob("*")),
            schema=SCHEMA,
            models=self._store.models(),
        )

    def damage(self) -> Sequence[str]:
        """What SQLite's own check of the database finds wrong: nothing in a sound library."""
        return self._store.integrity()

    # Parts

    @property
    def _thumbnails(self) -> Thumbnails:
        limit = self.settings.thumbnails.large_limit_mb * 10**6
        return Thumbnails(self.paths.thumbnails, large_limit=limit)

    @cached_property
    def _indexes(self) -> Indexes:
        return self._open_indexes()

    def _open_indexes(self) -> Indexes:
        with self._as_set():
            model = self.models.info(self.settings.encoding.model)
        source = StoredVectors(self._store, self._store.model(model.fingerprint), model.fingerprint, model.dimension)
        return Indexes(self.paths, self.settings.index, source, write=not self.read_only)

    @property
    def _searcher(self) -> Searcher:
        return Searcher(self._store, self._indexes, self.encoder.bank)

    @contextmanager
    def _as_set(self) -> Iterator[None]:
        """A model that the settings name and that is gone is a fault of the library, not of who asks for a search."""
        try:
            yield
        except UsageError as error:
            raise ModelError(error.title, error.remedy, str(self.paths.settings)) from error

    def _parts(self) -> Parts:
        return Parts(
            store=self._store,
            encoder=self.encoder,
            thumbnails=self._thumbnails,
            wanted=Wanted.of(PHOTO_EXTENSIONS, self.settings.folders.ignored_names),
            new_decoder=self._new_decoder,
            workers=self.settings.decoding.workers or min(cores(), MOST_WORKERS),
        )

    def _new_decoder(self) -> SandboxedDecoder:
        return SandboxedDecoder(self.encoder.pixels, DecodeLimits.of(self.settings.decoding))

    def _watched_folders(self) -> tuple[list[WatchedFolder], list[bytes]]:
        """The folders whose volume is here, and the paths of the others."""
        here, offline = [], []
        for folder in self._store.folders():
            if not _reachable(folder):
                mount_point = mount_point_of(folder.volume)
                if mount_point is None:
                    offline.append(folder.absolute)
                    continue
                self._store.move_volume(folder.volume, mount_point)
                folder = folder._replace(mount_point=mount_point)
                if not _reachable(folder):
                    offline.append(folder.absolute)
                    continue
            volume = volume_of(folder.absolute)
            here.append(WatchedFolder(folder.id, folder.absolute, volume.stable_inodes))
        return here, offline

    def _collect_orphans(self) -> None:
        for hash_ in collect_orphans(self._store):
            self._thumbnails.remove(hash_)

    def _check_writable(self) -> None:
        if self.read_only:
            raise LibraryReadOnly(msg("The library was opened for reading."), None, str(self.paths.root))


def _make_folder(root: Path) -> None:
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise fault_of(error, str(root)) from error
    if volume_of(os.fsencode(root)).kind == "network":
        raise LibraryError(
            msg("A library cannot lie on a network drive."),
            msg("Choose a folder on a disk of this computer; the photos may lie on the network."),
            str(root),
        )


def _reachable(folder: FolderRecord) -> bool:
    """Whether the folder is there and on its own volume: an unplugged disk leaves an empty mount point behind."""
    path = folder.absolute
    return os.path.isdir(path) and volume_of(path).identity == folder.volume


def _is_below(path: bytes, parent: bytes) -> bool:
    return path.startswith(os.path.join(parent, b""))


def _bytes_of(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
