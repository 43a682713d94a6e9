"""A query bank for trained heads: see `ritrova.encoding.hubs`."""

import torch
from torch.nn import functional

from ritrova.encoding.compact import CompactConfig
from ritrova.encoding.hubs import HubConfig
from ritrova_trainer.config import HeadsConfig
from ritrova_trainer.heads import Heads
from ritrova_trainer.pairs import FeatureSet

_PHOTOS = 4096  # whose mean says what photos fit usually
_SHARPNESS = 20.0  # of 5, 10, 20 and 40 this found most, for any share
_CONSTANT = 0.5  # cosines of all photos shrink to 1 / sqrt(1 + its square), 0.89


def hubs_of(config: HeadsConfig) -> HubConfig | None:
    """The bank that a recipe's heads get."""
    if config.queries == 0:
        return None
    return HubConfig(queries=config.queries, sharpness=_SHARPNESS, share=config.lowering, constant=_CONSTANT)


def balanced(heads: Heads, config: CompactConfig, data: FeatureSet, *, seed: int) -> Heads:
    """`heads`, trained on `data` without a bank, as heads of the shape `config`; where that has a bank, the captions in
    it are drawn from `data`.

    It cannot be learned with the heads: of the photos that they learn from they know which captions are theirs, and
    hardly one is a hub.
    """
    with torch.no_grad():
        whole = Heads(config)
        whole.load_state_dict(heads.state_dict(), strict=config.hubs is None)
        whole.eval()
        bank = whole.image_head.bank
        if config.hubs is not None and bank is not None:
            generator = torch.Generator().manual_seed(seed)
            captions = data.texts[data.present]
            captions = captions[torch.randint(len(captions), (config.hubs.queries,), generator=generator)]
            photos = data.images if data.images.ndim == 2 else data.images[:, 0]
            photos = photos[torch.randperm(len(photos), generator=generator)[:_PHOTOS]]
            bank.fit(
                functional.normalize(whole.text_head.unscaled(captions), dim=1),
                functional.normalize(whole.image_head.unscaled(photos.float()), dim=1),
            )
    return whole
