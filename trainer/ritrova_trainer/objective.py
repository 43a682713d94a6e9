"""The loss that a configuration asks for."""

import torch
from torch import Tensor

from ritrova_trainer.config import LossConfig
from ritrova_trainer.distributed import Peers
from ritrova_trainer.loss import info_nce, sigmoid, soft_info_nce, targets


class Objective:
    """This process's share of the loss of a batch that it holds with its peers."""

    def __init__(self, config: LossConfig, *, block: int, peers: Peers) -> None:
        """`block`: rows compared at a time, 0 for all."""
        self._config, self._block, self._peers = config, block or None, peers

    def __call__(self, images: Tensor, texts: Tensor, scale: Tensor, bias: Tensor, likeness: Tensor | None) -> Tensor:
        """A scalar. `images`, `texts` `[n, d]` and `likeness` `[n, w]` are unit vectors, `scale` and `bias` scalars.

        Of several captions of each photo, `[n, k, d]` and `[n, k, w]`, it is the mean.
        """
        if texts.ndim == 3:
            likes = [None] * texts.shape[1] if likeness is None else likeness.unbind(dim=1)
            losses = [
                self(images, one, scale, bias, like) for one, like in zip(texts.unbind(dim=1), likes, strict=True)
            ]
            return torch.stack(losses).mean()
        config, peers = self._config, self._peers
        # A fixed scale is the configuration's number; through its logarithm it would lose its last digits.
        factor: Tensor | float = scale if config.learned_scale else config.scale
        if config.kind == "sigmoid":
            return sigmoid(images, texts, factor, bias, peers=peers, block=self._block)
        if likeness is None:
            return info_nce(images, texts, factor, peers=peers, block=self._block)
        wanted = targets(likeness, soft_share=config.soft_share, soft_sharpness=config.soft_sharpness, peers=peers)
        return soft_info_nce(images, texts, factor, wanted, peers)
