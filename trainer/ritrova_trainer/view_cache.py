"""What the frozen part of an image tower gives for views of photos, computed once: what is above it then trains fast.

A folder of safetensors files, each with a few hundred photos: `views` float16 `[n, views, width]` where the whole tower
is frozen, `[n, views, c, h, w]` where its last stages train; `ids` (uint8, a JSON list). The first view is the whole
photo. They may be larger than the memory, so they are mapped, and what a batch needs is read when it is drawn. An
interrupted computation goes on after the last whole file.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.utils.data import Dataset

from ritrova.atomic import replacing
from ritrova.errors import DecodeFailure, EnvironmentFault
from ritrova.text import Message, msg
from ritrova_trainer.batches import loader
from ritrova_trainer.data import ImageRef
from ritrova_trainer.pictures import Unread
from ritrova_trainer.views import Views

GROUP = 32  # photos that go through the tower together
SAVE_EVERY = 512  # photos: at most so many are computed again after an interruption

ImageTower = Callable[[NDArray[np.uint8]], Tensor]
"""`[n, side, side, 3]` RGB to `[n, ...]`, on the CPU."""


class ViewCache:
    """The cached views of photos, by the photos' ids."""

    def __init__(self, folder: Path, made_by: Mapping[str, str]) -> None:
        """Raises EnvironmentFault where the folder's views are of another tower, others, or damaged."""
        self._folder = folder
        self._made_by = dict(made_by)
        self._files: list[Tensor] = []
        self._places: dict[str, tuple[int, int]] = {}  # file and row
        self._next = 0
        for path in sorted(folder.glob("*.safetensors")):
            self._open(path)

    def __contains__(self, photo: str) -> bool:
        return photo in self._places

    def __len__(self) -> int:
        return len(self._places)

    def of(self, photos: Sequence[str]) -> "PhotoViews":
        """The views of the photos with these ids, in this order; all of them must be there, and at least one."""
        return PhotoViews(self._files, torch.tensor([self._places[photo] for photo in photos]))

    def add(self, photos: Sequence[str], views: Tensor) -> None:
        """Keep `views`, float16 `[n, views, ...]`, of the photos with these ids, in a file of their own."""
        ids = torch.frombuffer(bytearray(json.dumps(list(photos)).encode()), dtype=torch.uint8)
        path = self._folder / f"{self._next:06}.safetensors"
        with replacing(path, durable=False) as part:
            save_file({"views": views.contiguous(), "ids": ids}, part, metadata=self._made_by)
        self._open(path)

    def _open(self, path: Path) -> None:
        try:
            with safe_open(path, framework="pt") as file:  # maps the file: a tensor is read where it is looked at
                made_by = file.metadata() or {}
                views: Tensor = file.get_tensor("views")
                ids = json.loads(file.get_tensor("ids").numpy().tobytes())
        except (SafetensorError, OSError, ValueError) as error:
            raise _fault(msg("The image features cannot be read: {reason}", reason=str(error)), path) from error
        fits = all(views.shape[1:] == one.shape[1:] for one in self._files[:1])
        if made_by != self._made_by or len(ids) != len(views) or not fits:
            raise _fault(msg("The cached image features come from another image tower, or are of other views."), path)
        self._places |= {photo: (len(self._files), row) for row, photo in enumerate(ids)}
        self._files.append(views)
        self._next = int(path.stem) + 1


class PhotoViews:
    """The cached views of `n` photos, indexed like a tensor `[n, views, ...]`, by two int64 `[k]`: rows and views."""

    def __init__(self, files: Sequence[Tensor], places: Tensor) -> None:
        """`places` int64 `[n, 2]`: file and row of each photo."""
        self._files = files
        self._places = places
        self.shape = torch.Size((len(places), *files[0].shape[1:]))

    def __len__(self) -> int:
        return len(self._places)

    def whole(self) -> Tensor:
        """All of them, in memory: float16 `[n, views, ...]`."""
        return torch.stack([self._files[file][row] for file, row in self._places.tolist()])

    def __getitem__(self, place: tuple[Tensor, Tensor]) -> Tensor:
        """Float32 `[k, ...]`."""
        rows, views = place
        files, places = self._places[rows].T
        found = torch.empty(len(rows), *self.shape[2:])
        for file in files.unique().tolist():
            here = files == file
            found[here] = self._files[file][places[here], views[here]].float()
        return found


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


def cached_views(
    folder: Path,
    images: Mapping[str, ImageRef],
    tower: ImageTower,
    views: Views,
    *,
    made_by: Mapping[str, str],
    workers: int = 0,
    group: int = GROUP,
    save_every: int = SAVE_EVERY,
    watch: Callable[[int, int], None] | None = None,
) -> tuple[ViewCache, list[Unread]]:
    """What `tower` gives for those `images`, by id, from `folder` where it is known, and the photos that cannot be
    read, which have nothing there.

    `group` photos go through the tower together; each `save_every` are written to a file. `watch` is told how many are
    done, and of how many. `made_by` names the tower's weights. Raises EnvironmentFault where the folder is of another
    tower, or other views.
    """
    told = {**made_by, "views": ", ".join(views.config.names), "smallest": str(views.config.smallest)}
    cache = ViewCache(folder, told)
    missing = sorted(name for name in images if name not in cache)
    reading = loader(_Readings([images[name] for name in missing], views), range(len(missing)), workers=workers)
    readings = zip(missing, reading, strict=True)
    unread: list[Unread] = []
    ids: list[str] = []
    fresh: list[Tensor] = []
    done = 0
    try:
        while made := list(islice(readings, group)):
            done += len(made)
            unread += [one for _, one in made if isinstance(one, Unread)]
            read = {name: one for name, one in made if not isinstance(one, Unread)}
            if read:
                fresh.append(_through(tower, np.stack(list(read.values()))))
                ids += read
            if len(ids) >= save_every:
                cache.add(ids, torch.cat(fresh))
                ids, fresh = [], []
            if watch is not None:
                watch(done, len(missing))
    finally:  # also where `watch` ends it because a person pressed Ctrl-C
        if fresh:
            cache.add(ids, torch.cat(fresh))
    return cache, unread


def _through(tower: ImageTower, photos: NDArray[np.uint8]) -> Tensor:
    """`[n, views, side, side, 3]` to float16 `[n, views, ...]`."""
    made = tower(photos.reshape(-1, *photos.shape[2:]))
    return made.half().reshape(*photos.shape[:2], *made.shape[1:])


def _fault(what: Message, path: Path) -> EnvironmentFault:
    return EnvironmentFault(what, msg("Remove the file: it is computed again."), str(path))
