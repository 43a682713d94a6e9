"""The published augmentations of photos, in their order and with their parameters.

Published list: resize to the tower's side (bicubic), random crop, hue, flip, affine, perspective, autocontrast,
equalise. Resizing is done where photos are decoded, by Pillow's bicubic filter as in the application.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict

StepName = Literal["crop", "hue", "flip", "affine", "perspective", "autocontrast", "equalize"]
PUBLISHED: tuple[StepName, ...] = get_args(StepName)
_GREY = 127  # what appears beside a turned photo


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How photos are changed each time they are shown to the model."""

    __pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    steps: tuple[StepName, ...] = PUBLISHED
    """Which steps are done, always in the published order; without `crop` the middle of the photo is cut."""


class Augmentation:
    """Changes a photo at random. The same photo with the same seed gives the same picture, in any process."""

    def __init__(self, config: AugmentConfig, side: int) -> None:
        from torchvision.transforms import v2  # here: reading a configuration needs none of it, and it takes a second

        made = _published(v2, side)
        self.names = tuple(name for name in PUBLISHED if name in config.steps)
        steps = [made[name] for name in self.names]
        self._change: Any = v2.Compose(steps if "crop" in self.names else [v2.CenterCrop(side), *steps])

    def __call__(self, picture: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        """`[h, w, 3]`, its shorter side the tower's, to `[side, side, 3]`. The process's random state is left alone."""
        pixels = torch.from_numpy(picture).permute(2, 0, 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed % 2**63)
            changed = self._change(pixels)
        result: NDArray[np.uint8] = changed.permute(1, 2, 0).contiguous().numpy()
        return result


def _published(v2: Any, side: int) -> dict[StepName, Any]:
    bilinear = v2.InterpolationMode.BILINEAR
    return {
        "crop": v2.RandomCrop(side, pad_if_needed=True, padding_mode="edge"),
        "hue": v2.ColorJitter(hue=0.1),
        "flip": v2.RandomHorizontalFlip(),
        "affine": v2.RandomAffine(
            degrees=15,
            translate=(0.1, 0.1),
            scale=(0.8, 1.2),
            shear=(-15, 15, -15, 15),  # both axes
            interpolation=bilinear,
            fill=_GREY,
        ),
        "perspective": v2.RandomPerspective(distortion_scale=0.3, p=0.3, interpolation=bilinear, fill=_GREY),
        "autocontrast": v2.RandomAutocontrast(p=0.3),
        "equalize": v2.RandomEqualize(p=0.3),
    }
