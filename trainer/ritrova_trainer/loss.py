"""What training minimises."""

import torch
from torch import Tensor
from torch.nn import functional

from ritrova_trainer.config import LossConfig


def targets(captions: Tensor, *, soft_share: float, soft_sharpness: float) -> Tensor:
    """How much each caption of the batch tells of each photo: rows of `[n, n]` sum to 1.

    `captions` `[n, w]` are unit text features before the head. The photo's own caption has `1 - soft_share`, and all
    share the rest by their likeness to it: two photos of a tiger lying down are no opposites.
    """
    likeness = (soft_sharpness * captions @ captions.T).softmax(dim=1)
    own = torch.eye(len(captions), dtype=captions.dtype, device=captions.device)
    return (1 - soft_share) * own + soft_share * likeness


def contrastive(images: Tensor, texts: Tensor, captions: Tensor, config: LossConfig) -> Tensor:
    """Mean cross-entropy of photo-to-text and text-to-photo, a scalar.

    `images`, `texts` `[n, d]` are unit vectors of the common space, row i of both belonging together; `captions`
    `[n, w]` as in `targets`.
    """
    logits = config.scale * images @ texts.T
    wanted = targets(captions, soft_share=config.soft_share, soft_sharpness=config.soft_sharpness)
    forth = functional.cross_entropy(logits, wanted)
    back = functional.cross_entropy(logits.T, wanted)
    return (forth + back) / 2
