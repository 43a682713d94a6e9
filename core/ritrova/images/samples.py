"""The photos that ship with the program, as a model wants them: they become its bank of unrelated photos."""

import numpy as np
from numpy.typing import NDArray

from ritrova.images.decode import decode
from ritrova.images.limits import DecodeLimits
from ritrova.paths import resource
from ritrova.photo import PixelSpec


def sample_photos(pixels: PixelSpec) -> NDArray[np.uint8]:
    """`[m, side, side, 3]`."""
    photos = sorted(resource("samples", "photos").iterdir())
    decoded = [decode(photo.read_bytes(), pixels, DecodeLimits(), photo.suffix) for photo in photos]
    return np.stack([each.model_input for each in decoded])
