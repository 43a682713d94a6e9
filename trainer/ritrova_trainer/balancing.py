"""A query bank for trained heads: see `ritrova.encoding.hubs`."""

import torch
from torch import Tensor
from torch.nn import functional

from ritrova.encoding.compact import CompactConfig
from ritrova.encoding.hubs import HubConfig
from ritrova_trainer.config import HeadsConfig
from ritrova_trainer.heads import Heads
from ritrova_trainer.pairs import FeatureSet

_PHOTOS = 4096  # whose mean says what photos fit usually
_ROUNDS = 5  # of k-means
_ROWS = 8192  # captions that are compared at a time
_SHARPNESS = 20.0  # of 5, 10, 20, 30 and 40 this found most over all kinds of texts
_CONSTANT = 0.5  # cosines of all photos shrink to 1 / sqrt(1 + its square), 0.89


def hubs_of(config: HeadsConfig) -> HubConfig | None:
    """The bank that a recipe's heads get."""
    if config.queries == 0:
        return None
    return HubConfig(queries=config.queries, sharpness=_SHARPNESS, share=config.lowering, constant=_CONSTANT)


def balanced(heads: Heads, config: CompactConfig, data: FeatureSet, *, seed: int) -> Heads:
    """`heads`, trained on `data` without a bank, as heads of the shape `config`; where that has a bank, it is made of
    all captions in `data`.

    It cannot be learned with the heads: of the photos that they learn from they know which captions are theirs, and
    hardly one is a hub.
    """
    whole = Heads(config)
    whole.load_state_dict(whole.state_dict() | heads.state_dict())  # all but a bank
    whole.eval()
    bank = whole.image_head.bank
    if bank is None:
        return whole
    with torch.no_grad():
        generator = torch.Generator().manual_seed(seed)
        captions = functional.normalize(whole.text_head.unscaled(data.texts[data.present]), dim=1)
        photos = data.whole[torch.randperm(len(data), generator=generator)[:_PHOTOS]].float()
        means, shares = _groups(captions, len(bank.texts), generator)
        bank.fit(means, shares, functional.normalize(whole.image_head.unscaled(photos), dim=1))
    return whole


def _groups(vectors: Tensor, groups: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Spherical k-means of unit vectors `[n, d]`: the groups' means `[groups, d]` and their shares of the vectors."""
    centres = vectors[torch.randint(len(vectors), (groups,), generator=generator)]
    for _ in range(_ROUNDS):
        own = torch.cat([(part @ centres.T).argmax(dim=1) for part in torch.split(vectors, _ROWS)])
        counts = torch.bincount(own, minlength=groups)
        means = torch.zeros_like(centres).index_add_(0, own, vectors) / counts.clamp(min=1)[:, None]
        centres = functional.normalize(means, dim=1)
    return means, counts.clamp(min=1e-9) / len(vectors)  # a group that is empty counts as good as nothing
