"""Captioned photos as tensors of cached features."""

from collections.abc import Sequence
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

    images: Tensor  # float16 [n, image_features], or [n, views, image_features]
    texts: Tensor  # float32 [n, k, text_features]; zero where there is no caption
    present: Tensor  # bool [n, k]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def whole(self) -> Tensor:
        """The features of the whole photos, their first view: `[n, image_features]`."""
        return self.images if self.images.ndim == 2 else self.images[:, 0]


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
    _require_finite(pairs, views, text_features)
    return FeatureSet(views.squeeze(1), text_features, present)


def _require_finite(pairs: Sequence[Pair], images: Tensor, texts: Tensor) -> None:
    """Raise where a photo has a feature that is no number: the means over all photos would be none either."""
    finite = images.flatten(1).isfinite().all(dim=1) & texts.flatten(1).isfinite().all(dim=1)
    wrong = [pair.name for pair, fine in zip(pairs, finite.tolist(), strict=True) if not fine]
    if wrong:
        raise EnvironmentFault(
            msg("{n} photos have features that are no numbers (NaN), {first} the first.", n=len(wrong), first=wrong[0]),
            msg("Compute the features again, or leave these photos out."),
        )
