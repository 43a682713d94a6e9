"""The trained part of the compact model: its two heads, without the towers, as training on cached features sees it."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from ritrova.atomic import replacing
from ritrova.encoding.compact import CompactConfig, ImageHead, TextHead
from ritrova.errors import ModelError
from ritrova.text import msg
from ritrova_trainer.config import HeadsConfig
from ritrova_trainer.pairs import FeatureSet


def centred(texts: Tensor, mean: Tensor) -> Tensor:
    """Text features `[n, w]` as unit vectors, without `mean` `[w]`, that of the captions' unit features."""
    return functional.normalize(functional.normalize(texts, dim=-1) - mean, dim=-1)


class Heads(nn.Module):
    """Parameters carry the names that they have in `CompactModel`."""

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.image_head = ImageHead(config)
        self.text_head = TextHead(config)

    def forward(self, images: Tensor, texts: Tensor) -> tuple[Tensor, Tensor]:
        """Tower features `[n, image_features]` and `[n, hidden_size]` to unit vectors, `[n, dimension]` each."""
        return self.image_head(images), self.text_head(texts)

    def fit_statistics(self, data: FeatureSet) -> None:
        """Take the means and deviations that the heads subtract and divide by from the training data."""
        deviation, mean = torch.std_mean(data.images.flatten(0, -2).float(), dim=0, correction=0)  # over all views
        self.image_head.mean.copy_(mean)
        self.image_head.std.copy_(deviation.clamp(min=1e-3))  # a feature that never varies stays near zero
        self.text_head.mean.copy_(functional.normalize(data.texts[data.present], dim=-1).mean(dim=0))

    def centred(self, texts: Tensor) -> Tensor:
        """Unit text features with the captions' common direction taken out: what likeness is measured on."""
        return centred(texts, self.text_head.mean)

    def set_dropout(self, config: HeadsConfig) -> None:
        """Dropout belongs to a training run, not to the model's folder."""
        for head, share in ((self.image_head, config.image_dropout), (self.text_head, config.text_dropout)):
            for layer in head.modules():
                if isinstance(layer, nn.Dropout):
                    layer.p = share

    def save(self, path: Path) -> None:
        """Float32 safetensors, written aside and put in place."""
        with replacing(path, durable=True) as part:
            save_file({name: value.contiguous() for name, value in self.state_dict().items()}, part)

    @staticmethod
    def load(path: Path, config: CompactConfig) -> "Heads":
        """What `save` wrote, ready to encode. Raises ModelError."""
        heads = Heads(config)
        try:
            heads.load_state_dict(load_file(path))
        except (OSError, SafetensorError, RuntimeError) as error:
            raise ModelError(
                msg("The trained heads cannot be read: {reason}", reason=str(error).splitlines()[0]), None, str(path)
            ) from error
        return heads.eval()
