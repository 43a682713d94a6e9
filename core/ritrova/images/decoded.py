"""What decoding a photo gives. Apart from the decoder, so that who receives it need not load one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritrova.photo import PhotoFacts


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """All that the program needs of one photo's pixels."""

    facts: PhotoFacts
    model_input: NDArray[np.uint8]  # [side, side, 3] RGB
    thumbnail: bytes  # WebP, its longer side at most `thumbnails.SMALL_SIDE`, sRGB, without metadata
