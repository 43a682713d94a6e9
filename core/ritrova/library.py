"""The library: the one thing that the command line, the engine and the tests call."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ritrova import settings as settings_file
from ritrova.backup import automatic
from ritrova.browsing.browser import Browser
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.errors import DecodeFailure, LibraryLocked, LibraryReadOnly, UsageError, fault_of
from ritrova.folders.states import FolderToWatch
from ritrova.folders.volumes import Presence
from ritrova.images.limits import NICE, DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.thumbnails import SMALL_SIDE, Thumbnails
from ritrova.in_use import InUse
from ritrova.indexing.run import Parts, Run
from ritrova.indexing.scope import Scope
from ritrova.lock import WriterLock
from ritrova.paths import LibraryPaths, bundled_models
from ritrova.photo import Failure, Filters, Hit, IndexReport
from ritrova.place import make_folder
from ritrova.progress import Cancellation, Courtesy, Silent, Watcher
from ritrova.search import Indexes, Vector
from ritrova.settings import Settings, cores
from ritrova.status import Status, status_of
from ritrova.store.store import Store
from ritrova.store.writing import collect_orphans, forget_missing, forget_model
from ritrova.text import msg
from ritrova.watched import FolderInfo, WatchedFolders

MOST_WORKERS = 8


class Library:
    """A library folder, opened by its one writer or for reading."""

    def __init__(self, paths: LibraryPaths, settings: Settings, store: Store, lock: WriterLock | None) -> None:
        self.paths = paths
        self.settings = settings
        self.models = Models(bundled_models(), paths.models)
        self._store = store
        self._lock = lock
        self._watched = WatchedFolders(store)
        self._in_use = InUse(paths, self.models, store, settings, write=lock is not None)

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
        return self._in_use.encoder

    @property
    def loaded(self) -> bool:
        """Whether the model in use was opened."""
        return self._in_use.loaded

    @property
    def browser(self) -> Browser:
        """Many photos at once, for a window. Reads the whole library when first asked for."""
        return self._in_use.browser

    def become_writer(self) -> bool:
        """Take the place of the process that wrote, where it has ended, and with it all that it changed.

        False where it writes still. Raises what opening the library for writing raises; then all is as before.
        """
        if not self.read_only:
            return True
        try:
            lock = WriterLock(self.paths.lock)
        except LibraryLocked:
            return False
        try:
            settings = settings_file.load(self.paths.settings)
            self._store.write_too(partial(automatic.before_migration, self.paths, settings.backups.keep))
        except BaseException:
            lock.release()
            raise
        self._adopt(settings)
        self._in_use.write()
        self._lock = lock
        return True

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
            self._in_use.forget(fingerprint)
            shutil.rmtree(self.paths.index / fingerprint, ignore_errors=True)

    def change_settings(self, settings: Settings) -> None:
        """Keep these settings from now on. Raises DiskFull, LibraryReadOnly."""
        self.check_writable()
        try:
            settings_file.save(settings, self.paths.settings)
        except OSError as error:
            raise fault_of(error, str(self.paths.settings)) from error
        self._adopt(settings)

    def _adopt(self, settings: Settings) -> None:
        self.settings = settings
        self._in_use.change(settings)

    # Folders

    def add_folder(self, path: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """Watch a folder, all of it or by shell patterns of names. Its photos become searchable with the next `index`.

        Raises UsageError where there is no such folder, or where it overlaps one that is watched or the library's own.
        """
        self.check_writable()
        self._watched.add(path, include, exclude)

    def relocate_folder(self, path: Path, to: Path) -> None:
        """A watched folder lies elsewhere now, be it on another disk. The next `index` knows its photos again.

        Raises UsageError as `add_folder` does, and where `path` is not watched.
        """
        self.check_writable()
        self._watched.relocate(path, to)

    def remove_folder(self, path: Path) -> None:
        """Forget a watched folder. The photos stay where they are, and so does what was said of them."""
        self.check_writable()
        self._watched.remove(path)
        self._collect_orphans(thoroughly=True)

    def forget_missing(self) -> int:
        """Forget the photos that are gone from folders that are there, and say how many.

        What was said of them holds again if they come back.
        """
        self.check_writable()
        gone = forget_missing(self._store, self._watched.ids_here())
        self._collect_orphans(thoroughly=False)
        return gone

    def set_patterns(self, path: Path, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Which names a watched folder gives. Takes effect with the next `index`."""
        self.check_writable()
        self._watched.set_patterns(path, include, exclude)

    def folders(self) -> list[FolderInfo]:
        """The watched folders, in the order of their adding."""
        return self._watched.all()

    def folders_away(self) -> dict[bytes, Presence]:
        """The watched folders that are not there now, by path."""
        return self._watched.away()

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
        rest_s: float = 0.0,
        graph: bool = True,
    ) -> IndexReport:
        """Bring the library to what the folders hold. May be killed at any moment: the next run goes on.

        With `only`, no more is looked at than these scopes of folders (by id). With `model` another model than the one
        in use sees the photos, beside it. The run lets go first who holds `courtesy`; `finishing` watches the index,
        which follows. A file that was written within `rest_s` is read last, once it has rested so long; if it is still
        being written, a later run reads it. `graph`: of a large library the graph of neighbours is built, which takes
        minutes; who compares all photos anyway goes without.

        Raises DiskFull, ModelError, LibraryError; a photo that cannot be read is listed instead.
        """
        self.check_writable()
        watcher, cancellation = watcher or Silent(), cancellation or Cancellation()
        encoder, indexes = self._in_use.of(model)
        here, offline = self._watched.here(self.settings.folders.ignored_names, only)
        assert self._lock is not None
        try:
            report = Run(self._parts(encoder, courtesy, rest_s), watcher, cancellation)(here)
            report.offline += offline
            after_kill = self._lock.follows_a_kill()
            if after_kill or (report.read and (report.changed or report.failed)):  # earlier failures orphan nothing now
                self._collect_orphans(thoroughly=after_kill)
        except BaseException:  # a full disk: what was edited before has left its former content
            self._lock.owe()
            raise
        if not cancellation.cancelled:
            indexes.bring_up_to_date(finishing or watcher, cancellation, graph=graph)
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
        return self._in_use.searcher.nearest(query, filters or Filters(), top, but=content)

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
        return self._in_use.searcher.nearest(query, filters or Filters(), top)

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
        return status_of(self.paths, self._store, self.folders(), self.indexes, self.settings.encoding.model)

    def damage(self) -> Sequence[str]:
        """What SQLite's own check of the database finds wrong: nothing in a sound library."""
        return self._store.integrity()

    # Parts

    @property
    def thumbnails(self) -> Thumbnails:
        limit = self.settings.thumbnails.large_limit_mb * 10**6
        return Thumbnails(self.paths.thumbnails, large_limit=limit)

    @property
    def indexes(self) -> Indexes:
        """Of the model in use."""
        return self._in_use.indexes

    def _parts(self, encoder: Encoder, courtesy: Courtesy | None, rest_s: float) -> Parts:
        limits = DecodeLimits.of(self.settings.decoding, nice=NICE if courtesy else 0)
        return Parts(
            store=self._store,
            encoder=encoder,
            thumbnails=self.thumbnails,
            new_decoder=lambda: SandboxedDecoder(encoder.pixels, limits),
            workers=self.settings.decoding.workers or min(cores(), MOST_WORKERS),
            courtesy=courtesy or Courtesy(),
            rest_s=rest_s,
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
