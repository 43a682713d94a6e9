"""The library: the one thing that the command line, the engine and the tests call."""

import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ritrova import settings as settings_file
from ritrova.backup import automatic
from ritrova.browsing.browser import Browser
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.errors import DecodeFailure, LibraryReadOnly, ModelError, UsageError, fault_of
from ritrova.folders.states import FolderToWatch
from ritrova.images.limits import NICE, DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.thumbnails import SMALL_SIDE, Thumbnails
from ritrova.indexing.run import Parts, Run
from ritrova.indexing.scope import Scope
from ritrova.lock import WriterLock
from ritrova.paths import LibraryPaths, bundled_models
from ritrova.photo import Failure, Filters, Hit, IndexReport
from ritrova.place import make_folder
from ritrova.progress import Cancellation, Courtesy, Silent, Watcher
from ritrova.search import Indexes, Searcher, Vector
from ritrova.settings import Settings, cores
from ritrova.store.database import SCHEMA
from ritrova.store.records import ModelRecord
from ritrova.store.store import Store
from ritrova.store.vectors import StoredVectors
from ritrova.store.writing import collect_orphans, forget_missing, forget_model
from ritrova.text import Message, msg
from ritrova.watched import FolderInfo, WatchedFolders

MOST_WORKERS = 8


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
        self._watched = WatchedFolders(store)
        self._encoder: Encoder | None = None
        self._opened: dict[str, Indexes] = {}  # by fingerprint
        self._opening = threading.Lock()

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
        make_folder(root)
        lock = WriterLock(paths.lock)
        try:
            settings = settings_file.load(paths.settings)
            copy_first = partial(automatic.before_migration, paths, settings.backups.keep)
            return cls(paths, settings, Store(paths.database, write=True, before_migration=copy_first), lock)
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

    @property
    def store(self) -> Store:
        """The library's database."""
        return self._store

    @property
    def encoder(self) -> Encoder:
        """The model in use; its towers load when first needed. Raises ModelError."""
        with self._opening:  # who indexes and who searches may ask at once
            if self._encoder is None:
                with self._as_set():
                    self._encoder = self.models.open(self.settings.encoding.model, self.settings.encoding)
            return self._encoder

    @property
    def loaded(self) -> bool:
        """Whether the model in use was opened."""
        return self._encoder is not None

    @cached_property
    def browser(self) -> Browser:
        """Many photos at once, for a window. Reads the whole library when first asked for."""
        return Browser(self._store, self.indexes)

    def use_model(self, name: str) -> None:
        """Search and index with another model from now on. Raises UsageError on an unknown one."""
        self.check_writable()
        self.models.open(name, self.settings.encoding)
        changed = self.settings.model_copy(deep=True)
        changed.encoding.model = name
        self.change_settings(changed)

    def remove_model(self, name: str) -> None:
        """Delete an imported model that is not in use, and all that it made here. Raises UsageError."""
        self.check_writable()
        if name == self.settings.encoding.model:
            raise UsageError(
                msg("The model {name} is in use.", name=name), msg("First choose another: ritrova models use NAME")
            )
        fingerprint = self.models.info(name).fingerprint
        self.models.remove(name)
        if all(model.fingerprint != fingerprint for model in self.models.list()):  # a copy under another name
            forget_model(self._store, fingerprint)
            self._opened.pop(fingerprint, None)
            shutil.rmtree(self.paths.index / fingerprint, ignore_errors=True)

    def change_settings(self, settings: Settings) -> None:
        """Keep these settings from now on. Raises DiskFull, LibraryReadOnly."""
        self.check_writable()
        before, now = self.settings.encoding, settings.encoding
        try:
            settings_file.save(settings, self.paths.settings)
        except OSError as error:
            raise fault_of(error, str(self.paths.settings)) from error
        self.settings = settings
        if now != before:
            self._encoder = None
        for part in ("indexes", "browser") if now.model != before.model else ():
            self.__dict__.pop(part, None)
        for indexes in self._opened.values():
            indexes.settings = settings.index

    # Folders

    def add_folder(self, path: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """Watch a folder, all of it or by shell patterns of names. Its photos become searchable with the next `index`.

        Raises UsageError where there is no such folder, or where it overlaps one that is watched.
        """
        self.check_writable()
        self._watched.add(path, include, exclude)

    def remove_folder(self, path: Path) -> None:
        """Forget a watched folder. The photos stay where they are, and so does what was said of them."""
        self.check_writable()
        self._watched.remove(path)
        self._collect_orphans(thoroughly=True)

    def forget_missing(self) -> int:
        """Forget the photos that are gone, and say how many. What was said of them holds again if they come back."""
        self.check_writable()
        gone = forget_missing(self._store)
        self._collect_orphans(thoroughly=False)
        return gone

    def set_patterns(self, path: Path, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Which names a watched folder gives. Takes effect with the next `index`."""
        self.check_writable()
        self._watched.set_patterns(path, include, exclude)

    def folders(self) -> list[FolderInfo]:
        """The watched folders, in the order of their adding."""
        return self._watched.all()

    def to_watch(self) -> list[FolderToWatch]:
        """The watched folders, for a `FolderWatch`."""
        return self._watched.to_watch(self.settings.folders.ignored_names)

    # Indexing

    def index(
        self,
        watcher: Watcher | None = None,
        cancellation: Cancellation | None = None,
        *,
        model: str | None = None,
        only: Mapping[int, Scope] | None = None,
        courtesy: Courtesy | None = None,
        finishing: Watcher | None = None,
    ) -> IndexReport:
        """Bring the library to what the folders hold. May be killed at any moment: the next run goes on.

        With `only`, no more is looked at than these scopes of folders (by id). With `model` another model than the one
        in use sees the photos, beside it. The run lets go first who holds `courtesy`; `finishing` watches the index,
        which follows. Raises DiskFull, ModelError, LibraryError; a photo that cannot be read is listed instead.
        """
        self.check_writable()
        watcher, cancellation = watcher or Silent(), cancellation or Cancellation()
        other = model is not None and model != self.settings.encoding.model
        encoder = self.models.open(model, self.settings.encoding) if model and other else self.encoder
        indexes = self._open_indexes(encoder.fingerprint, encoder.dimension) if other else self.indexes
        here, offline = self._watched.here(self.settings.folders.ignored_names, only)
        report = Run(self._parts(encoder, courtesy), watcher, cancellation)(here)
        report.offline += offline
        after_kill = self._lock is not None and self._lock.follows_a_kill()
        if after_kill or (report.read and (report.changed or report.failed)):  # earlier failures orphan nothing now
            self._collect_orphans(thoroughly=after_kill)
        if not cancellation.cancelled:
            indexes.bring_up_to_date(finishing or watcher, cancellation)
        return report

    def back_up(self) -> Path | None:
        """Make the week's backup, if one is due and the settings want it. Raises DiskFull, EnvironmentFault."""
        wanted = self.settings.backups
        return automatic.weekly(self.paths, wanted.keep) if wanted.automatic and not self.read_only else None

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
        with self.new_decoder() as decoder:
            content, query = self.vector_of_file(path, decoder)
        return self._searcher.nearest(query, filters or Filters(), top, but=content)

    def vector_of_file(self, path: bytes, decoder: SandboxedDecoder) -> tuple[bytes, Vector]:
        """The content of any file and its vector `[d]`. Raises UsageError where it cannot be read."""
        try:
            opened = decoder.open(path)
            vector = self.vector_of(opened.hash)
            if vector is None:
                vector = self.encoder.encode_images(decoder.decode().model_input[np.newaxis])[0]
        except DecodeFailure as failure:
            raise UsageError(failure.title, None, path) from failure
        return opened.hash, vector

    def vector_of(self, content: bytes) -> Vector | None:
        """The vector `[d]` of a content that the model in use has seen."""
        return self.indexes.source.of_content(content)

    def nearest(self, query: Vector, filters: Filters | None = None, top: int = 20) -> list[Hit]:
        """The photos nearest to a unit vector `[d]` of the model in use."""
        return self._searcher.nearest(query, filters or Filters(), top)

    def thumbnail(self, content: bytes, side: int = SMALL_SIDE, decoder: SandboxedDecoder | None = None) -> Path | None:
        """The thumbnail (256 or 512 pixels) of a hit's content; made from the original where there is none yet.

        None where it is not there and cannot be made: the original is gone or the library is read-only.
        """
        made = self.thumbnails.use(content, side)
        known = self._store.content(content, 0) if made is None and not self.read_only else None
        if known is None:
            return made
        with nullcontext(decoder) if decoder else self.new_decoder() as decoder:
            for _, _, path in self._store.files_of(known.id):
                try:
                    if decoder.open(path).hash == content:  # edited since the last run: another photo
                        self.thumbnails.put(content, decoder.thumbnail(side), side)
                        return self.thumbnails.path(content, side)
                except DecodeFailure:
                    continue
        return None

    # State

    def status(self) -> Status:
        """Counts and sizes. Loads no model."""
        folders = self._store.folders()
        choice = self.indexes.choice(filtered=False)
        return Status(
            photos=sum(folder.present for folder in folders),
            searchable=self._store.count_searchable(self.indexes.source.model),
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
    def thumbnails(self) -> Thumbnails:
        limit = self.settings.thumbnails.large_limit_mb * 10**6
        return Thumbnails(self.paths.thumbnails, large_limit=limit)

    @cached_property
    def indexes(self) -> Indexes:
        """Of the model in use."""
        with self._as_set():
            model = self.models.info(self.settings.encoding.model)
        return self._open_indexes(model.fingerprint, model.dimension)

    def _open_indexes(self, fingerprint: str, dimension: int) -> Indexes:
        """Of any model: opened once, for two that write the same files would not agree."""
        with self._opening:
            if fingerprint not in self._opened:
                source = StoredVectors(self._store, None, fingerprint, dimension)
                self._opened[fingerprint] = Indexes(self.paths, self.settings.index, source, write=not self.read_only)
            return self._opened[fingerprint]

    @property
    def _searcher(self) -> Searcher:
        return Searcher(self._store, self.indexes, self.encoder.bank)

    @contextmanager
    def _as_set(self) -> Iterator[None]:
        """A model that the settings name and that is gone is a fault of the library, not of who asks for a search."""
        try:
            yield
        except UsageError as error:
            raise ModelError(error.title, error.remedy, str(self.paths.settings)) from error

    def _parts(self, encoder: Encoder, courtesy: Courtesy | None) -> Parts:
        limits = DecodeLimits.of(self.settings.decoding, nice=NICE if courtesy else 0)
        return Parts(
            store=self._store,
            encoder=encoder,
            thumbnails=self.thumbnails,
            new_decoder=lambda: SandboxedDecoder(encoder.pixels, limits),
            workers=self.settings.decoding.workers or min(cores(), MOST_WORKERS),
            courtesy=courtesy or Courtesy(),
        )

    def new_decoder(self) -> SandboxedDecoder:
        """A decoder for one thread, to be closed."""
        return SandboxedDecoder(self.encoder.pixels, DecodeLimits.of(self.settings.decoding))

    def _collect_orphans(self, *, thoroughly: bool) -> None:
        for hash_ in collect_orphans(self._store):
            self.thumbnails.remove(hash_)
        if thoroughly:  # also what a killed run left
            self.thumbnails.collect(self._store.hashes())

    def check_writable(self) -> None:
        """Raises LibraryReadOnly."""
        if self.read_only:
            raise LibraryReadOnly(msg("The library was opened for reading."), None, str(self.paths.root))


def _bytes_of(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
