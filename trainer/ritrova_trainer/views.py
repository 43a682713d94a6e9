"""Views of a photo: the whole, its mirror image, and a few of its parts."""

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict

from ritrova.photo import PixelSpec
from ritrova_trainer.data import ImageRef
from ritrova_trainer.pictures import PictureReader


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsConfig:
    """Which views of a photo are kept beside the whole."""

    __pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    flip: bool = False
    """Its mirror image."""
    crops: int = 0
    """So many parts of it, every second one mirrored; the same ones each time, for the same photo."""
    smallest: float = 0.5
    """Share of the photo's area that a part has at least."""

    def __post_init__(self) -> None:
        if self.crops < 0:
            raise ValueError("crops must be 0 or more")
        if not 0 < self.smallest <= 1:
            raise ValueError("smallest must be in (0, 1]")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the views, in their order."""
        return ("whole", *(["flip"] if self.flip else []), *(f"crop {number}" for number in range(self.crops)))


class Views:
    """Makes the views of a photo."""

    def __init__(self, config: ViewsConfig, pixels: PixelSpec) -> None:
        self.config = config
        self._whole = PictureReader(pixels)
        # Parts are cut from a larger photo, so that the smallest need not be blown up.
        larger = math.ceil(pixels.resize / math.sqrt(config.smallest))
        self._larger = PictureReader(replace(pixels, side=larger, resize=larger))
        self._side = pixels.side

    def __call__(self, image: ImageRef) -> NDArray[np.uint8]:
        """`[views, side, side, 3]`. Raises DecodeFailure."""
        whole = self._whole.square(image)
        views = [whole, whole[:, ::-1]] if self.config.flip else [whole]
        if self.config.crops:
            views += self._crops(self._larger.uncut(image), image.key)
        return np.stack(views)

    def _crops(self, photo: NDArray[np.uint8], key: str) -> list[NDArray[np.uint8]]:
        from torchvision.transforms import v2  # here: reading a configuration needs none of it, and it takes a second

        cut: Any = v2.RandomResizedCrop(
            self._side, scale=(self.config.smallest, 1.0), interpolation=v2.InterpolationMode.BICUBIC
        )
        pixels = torch.from_numpy(photo).permute(2, 0, 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int.from_bytes(hashlib.blake2b(key.encode(), digest_size=7).digest(), "big"))
            parts = [cut(pixels).permute(1, 2, 0).numpy() for _ in range(self.config.crops)]
        return [part[:, ::-1] if number % 2 else part for number, part in enumerate(parts)]
