"""What training minimises.

`images`, `texts` `[n, d]` are unit vectors of the common space, row i of both belonging together; all other pairs of
the batch are negatives. Where several processes share the batch, each holds n rows of it and compares them with the
rows of all its `peers`. It returns its share: the mean of the shares is the loss of the whole batch, and the mean of
their gradients, which is what DistributedDataParallel makes, is its gradient.

Logits are computed in float32 or more, also under autocast: bfloat16 knows a cosine of 20 times only to 0.06.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from ritrova_trainer.config import LossConfig
from ritrova_trainer.distributed import ALONE, Peers


def info_nce(
    images: Tensor, texts: Tensor, scale: Tensor | float, *, peers: Peers = ALONE, block: int | None = None
) -> Tensor:
    """Mean cross-entropy of photo-to-text and text-to-photo, a scalar: the published loss, with all negatives.

    `scale`, a scalar, makes logits of cosines. With `block`, so many rows are compared at a time and once more for
    the gradient: memory grows with `block` times the batch instead of with its square.
    """
    all_images, all_texts = peers.gather(images), peers.gather(texts)
    first = peers.rank * len(images)
    forth = _mean_over_rows(_wrong_choice, images, all_texts, scale, first=first, block=block)
    back = _mean_over_rows(_wrong_choice, texts, all_images, scale, first=first, block=block)
    return (forth + back) / 2


def sigmoid(
    images: Tensor,
    texts: Tensor,
    scale: Tensor | float,
    bias: Tensor | float,
    *,
    peers: Peers = ALONE,
    block: int | None = None,
) -> Tensor:
    """The loss of SigLIP, a scalar: each pair alone is judged to belong together or not; summed over a photo's pairs.

    `scale` and `bias`, scalars, make the pair's logit of its cosine. `block` as in `info_nce`.
    """
    first = peers.rank * len(images)
    return _mean_over_rows(_wrong_pairs, images, peers.gather(texts), scale, bias, first=first, block=block)


def targets(captions: Tensor, *, soft_share: float, soft_sharpness: float, peers: Peers = ALONE) -> Tensor:
    """How much each caption of the batch tells of each photo: rows of `[n, world * n]` sum to 1.

    `captions` `[n, w]` are unit text features before the head. The photo's own caption has `1 - soft_share`, and all
    share the rest by their likeness to it: two photos of a tiger lying down are no opposites.
    """
    likeness = _logits(captions, peers.gather(captions), soft_sharpness).softmax(dim=1)
    own = torch.zeros_like(likeness)
    own.diagonal(peers.rank * len(captions)).fill_(1)
    return (1 - soft_share) * own + soft_share * likeness


def soft_info_nce(images: Tensor, texts: Tensor, scale: Tensor | float, wanted: Tensor, peers: Peers = ALONE) -> Tensor:
    """`info_nce` against `wanted` `[n, world * n]`, made by `targets`, in place of the photo's own caption alone."""
    logits = _logits(images, peers.gather(texts), scale)
    other_way = logits.T if peers.world == 1 else _logits(texts, peers.gather(images), scale)
    return (functional.cross_entropy(logits, wanted) + functional.cross_entropy(other_way, wanted)) / 2


def contrastive(images: Tensor, texts: Tensor, captions: Tensor, config: LossConfig, peers: Peers = ALONE) -> Tensor:
    """`soft_info_nce` as a configuration says, with `captions` as in `targets`."""
    wanted = targets(captions, soft_share=config.soft_share, soft_sharpness=config.soft_sharpness, peers=peers)
    return soft_info_nce(images, texts, config.scale, wanted, peers)


def _logits(rows: Tensor, columns: Tensor, scale: Tensor | float) -> Tensor:
    """`[n, d]` and `[m, d]` to `[n, m]`."""
    dtype = torch.promote_types(rows.dtype, torch.float32)
    with torch.autocast(rows.device.type, enabled=False):
        return scale * rows.to(dtype) @ columns.to(dtype).T


def _wrong_choice(rows: Tensor, columns: Tensor, own: Tensor, scale: Tensor | float) -> Tensor:
    """Cross-entropy `[n]` of choosing among the columns; `own` `[n]` are the right ones' places."""
    return functional.cross_entropy(_logits(rows, columns, scale), own, reduction="none")


def _wrong_pairs(rows: Tensor, columns: Tensor, own: Tensor, scale: Tensor | float, bias: Tensor | float) -> Tensor:
    """Binary cross-entropy `[n]`, summed over the columns: yes at `own` `[n]`, no elsewhere."""
    logits = _logits(rows, columns, scale) + bias
    places = own[:, None]
    agreement = (-logits).scatter(1, places, logits.gather(1, places))
    return -functional.logsigmoid(agreement).sum(dim=1)


def _mean_over_rows(
    of_rows: Callable[..., Tensor],
    rows: Tensor,
    columns: Tensor,
    *numbers: Tensor | float,
    first: int,
    block: int | None,
) -> Tensor:
    """The mean of `of_rows(rows, columns, own, *numbers)`, where row i belongs to column `first + i`."""
    own = torch.arange(first, first + len(rows), device=rows.device)
    if block is None:
        return of_rows(rows, columns, own, *numbers).mean()
    parts = zip(torch.split(rows, block), torch.split(own, block), strict=True)
    losses: list[Tensor] = [
        checkpoint(of_rows, part, columns, places, *numbers, use_reentrant=False, preserve_rng_state=False)
        for part, places in parts
    ]
    return torch.cat(losses).mean()
