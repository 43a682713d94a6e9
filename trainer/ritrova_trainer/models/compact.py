"""The compact model, to be trained."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from ritrova.encoding import compact
from ritrova.encoding.bundle import Prompts
from ritrova.encoding.levels import LevelTower
from ritrova.encoding.preprocess import Normalisation
from ritrova.errors import UsageError
from ritrova.text import msg
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.models.stages import Stages, sentence_stages, timm_parts, timm_stages
from ritrova_trainer.towers import compact_tokeniser

_ALIKE = 128  # texts through the tower at a time
_COLOURS = 3  # no stage gives so few channels
TOKENIZER_FILES = (compact.TOKENIZER_FILE, "tokenizer_config.json")


class CompactDual(DualEncoder):
    """Core's `CompactModel`. Both sides also take what the parts below the trained ones gave, computed once."""

    def __init__(self, model: compact.CompactModel, words: Path) -> None:
        """`model` has both sides, `words` is the folder of its tokenizer. Towers are frozen. Raises ModelError."""
        config = model.config
        super().__init__(
            pixels=config.pixels,
            normalisation=Normalisation(config.mean, config.std),
            tokeniser=compact_tokeniser(config, words),
            prompts=Prompts(text_prefix=config.text_prefix),
            assets={name: (words / name).read_bytes() for name in TOKENIZER_FILES if (words / name).exists()},
            scale=config.scale,
        )
        self.compact = model
        # Convolutions on the CPU take two thirds of the time in this layout.
        model.image_tower.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.dimension = config.width
        self.image_width = config.image_features
        self.set_trainable()

    @property
    def frozen_text_layers(self) -> int:
        """How many of the text tower's layers, from its input, are not trained."""
        layers = self.compact.text_tower.layers.layers
        return _frozen([list(layer.parameters()) for layer in layers])

    @property
    def frozen_image_stages(self) -> int:
        """How many of the image tower's stages, from its input, are not trained."""
        return _frozen(self.image_stages())

    def image_features(self, images: Tensor) -> Tensor:
        """Pixels, or float `[n, c, h, w]` from `image_states`, to pooled features `[n, image_width]`."""
        if images.shape[1] == _COLOURS:
            features: Tensor = self.compact.image_tower(images)
            return features
        hidden = images.contiguous(memory_format=torch.channels_last)
        if isinstance(self.compact.image_tower, LevelTower):
            return self.compact.image_tower.upward(hidden, self.frozen_image_stages - 1)
        for part in timm_parts(self.compact.image_tower)[self.frozen_image_stages :]:
            hidden = part(hidden)
        return hidden

    def image_states(self, pixels: Tensor) -> Tensor:
        """What the frozen stages give, `[n, c, h, w]`, where some are frozen and some train. Raises UsageError."""
        tower, frozen = self.compact.image_tower, self.frozen_image_stages
        if frozen == len(self.image_stages()):
            return self.image_features(pixels)
        if isinstance(tower, LevelTower):
            _require_described(tower, frozen)
            return tower.below(pixels, frozen - 1)  # the stem is a stage too
        hidden = pixels
        for part in timm_parts(tower)[:frozen]:
            hidden = part(hidden)
        return hidden

    def text_features(self, texts: Tensor, mask: Tensor) -> Tensor:
        """Ids, or float `[n, t, width]` from `hidden_states`, with their mask to pooled features `[n, width]`."""
        lengths = mask.sum(dim=1)
        order = lengths.argsort(stable=True)
        parts = []
        for rows in torch.split(order, _ALIKE):  # of like length: what is padded is computed too
            longest = int(lengths[rows].max())
            parts.append(self._pooled(texts[rows, :longest], mask[rows, :longest]))
        return torch.cat(parts)[order.argsort()]

    def _pooled(self, texts: Tensor, mask: Tensor) -> Tensor:
        tower, start = self.compact.text_tower, self.frozen_text_layers
        if not texts.is_floating_point():
            texts, start = tower.embed(texts), 0
        return tower.pool(self._through(texts, mask, start, None), mask)

    def hidden_states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """What the frozen lower layers give, `[n, t, width]`; in padded places anything."""
        return self._through(self.compact.text_tower.embed(ids), mask, 0, self.frozen_text_layers)

    def project_images(self, features: Tensor) -> Tensor:
        projected: Tensor = self.compact.image_head(features)
        return projected

    def project_texts(self, features: Tensor) -> Tensor:
        projected: Tensor = self.compact.text_head(features)
        return projected

    def image_stages(self) -> Stages:
        return timm_stages(self.compact.image_tower)

    def text_stages(self) -> Stages:
        return sentence_stages(self.compact.text_tower)

    def heads(self) -> Iterable[nn.Module]:
        return self.compact.image_head, self.compact.text_head

    def write(self, folder: Path) -> None:
        scale = round(self.log_scale.exp().item(), 3)  # 20, not 20.000002
        self.compact.config = self.compact.config.model_copy(update={"scale": scale})
        compact.save(self.compact, folder)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        tower = self.compact.text_tower
        tower.dropout.train(mode and tower.words.weight.requires_grad)  # it belongs to the embeddings
        return self

    def _through(self, hidden: Tensor, mask: Tensor, start: int, end: int | None) -> Tensor:
        for layer in self.compact.text_tower.layers.layers[start:end]:
            hidden = layer(hidden, src_key_padding_mask=~mask)
        return hidden


def _require_described(tower: LevelTower, frozen: int) -> None:
    """Raise where a map that is described lies below those that are computed again."""
    if frozen - 1 > tower.highest:
        raise UsageError(
            msg("The model describes {levels} maps of its image tower; more stages must train.", levels=tower.levels),
            msg("Set more: `--set trained.image_stages={least}`.", least=len(tower.blocks) - tower.highest),
        )


def _frozen(stages: Stages) -> int:
    """How many of the stages, from the first one on, do not train."""
    trained = [any(one.requires_grad for one in stage) for stage in stages]
    return [*trained, True].index(True)
