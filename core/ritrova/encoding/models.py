"""The models that a library can use: those that ship with the program, and those that a person imported."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritrova.encoding import bundle, fake
from ritrova.encoding.protocol import Encoder
from ritrova.errors import ModelError, UsageError
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings
from ritrova.text import msg

Samples = Callable[[PixelSpec], NDArray[np.uint8]]
"""Unrelated photos as a model wants them, `[m, side, side, 3]`: what an imported model's bank is made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model as listed to a person."""

    name: str
    version: str
    path: Path
    bundled: bool  # ships with the program: cannot be removed
    dimension: int
    fingerprint: str
    licence: str
    size: int  # bytes of all its files
    figures: dict[str, Any]
    languages: tuple[str, ...] = ()  # codes: it, en


class Models:
    """Looks models up by name. A model's folder has the model's name. torch is imported when one is opened."""

    def __init__(self, bundled: Path, imported: Path) -> None:
        self._bundled = bundled
        self._imported = imported

    def names(self) -> tuple[str, ...]:
        """Of all models, bundled first; damaged ones too."""
        return tuple(folder.name for folder in self._folders())

    def list(self) -> list[ModelInfo]:
        """All models, bundled first, by name. One whose manifest cannot be understood is left out."""
        found = []
        for folder in self._folders():
            with suppress(ModelError):
                found.append(self._info(folder))
        return found

    def info(self, name: str) -> ModelInfo:
        """What the manifest of a model says, unchecked. Raises UsageError for an unknown name, ModelError."""
        if name == fake.NAME:
            return ModelInfo(
                name=name,
                version="1",
                path=self._bundled / name,
                bundled=True,
                dimension=fake.FakeEncoder.dimension,
                fingerprint=fake.FakeEncoder.fingerprint,
                licence="Apache-2.0",
                size=0,
                figures={},
            )
        return self._info(self._folder(name))

    def open(self, name: str, settings: EncodingSettings) -> Encoder:
        """The encoder of a model whose files are the ones it was made with; its sides load at their first use.

        Raises UsageError for an unknown name, ModelError for a damaged or altered model, EnvironmentFault for a
        device that is not there.
        """
        if name == fake.NAME:
            return fake.FakeEncoder(settings.batch_size or 64)
        folder = self._folder(name)
        manifest = bundle.read(folder)
        bundle.verify(folder, manifest)
        from ritrova.encoding.loading import open_folder  # here: it imports torch, and listing models needs none

        return open_folder(folder, manifest, settings)

    def verify(self, name: str) -> ModelInfo:
        """Compare every file of a model with its SHA-256. Raises UsageError, or ModelError naming the file."""
        folder = self._folder(name)
        bundle.verify(folder, bundle.read(folder))
        return self._info(folder)

    def import_folder(self, source: Path, name: str | None = None, *, samples: Samples | None = None) -> ModelInfo:
        """Copy a model's folder into the library, offline, replacing an imported model of the same name.

        A manifest's SHA-256 sums are verified; a folder without one gets one. The copy is tried on a sentence and
        a picture before it is put in place. With `samples` a model without a reference bank gets one.
        Raises UsageError, ModelError (damaged, refused, or of an unknown kind), DiskFull.
        """
        from ritrova.encoding.importing import import_folder

        reserved = {fake.NAME, *(info.name for info in self.list() if info.bundled)}
        return self._info(import_folder(source, self._imported, name, samples=samples, reserved=reserved))

    def remove(self, name: str) -> None:
        """Delete an imported model. Raises UsageError for an unknown or bundled one."""
        from ritrova.encoding.importing import remove_folder

        folder = self._folder(name)
        if folder.parent != self._imported:
            raise UsageError(msg("The model {name} ships with Ritrova and cannot be removed.", name=name))
        remove_folder(folder)

    def _folders(self) -> Iterator[Path]:
        for root in (self._bundled, self._imported):
            for manifest_file in sorted(root.glob(f"[!.]*/{bundle.MANIFEST_FILE}")):
                yield manifest_file.parent

    def _folder(self, name: str) -> Path:
        if bundle.is_name(name):
            for root in (self._bundled, self._imported):
                if (root / name).is_dir():
                    return root / name
        names = ", ".join(info.name for info in self.list())
        raise UsageError(
            msg("There is no model called {name}.", name=name),
            msg("These are there: {names}. Others can be added: ritrova models import FOLDER", names=names),
        )

    def _info(self, folder: Path) -> ModelInfo:
        manifest = bundle.read(folder)
        files = [folder / name for name in manifest.files]
        return ModelInfo(
            name=folder.name,
            version=manifest.version,
            path=folder,
            bundled=folder.parent == self._bundled,
            dimension=manifest.dimension,
            fingerprint=bundle.fingerprint(manifest),
            licence=manifest.licence,
            size=sum(path.stat().st_size for path in files if path.exists()),
            figures=manifest.figures,
            languages=manifest.languages,
        )
