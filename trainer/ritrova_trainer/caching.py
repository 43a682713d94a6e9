"""What frozen parts of a model give, computed before the first step of a run on photos."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import astuple
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ritrova.encoding.preprocess import prepare
from ritrova.errors import UsageError
from ritrova.text import Message, msg
from ritrova_trainer.config import LoopConfig, PhotosConfig, TrainConfig
from ritrova_trainer.corpus import Corpus, PhotoCorpus
from ritrova_trainer.data import Pair, all_captions
from ritrova_trainer.data.split import SplitRule
from ritrova_trainer.engine import Engine
from ritrova_trainer.features import ImageFeatures
from ritrova_trainer.hidden import HiddenStates, cached_hidden_states
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.view_cache import ViewCache, cached_views
from ritrova_trainer.views import Views, ViewsConfig

Notice = Callable[[Message], None]


class ImageCaching:
    """The frozen part of a model's image tower, which sees each photo once."""

    def __init__(
        self, model: DualEncoder, trained: int, loop: LoopConfig, engine: Engine, folder: Path, notice: Notice
    ) -> None:
        """`trained` is how many of the tower's last stages train; `folder` holds the caches.

        Raises UsageError where the model has no such part.
        """
        self._lower, frozen = _frozen_part(model, trained)
        self._tower = {
            "tower": weights_digest(chain.from_iterable(model.image_stages()[:frozen])),
            "stages": str(frozen),
            "precision": loop.precision,
            "width": str(model.image_width),
            "pixels": " ".join(str(part) for part in astuple(model.pixels)),
        }
        self._model, self._engine, self._folder, self._notice = model, engine, folder, notice
        self._workers = loop.workers

    def __call__(self, pairs: Iterable[Pair], views: ViewsConfig) -> ViewCache:
        """Of the photos of `pairs` that can be read, by their keys."""
        kept = hashlib.sha256(f"{self._tower} {views}".encode()).hexdigest()[:8]
        cache, unread = cached_views(
            self._folder / f"image-states-{kept}",
            {pair.image.key: pair.image for pair in pairs},
            self._seen,
            Views(views, self._model.pixels),
            made_by=self._tower,
            workers=self._workers,
            watch=lambda done, total: self._notice(msg("{done} of {total} photos seen", done=done, total=total)),
        )
        if unread:
            self._notice(msg("{n} photos cannot be read, {first} the first.", n=len(unread), first=unread[0].key))
        return cache

    def _seen(self, pictures: NDArray[np.uint8]) -> Tensor:
        with torch.inference_mode(), self._engine.autocast():
            return self._lower(prepare(pictures, self._model.normalisation, self._engine.device)).cpu()


def shown_corpus(folder: Path, config: TrainConfig, caching: ImageCaching) -> Corpus:
    """The corpus in `folder`, with the features of its photos that can be read, which are computed where they are not
    cached. Raises UsageError where none of a side can be read."""
    sides = PhotoCorpus.read(folder, SplitRule(), form=None, images=None)
    train, whole = caching(sides.train, config.towers.views), caching(sides.validation, ViewsConfig())
    kept = [pair for pair in sides.train if pair.image.key in train]
    kept += [pair for pair in sides.validation if pair.image.key in whole]
    sides = sides.only(kept, "unreadable photos")
    return Corpus(sides.train, sides.validation, _features(sides.train, train), _features(sides.validation, whole))


def _features(pairs: list[Pair], cache: ViewCache) -> ImageFeatures:
    views = cache.of([pair.image.key for pair in pairs]).whole()
    return ImageFeatures(views.numpy(), [pair.name for pair in pairs])


def _frozen_part(model: DualEncoder, trained: int) -> tuple[Callable[[Tensor], Tensor], int]:
    """What the frozen stages make of pixels, and how many they are."""
    frozen = len(model.image_stages()) - trained
    if trained == 0:
        return model.image_features, frozen
    if not isinstance(model, CompactDual) or frozen == 0:
        raise UsageError(
            msg("Only the last stages of the image tower of compact models can train on cached photos."),
            msg("Set it off: `--set cached_images=false`."),
        )
    return model.image_states, frozen


def cached_texts(
    config: PhotosConfig, model: DualEncoder, pairs: list[Pair], folder: Path, notice: Notice
) -> HiddenStates:
    """What the frozen layers of the text tower give for the captions of `pairs`, kept in `folder`.

    Raises UsageError where the model is none whose text side can be cached.
    """
    if not isinstance(model, CompactDual):
        raise UsageError(
            msg("Only the text side of compact models can be cached."), msg("Set it off: `--set cached_texts=false`.")
        )
    tower_name = weights_digest(chain.from_iterable(model.text_stages()))
    return cached_hidden_states(
        folder / f"text-states-{tower_name[:8]}-{config.trained.text_layers}",
        all_captions(pairs),
        model,
        made_by=tower_name,
        watch=lambda done, total: notice(msg("{done} of {total} captions read", done=done, total=total)),
    )


def weights_digest(parameters: Iterable[nn.Parameter]) -> str:
    """Names weights by what they are: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for parameter in parameters:
        digest.update(parameter.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
