"""The model in use, and the indexes of every model: opened when first needed, and each once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from ritrova.browsing.browser import Browser
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.errors import ModelError, UsageError
from ritrova.paths import LibraryPaths
from ritrova.search import Indexes, Searcher
from ritrova.settings import Settings
from ritrova.store.store import Store
from ritrova.store.vectors import StoredVectors


class InUse:
    """For any thread. `settings` are those that were said last."""

    def __init__(self, paths: LibraryPaths, models: Models, store: Store, settings: Settings, *, write: bool) -> None:
        self._paths = paths
        self._models = models
        self._store = store
        self._settings = settings
        self._write = write
        self._encoder: Encoder | None = None
        self._opened: dict[str, Indexes] = {}  # by fingerprint
        self._opening = threading.Lock()

    @property
    def encoder(self) -> Encoder:
        """Of the model in use; its towers load when first needed. Raises ModelError."""
        with self._opening:  # who indexes and who searches may ask at once
            if self._encoder is None:
                with self._as_set():
                    self._encoder = self._models.open(self._settings.encoding.model, self._settings.encoding)
            return self._encoder

    @property
    def loaded(self) -> bool:
        return self._encoder is not None

    @cached_property
    def indexes(self) -> Indexes:
        """Of the model in use. Raises ModelError."""
        with self._as_set():
            model = self._models.info(self._settings.encoding.model)
        return self.indexes_of(model.fingerprint, model.dimension)

    @cached_property
    def browser(self) -> Browser:
        return Browser(self._store, self.indexes)

    @property
    def searcher(self) -> Searcher:
        return Searcher(self._store, self.indexes, self.encoder.bank)

    def indexes_of(self, fingerprint: str, dimension: int) -> Indexes:
        """Of any model: opened once, for two that write the same files would not agree."""
        with self._opening:
            if fingerprint not in self._opened:
                source = StoredVectors(self._store, None, fingerprint, dimension)
                self._opened[fingerprint] = Indexes(self._paths, self._settings.index, source, write=self._write)
            return self._opened[fingerprint]

    def of(self, model: str | None) -> tuple[Encoder, Indexes]:
        """Encoder and indexes of a model beside the one in use; None: of that one. Raises UsageError, ModelError."""
        if model is None or model == self._settings.encoding.model:
            return self.encoder, self.indexes
        encoder = self._models.open(model, self._settings.encoding)
        return encoder, self.indexes_of(encoder.fingerprint, encoder.dimension)

    def change(self, settings: Settings) -> None:
        """These hold from now on."""
        before, self._settings = self._settings, settings
        if settings.encoding != before.encoding:
            self._encoder = None
        if settings.encoding.model != before.encoding.model:
            self._forget_what_is_open()
        for indexes in self._opened.values():
            indexes.settings = settings.index

    def write(self) -> None:
        """The indexes on the disk are ours to write from now on."""
        self._write = True
        self._opened.clear()
        self._forget_what_is_open()

    def forget(self, fingerprint: str) -> None:
        """A model is gone."""
        self._opened.pop(fingerprint, None)

    def _forget_what_is_open(self) -> None:
        for part in ("indexes", "browser"):
            self.__dict__.pop(part, None)

    @contextmanager
    def _as_set(self) -> Iterator[None]:
        """A model that the settings name and that is gone is a fault of the library, not of who asks for a search."""
        try:
            yield
        except UsageError as error:
            raise ModelError(error.title, error.remedy, str(self._paths.settings)) from error
