"""Photos through a frozen image tower, once: the whole photo, its mirror image, and a few of its parts."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict
from torch.utils.data import Dataset

from ritrova.errors import DecodeFailure, EnvironmentFault
from ritrova.photo import PixelSpec
from ritrova.text import msg
from ritrova_trainer.batches import loader
from ritrova_trainer.data import ImageRef
from ritrova_trainer.features import ImageFeatures, write_image_features
from ritrova_trainer.pictures import PictureReader, Unread

GROUP = 32  # photos that go through the tower together
SAVE_EVERY = 1024  # photos

ImageTower = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""`[n, side, side, 3]` RGB to pooled features `[n, width]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsConfig:
    """Which views of a photo are kept beside the whole."""

    __pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    flip: bool = False
    """Its mirror image."""
    crops: int = 0
    """So many parts of it, every second one mirrored; the same ones each time, for the same photo."""
    smallest: float = 0.5
    """Share of the photo's area that a part has at least."""

    def __post_init__(self) -> None:
        if self.crops < 0:
            raise ValueError("crops must be 0 or more")
        if not 0 < self.smallest <= 1:
            raise ValueError("smallest must be in (0, 1]")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the views, in their order."""
        return ("whole", *(["flip"] if self.flip else []), *(f"crop {number}" for number in range(self.crops)))


class Views:
    """Makes the views of a photo."""

    def __init__(self, config: ViewsConfig, pixels: PixelSpec) -> None:
        self.config = config
        self._whole = PictureReader(pixels)
        # Parts are cut from a larger photo, so that the smallest need not be blown up.
        larger = math.ceil(pixels.resize / math.sqrt(config.smallest))
        self._larger = PictureReader(replace(pixels, resize=larger, fit="crop"))
        self._side = pixels.side

    def __call__(self, image: ImageRef) -> NDArray[np.uint8]:
        """`[views, side, side, 3]`. Raises DecodeFailure."""
        whole = self._whole.square(image)
        views = [whole, whole[:, ::-1]] if self.config.flip else [whole]
        if self.config.crops:
            views += self._crops(self._larger.uncut(image), image.key)
        return np.stack(views)

    def _crops(self, photo: NDArray[np.uint8], key: str) -> list[NDArray[np.uint8]]:
        from torchvision.transforms import v2  # here: reading a configuration needs none of it, and it takes a second

        cut: Any = v2.RandomResizedCrop(
            self._side, scale=(self.config.smallest, 1.0), interpolation=v2.InterpolationMode.BICUBIC
        )
        pixels = torch.from_numpy(photo).permute(2, 0, 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int.from_bytes(hashlib.blake2b(key.encode(), digest_size=7).digest(), "big"))
            parts = [cut(pixels).permute(1, 2, 0).numpy() for _ in range(self.config.crops)]
        return [part[:, ::-1] if number % 2 else part for number, part in enumerate(parts)]


class _Readings(Dataset[NDArray[np.uint8] | Unread]):
    """The views of photos, made where the loader wants them made."""

    def __init__(self, images: Sequence[ImageRef], views: Views) -> None:
        self._images = images
        self._views = views

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, row: int) -> NDArray[np.uint8] | Unread:
        image = self._images[row]
        try:
            return self._views(image)
        except DecodeFailure as failure:
            return Unread(image.key, failure.kind, failure.reason)


def add_views(
    path: Path,
    images: Mapping[str, ImageRef],
    tower: ImageTower,
    views: Views,
    *,
    made_by: str,
    workers: int = 0,
    group: int = GROUP,
    save_every: int = SAVE_EVERY,
    watch: Callable[[int, int], None] | None = None,
) -> list[Unread]:
    """Compute the features of those `images`, by id, that the file at `path` does not have yet.

    `group` photos go through the tower together; at most `save_every` are computed again after an interruption.
    `watch` is told how many are done, and of how many. `made_by` names the tower's weights. Returns the photos that
    cannot be read, which get no features. Raises EnvironmentFault where the file is of another tower, or other views.
    """
    told = {"tower": made_by, "views": ", ".join(views.config.names), "smallest": str(views.config.smallest)}
    ids, known = _known(path, told)
    missing = sorted(images.keys() - set(ids))
    reading = loader(_Readings([images[name] for name in missing], views), range(len(missing)), workers=workers)
    unread: list[Unread] = []
    fresh: list[NDArray[np.float16]] = []
    waiting: list[NDArray[np.uint8]] = []
    for done, (name, made) in enumerate(zip(missing, reading, strict=True), start=1):
        if isinstance(made, Unread):
            unread.append(made)
        else:
            ids.append(name)
            waiting.append(made)
        last = done == len(missing)
        if waiting and (len(waiting) == group or last):
            fresh += list(_through(tower, np.stack(waiting)))
            waiting = []
            if watch is not None:
                watch(done, len(missing))
        if fresh and not waiting and (len(fresh) >= save_every or last):
            known = np.concatenate([*([known] if len(known) else []), np.stack(fresh)])
            fresh = []
            write_image_features(path, known, ids, made_by=told)
    return unread


def _through(tower: ImageTower, photos: NDArray[np.uint8]) -> NDArray[np.float16]:
    """`[n, views, side, side, 3]` to `[n, views, width]`."""
    n, views = photos.shape[:2]
    return tower(photos.reshape(n * views, *photos.shape[2:])).reshape(n, views, -1).astype(np.float16)


def _known(path: Path, told: Mapping[str, str]) -> tuple[list[str], NDArray[np.float16]]:
    """Ids and features of an earlier run."""
    if not path.exists():
        return [], np.empty((0, 0, 0), np.float16)
    ready = ImageFeatures(path)
    if ready.made_by != told:
        raise EnvironmentFault(
            msg("The cached image features come from another image tower, or are of other views."),
            msg("Remove the file: it is computed again."),
            str(path),
        )
    return ready.ids, ready.views
