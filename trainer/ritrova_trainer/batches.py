"""Batches of photos and captions, read and augmented in worker processes.

A worker is given a whole `Draw` and returns a whole batch. Each photo's seed comes from the draw, so a batch is the
same whichever worker makes it, and after a resume.
"""

import random
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ritrova.encoding.preprocess import Normalisation, prepare
from ritrova.errors import DecodeFailure, EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.augment import Augmentation
from ritrova_trainer.data import ImageRef
from ritrova_trainer.pictures import PictureReader, Unread
from ritrova_trainer.sampler import Draw

MOST_UNREAD = 100  # photos in a row: then the folder is wrong, not the photos

Item = TypeVar("Item")

TextInputs = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
"""Captions to what the text side takes, with its mask: a `Tokeniser`, or cached `HiddenStates`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`n` photos, each with one of its captions."""

    images: Tensor  # uint8 [n, side, side, 3], or float32 what the frozen part of the image tower gives
    captions: tuple[str, ...]
    unread: tuple[Unread, ...] = ()  # photos passed over; the next ones in the data took their places


class Photos(Dataset[Batch]):
    """Photos from their files. A photo that cannot be read is passed over; the batch keeps its size."""

    def __init__(
        self,
        images: Sequence[ImageRef],
        captions: Sequence[Sequence[str]],
        reader: PictureReader,
        augment: Augmentation | None,
        *,
        seed: int,
    ) -> None:
        self._images = images
        self._captions = captions
        self._reader = reader
        self._augment = augment
        self._seed = seed

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, draw: Draw) -> Batch:
        """Raises EnvironmentFault where nothing can be read any more."""
        pictures, captions, unread = [], [], []
        for row, place, seed in zip(draw.rows.tolist(), draw.captions.tolist(), draw.seeds(self._seed), strict=True):
            found, picture, missed = self._readable(row, seed)
            unread += missed
            pictures.append(picture)
            texts = self._captions[found]
            captions.append(texts[place if place < len(texts) else 0])
        return Batch(torch.from_numpy(np.stack(pictures)), tuple(captions), tuple(unread))

    def _readable(self, row: int, seed: int) -> tuple[int, NDArray[np.uint8], list[Unread]]:
        """The first row from `row` on that can be read, its picture, and those before."""
        missed: list[Unread] = []
        while len(missed) < min(len(self), MOST_UNREAD):
            found = (row + len(missed)) % len(self)
            ref = self._images[found]
            try:
                if self._augment is None:
                    return found, self._reader.square(ref), missed
                return found, self._augment(self._reader.uncut(ref), seed), missed
            except DecodeFailure as failure:
                missed.append(Unread(ref.key, failure.kind, failure.reason))
        raise EnvironmentFault(
            msg("{n} photos in a row cannot be read: {reason}", n=len(missed), reason=missed[-1].reason),
            msg("Check the data: `ritrova-train data check`."),
            missed[-1].key,
        )


class PhotoFeatures(Protocol):
    """What the frozen part of an image tower gives for each view of `n` photos: a tensor, or `PhotoViews`."""

    @property
    def shape(self) -> torch.Size:
        """`[n, views, image_width]`, or `[n, views, c, h, w]` where the last stages of the tower train."""
        ...

    def __getitem__(self, place: tuple[Tensor, Tensor], /) -> Tensor:
        """Those of `k` rows and views, two int64 `[k]`: float `[k, ...]`."""
        ...


class CachedPhotos(Dataset[Batch]):
    """Photos as the frozen part of the image tower gives them, one of their views drawn each time."""

    def __init__(self, features: PhotoFeatures, captions: Sequence[Sequence[str]], *, seed: int) -> None:
        self._features = features
        self._captions = captions
        self._seed = seed

    def __len__(self) -> int:
        return self._features.shape[0]

    def __getitem__(self, draw: Draw) -> Batch:
        views = drawn_views(draw.seeds(self._seed), self._features.shape[1])
        pairs = zip(draw.rows.tolist(), draw.captions.tolist(), strict=True)
        captions = tuple(self._captions[row][place] for row, place in pairs)
        return Batch(self._features[draw.rows, views].float(), captions)


def drawn_views(seeds: Sequence[int], count: int) -> Tensor:
    """One of `count` views for each photo, by the photo's seed: int64 `[n]`."""
    return torch.tensor([random.Random(seed).randrange(count) for seed in seeds])


def loader(data: Dataset[Item], order: Iterable[Any], *, workers: int) -> DataLoader[Item]:
    """`data[key]` for each key of `order`, which is gone through anew each time the loader is: an epoch's draws.

    `workers` processes read ahead and stay from epoch to epoch; 0 reads in this one. They are not forked: this process
    has threads. What a worker raised is raised here. The process's random state is left alone.
    """
    own = torch.Generator()  # of the seeds that torch gives to workers, who do not use them
    if workers == 0:
        return DataLoader(data, batch_size=None, sampler=order, generator=own)
    return DataLoader(
        data,
        batch_size=None,  # a draw is a batch already
        sampler=order,
        generator=own,
        num_workers=workers,
        persistent_workers=True,
        multiprocessing_context="spawn",
        worker_init_fn=_leave_interrupts,
    )


def _leave_interrupts(_worker: int) -> None:
    """Ctrl-C reaches every process of a terminal; the training process, which decides, still needs its batches."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def inputs(
    batch: Batch, *, texts: TextInputs, normalisation: Normalisation, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """What a `DualEncoder` takes, on the device: images or what is cached of them, ids or hidden states, mask."""
    images: Any = batch.images
    if images.dtype == torch.uint8:
        images = prepare(images.numpy(), normalisation, device)
    ids, mask = texts(batch.captions)
    return images.to(device), ids.to(device), mask.to(device)
