"""What an image tower saw on its way up, not in its last map alone."""

from typing import Any

import torch
from torch import Tensor, nn

_LEAST = 1e-12  # of a variance: at 0, which silent channels have, the root has no gradient


class LevelTower(nn.Module):
    """timm's EfficientNet, whose features are the mean, maximum and deviation over the places of its last maps.

    The mean of the last map says what a photo is of as a whole. The maxima keep what is small in it, and the maps below
    keep colours and textures that a classifier of objects has no use for.
    """

    def __init__(self, tower: Any, levels: int) -> None:
        """Takes the parts of `tower` over, under their names; the last `levels` maps, at least one, are described.

        Raises ValueError where `tower` is no EfficientNet with so many maps.
        """
        super().__init__()
        if not 1 <= levels <= len(getattr(tower, "blocks", ())) + 1:
            raise ValueError(f"an EfficientNet with {levels} maps")
        self.levels = levels
        self.conv_stem, self.bn1, self.blocks = tower.conv_stem, tower.bn1, tower.blocks
        self.conv_head, self.bn2 = tower.conv_head, tower.bn2
        self.group_matcher = tower.group_matcher  # which parameters make a stage

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels `[n, 3, side, side]` to `[n, width]`."""
        return self.upward(self.below(pixels, 0), 0)

    @property
    def highest(self) -> int:
        """The highest block that `upward` may start from: what enters it is the lowest map that is described."""
        return len(self.blocks) + 2 - self.levels

    def below(self, pixels: Tensor, start: int) -> Tensor:
        """What enters block `start`, `[n, c, h, w]`."""
        hidden: Tensor = self.bn1(self.conv_stem(pixels))
        for block in self.blocks[:start]:
            hidden = block(hidden)
        return hidden

    def upward(self, hidden: Tensor, start: int) -> Tensor:
        """What enters block `start`, at most the `highest`, to `[n, width]`."""
        maps = [hidden]
        for block in self.blocks[start:]:
            maps.append(block(maps[-1]))
        maps.append(self.bn2(self.conv_head(maps[-1])))
        return torch.cat([part for one in maps[-self.levels :] for part in _described(one)], dim=1)


def _described(hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    # Channels last, as the convolutions leave them: torch's own std_mean takes three times as long.
    places = hidden.permute(0, 2, 3, 1).flatten(1, 2).float()  # half precision would lose the deviations
    mean = places.mean(dim=1)
    variance = (places - mean[:, None]).square().mean(dim=1)
    return mean, places.amax(dim=1), variance.clamp(min=_LEAST).sqrt()
