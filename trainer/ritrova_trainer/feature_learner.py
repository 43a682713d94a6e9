"""Heads that learn from cached features of frozen towers."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ritrova_trainer.batches import drawn_views
from ritrova_trainer.corpus import Corpus
from ritrova_trainer.evaluation.retrieval import Retrieval, retrieval
from ritrova_trainer.features import TextFeatures
from ritrova_trainer.heads import Heads
from ritrova_trainer.learner import Inputs
from ritrova_trainer.pairs import FeatureSet
from ritrova_trainer.sampler import Draw


class HeadsModule(nn.Module):
    """Heads, and the fixed scale and bias that the loss asks for."""

    scale: Tensor
    bias: Tensor

    def __init__(self, heads: Heads, scale: float) -> None:
        super().__init__()
        self.heads = heads
        self.register_buffer("scale", torch.tensor(scale))
        self.register_buffer("bias", torch.tensor(0.0))

    def forward(self, images: Tensor, texts: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return *self.heads(images, texts), self.scale, self.bias


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureLearner:
    """A `Learner` on a `FeatureSet`."""

    module: HeadsModule
    data: FeatureSet
    names: Sequence[str]
    """Of the photos, in the order of the data."""
    find: Callable[[Heads], Mapping[str, Retrieval]]
    """Measures heads on the validation photos."""
    seed: int
    device: torch.device
    captions: int = 1
    """Of a photo in each step."""
    chances: Sequence[float] = ()
    """How often further captions than the first are drawn, by their place."""

    @property
    def towers(self) -> Iterable[nn.Parameter]:
        return ()  # they are frozen

    @property
    def present(self) -> Tensor:
        return self.data.present

    def batches(self, draws: Iterable[Draw]) -> Iterator[Inputs]:
        """Image features `[n, image_features]`, one view of each photo, and text features `[n, text_features]`, or
        `[n, captions, text_features]` where there are several of each."""
        for draw in draws:
            texts = self.data.texts[draw.rows, draw.captions]
            if self.captions > 1:
                texts = self.data.texts[draw.rows[:, None], self._captions(draw)]
            images, texts = self._one_view(draw).to(self.device), texts.to(self.device)
            yield Inputs((images, texts), self.module.heads.centred(texts))

    def name(self, row: int) -> str:
        return self.names[row]

    def measure(self, module: nn.Module) -> Mapping[str, Retrieval]:
        assert isinstance(module, HeadsModule)
        return self.find(module.heads)

    def _captions(self, draw: Draw) -> Tensor:
        """The drawn caption of each photo, then others: places `[n, captions]`; the drawn one where none is left."""
        places = draw.captions[:, None]
        chances = torch.tensor(self.chances, dtype=torch.float64) * self.present[draw.rows]
        # Each photo's own, so that it does not matter which process reads it; and not the one that draws its view.
        own = [random.Random(f"captions {seed}") for seed in draw.seeds(self.seed)]
        for _ in range(self.captions - 1):
            chances = chances.scatter(1, places, 0.0)
            ends = chances.cumsum(dim=1)
            drawn = torch.tensor([one.random() for one in own], dtype=torch.float64)[:, None] * ends[:, -1:]
            further = (ends <= drawn).sum(dim=1, keepdim=True)
            places = torch.cat([places, torch.where(ends[:, -1:] > 0, further, places[:, :1])], dim=1)
        return places

    def _one_view(self, draw: Draw) -> Tensor:
        images = self.data.images
        if images.ndim == 2:
            return images[draw.rows].float()
        return images[draw.rows, drawn_views(draw.seeds(self.seed), images.shape[1])].float()


def measure(
    heads: Heads, corpus: Corpus, texts: TextFeatures, device: torch.device | None = None
) -> dict[str, Retrieval]:
    """Figures of trained heads over the whole validation gallery, on cached features."""

    def encode(captions: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = heads.text_head(torch.from_numpy(texts.of(captions)).to(device)).cpu().numpy()
        return vectors

    with torch.inference_mode():
        gallery = heads.image_head(torch.from_numpy(corpus.validation_images()).to(device)).cpu().numpy()
        return retrieval(corpus.validation, gallery, encode)
