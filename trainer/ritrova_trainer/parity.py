"""Whether a model that was written down is still the one that was trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from ritrova.encoding.compact import CompactModel
from ritrova.encoding.weights import Storage
from ritrova.errors import OurBug
from ritrova.text import msg
from ritrova_trainer.towers import text_encoder

LEAST: Mapping[Storage, float] = MappingProxyType({"float16": 0.9999, "int8": 0.998})
"""The least cosine between a vector of the trained model and the same of its folder."""

_PROBES = 64  # captions, and photos' features
_NOISE = 8  # pictures of noise, through the whole image side


def require_parity(
    trained: CompactModel, exported: CompactModel, folder: Path, captions: Sequence[str], storage: Storage
) -> None:
    """Raise OurBug where vectors of captions, of pictures and of image features are others.

    `folder` is the exported one, whose tokenizer reads the captions.
    """
    generator = torch.Generator().manual_seed(0)
    side, head = trained.config.side, trained.image_head
    noise = torch.randn(_NOISE, 3, side, side, generator=generator)
    features = head.mean + head.std * torch.randn(_PROBES, len(head.mean), generator=generator)

    def vectors(model: CompactModel) -> Tensor:
        with torch.inference_mode():
            texts = torch.from_numpy(text_encoder(model, folder)(captions[:_PROBES]))
            return torch.cat([texts, model.encode_images(noise), model.image_head(features)])

    worst = float((vectors(trained) * vectors(exported)).sum(dim=1).min())
    if not worst >= LEAST[storage]:
        raise OurBug(msg("The exported model differs from the trained one: cosine {worst}.", worst=round(worst, 5)))
