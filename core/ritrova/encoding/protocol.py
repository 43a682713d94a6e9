"""What the rest of the program knows of a model."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ritrova.photo import PixelSpec


class Encoder(Protocol):
    """A dual encoder: pictures and sentences become unit vectors of one space, compared by their cosine.

    Loading is lazy: a search loads the text tower alone, an indexing run the image tower alone.
    Both `encode_` methods may be called from any one thread at a time.
    """

    name: str  # as in the manifest, unique in a library
    fingerprint: str  # 16 hexadecimal digits that change with any weight or preprocessing; keys the embeddings
    dimension: int  # d
    pixels: PixelSpec  # what `encode_images` wants

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`[n, side, side, 3]` RGB to `[n, d]` float32 of unit length.

        A batch that does not fit the device's memory is halved (with a log line) until it does.
        """
        ...

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """`n` texts to `[n, d]` float32 of unit length. Longer texts are cut where the model's window ends."""
        ...

    def rest(self) -> None:
        """Leave the graphics card to others until pictures come again; sentences are answered all the same."""
        ...

    @property
    def bank(self) -> NDArray[np.float32] | None:
        """`[m, d]` unit vectors of unrelated photos, against which a score's strength is read; None without one."""
        ...

    @property
    def batch_size(self) -> int:
        """How many pictures `encode_images` takes best at once on this device, now."""
        ...
