"""Hubs: photos that resemble almost any text, and so stand before the one photo that fits what was asked.

Querybank normalisation (Bogolin and others, "Cross Modal Retrieval with Querybank Normalisation", CVPR 2022) lowers
a photo's score by how well it fits a bank of texts that have nothing to do with it. That depends on the photo alone,
so it needs no place of its own in an index: it is one more number of the photo's vector, and the texts' vectors have a
constant there.
"""

import torch
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.nn import functional


class HubConfig(BaseModel):
    """How photos are told what they fit anyway."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queries: PositiveInt  # groups of like texts in the bank
    sharpness: PositiveFloat  # of the cosines with them; the sharper, the more the best-fitting texts count
    share: PositiveFloat  # of what a photo fits anyway that is taken off its scores
    constant: PositiveFloat  # the texts' number; the smaller, the less it takes off the cosines of all photos


class QueryBank(nn.Module):
    """Gives photos' vectors the number that lowers hubs."""

    texts: Tensor
    shares: Tensor
    usual: Tensor

    def __init__(self, config: HubConfig, dimension: int) -> None:
        super().__init__()
        self._config = config
        self.register_buffer("texts", torch.zeros(config.queries, dimension))  # mean of each group's unit vectors
        self.register_buffer("shares", torch.zeros(config.queries))  # logarithm of each group's share of the texts
        self.register_buffer("usual", torch.zeros(()))  # mean over the training photos of what they fit

    def fit(self, texts: Tensor, shares: Tensor, photos: Tensor) -> None:
        """Take groups for the bank, their means `texts` `[queries, dimension]` and their `shares` `[queries]`, and
        learn from unit vectors `photos` `[n, dimension]` what is usual."""
        self.texts.copy_(texts)
        self.shares.copy_(shares.log())
        self.usual.copy_(self._fitting(photos).mean())

    def forward(self, photos: Tensor) -> Tensor:
        """Unit vectors `[n, dimension]` to unit vectors `[n, dimension + 1]`."""
        lowering = self._config.share * (self._fitting(photos) - self.usual)
        return functional.normalize(torch.cat([photos, -lowering[:, None] / self._config.constant], dim=1), dim=1)

    def _fitting(self, photos: Tensor) -> Tensor:
        """How well photos fit the bank: the soft maximum of their cosines with its texts, `[n]`."""
        sharpness = self._config.sharpness
        return torch.logsumexp(sharpness * photos @ self.texts.T + self.shares, dim=1) / sharpness


def beside_constant(texts: Tensor, config: HubConfig) -> Tensor:
    """Texts' unit vectors `[n, dimension]` to unit vectors `[n, dimension + 1]` that meet those of a `QueryBank`."""
    constant = texts.new_full((len(texts), 1), config.constant)
    return functional.normalize(torch.cat([texts, constant], dim=1), dim=1)
