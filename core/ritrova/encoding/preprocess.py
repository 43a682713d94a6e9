"""From the pixels of a `PixelSpec` to what an image tower takes.

The decoder has scaled and cut already, with Pillow's filters as the models were trained, so what is left is
arithmetic, done for the whole batch on the device.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and spread of each colour, of pixels scaled to 0..1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def prepare(batch: NDArray[np.uint8], normalisation: Normalisation, device: torch.device) -> Tensor:
    """`[n, side, side, 3]` uint8 to `[n, 3, side, side]` float32 on the device, channels-last in memory."""
    if not batch.flags.writeable:  # torch takes no read-only memory, and a decoder's shared memory may be
        batch = batch.copy()
    # Bytes travel to the device, a quarter of the floats. The permuted view is channels-last as it stands.
    pixels = torch.from_numpy(batch).to(device).permute(0, 3, 1, 2).float()
    mean = torch.tensor(normalisation.mean, device=device).mul(255).view(3, 1, 1)
    std = torch.tensor(normalisation.std, device=device).mul(255).view(3, 1, 1)
    return pixels.sub_(mean).div_(std)
