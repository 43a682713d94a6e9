"""Captioned photos as tensors of cached features, and how they are drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ritrova.errors import EnvironmentFault, UsageError
from ritrova.text import msg
from ritrova_trainer.data import Pair
from ritrova_trainer.features import ImageFeatures, TextFeatures


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """`n` photos with up to `k` captions each."""

    images: Tensor  # float32 [n, image_features], or [n, views, image_features]
    texts: Tensor  # float32 [n, k, text_features]; zero where there is no caption
    present: Tensor  # bool [n, k]

    def __len__(self) -> int:
        return len(self.images)


def feature_set(pairs: Sequence[Pair], images: ImageFeatures, texts: TextFeatures, *, places: int) -> FeatureSet:
    """The features of `pairs`, which have at most `places` captions each. Raises where a photo has no feature."""
    most = max(len(pair.captions) for pair in pairs)
    if most > places:
        raise UsageError(
            msg("A photo has {most} captions, and the recipe weighs {places}.", most=most, places=places),
            msg("Give the recipe as many `caption_weights`."),
        )
    missing = [pair.name for pair in pairs if pair.name not in images]
    if missing:
        raise EnvironmentFault(
            msg("{n} photos have no image features, {first} the first.", n=len(missing), first=missing[0]),
            msg("The features must have been made of the same data."),
        )
    present = torch.zeros(len(pairs), places, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        present[row, : len(pair.captions)] = True
    found = torch.from_numpy(texts.of([caption for pair in pairs for caption in pair.captions]))
    text_features = torch.zeros(len(pairs), places, found.shape[1])
    text_features[present] = found
    views = torch.from_numpy(images.views_of([pair.name for pair in pairs]))
    return FeatureSet(views.squeeze(1), text_features, present)


def draw(
    data: FeatureSet, *, batch: int, weights: Sequence[float], generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch: photos in a new order, `batch` at a time, each with one of its captions drawn by `weights`.

    Yields image features `[batch, image_features]` and text features `[batch, text_features]`.
    """
    order = torch.randperm(len(data), generator=generator)
    chances = torch.tensor(weights) * data.present
    for start in range(0, len(data) - batch + 1, batch):
        rows = order[start : start + batch]
        places = torch.multinomial(chances[rows], 1, generator=generator).squeeze(1)
        yield one_view(data.images[rows], generator), data.texts[rows, places]


def one_view(images: Tensor, generator: torch.Generator) -> Tensor:
    """A view of each photo, `[n, w]`, drawn out of `[n, views, w]`; `[n, w]` is returned as it is."""
    if images.ndim == 2:
        return images
    views = torch.randint(images.shape[1], (len(images),), generator=generator)
    return images[torch.arange(len(images)), views]
