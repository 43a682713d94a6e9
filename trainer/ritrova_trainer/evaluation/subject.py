"""A model that is measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray

from ritrova.encoding import bundle, compact
from ritrova.encoding.loading import open_folder
from ritrova.encoding.protocol import Encoder
from ritrova.errors import UsageError
from ritrova.settings import EncodingSettings
from ritrova.text import msg
from ritrova_trainer.evaluation.pictures import Pictures
from ritrova_trainer.features import ImageFeatures, by_length

_TEXT_BATCH = 32
_TELL_EVERY = 500  # photos

Watch = Callable[[int, int], None]
"""Is told how much of a long work is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model folder whose files are the ones it was made with. Nothing is loaded before it is needed."""

    name: str  # in tables
    folder: Path
    manifest: bundle.Manifest
    encoder: Encoder

    @staticmethod
    def open(folder: Path, name: str, settings: EncodingSettings) -> "Subject":
        """Raises ModelError where the folder holds no whole model."""
        manifest = bundle.read(folder)
        bundle.verify(folder, manifest)
        return Subject(name, folder, manifest, open_folder(folder, manifest, settings))

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `[n, d]`; equal texts are read once."""
        distinct = list(dict.fromkeys(texts))
        vectors = np.empty((len(distinct), self.encoder.dimension), np.float32)
        for places in by_length(distinct, batch=_TEXT_BATCH):
            vectors[places] = self.encoder.encode_texts([distinct[place] for place in places])
        row = {text: place for place, text in enumerate(distinct)}
        return vectors[[row[text] for text in texts]]

    def photos(self, photos: Sequence[str], pictures: Pictures, *, threads: int, watch: Watch) -> NDArray[np.float32]:
        """Unit vectors `[m, d]` of photos; not-a-number for those that are missing or broken."""
        vectors = np.full((len(photos), self.encoder.dimension), np.nan, np.float32)
        batch: list[NDArray[np.uint8]] = []
        rows: list[int] = []
        for row, pixels in enumerate(pictures.pixels(photos, self.encoder.pixels, threads=threads)):
            if pixels is not None:
                batch.append(pixels)
                rows.append(row)
            last = row == len(photos) - 1
            if rows and (last or len(rows) == self.encoder.batch_size):
                vectors[rows] = self.encoder.encode_images(np.stack(batch))
                batch, rows = [], []
            if last or (row + 1) % _TELL_EVERY == 0:
                watch(row + 1, len(photos))
        return vectors

    def features(self, photos: Sequence[str], ready: ImageFeatures) -> NDArray[np.float32]:
        """Unit vectors `[m, d]` from the image tower's features; not-a-number where there are none.

        Features know a photo by its file's name without suffix. That they come from this model's own tower is taken
        on trust: a tower that was trained has others.
        """
        if self.manifest.figures.get("image_tower_trained"):
            raise UsageError(
                msg("The image tower of {model} was trained: ready features are not of it.", model=self.name),
                msg("Give the photos themselves with `--photos`."),
            )
        width = compact.read_config(self.folder).image_features
        if ready.features.shape[1] != width:
            raise UsageError(
                msg(
                    "The model reads {wanted} image features, and these are {given}.",
                    wanted=width,
                    given=ready.features.shape[1],
                ),
                msg("Give the features of its own image tower, or the photos themselves."),
            )
        vectors = np.full((len(photos), self.encoder.dimension), np.nan, np.float32)
        names = [PurePosixPath(photo).stem for photo in photos]
        rows = [row for row, name in enumerate(names) if name in ready]
        if rows:
            head = compact.load(self.folder, text=False).image_head
            with torch.inference_mode():
                vectors[rows] = head(torch.from_numpy(ready.of([names[row] for row in rows]))).numpy()
        return vectors
