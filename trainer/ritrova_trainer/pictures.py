"""Photos as pixels. Decoding is the application's own, so that the model sees in training what it sees there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import FailureKind
from ritrova.images.decode import Reduced, reduced
from ritrova.images.limits import DecodeLimits
from ritrova.images.thumbnails import SMALL_SIDE
from ritrova.photo import PixelSpec
from ritrova_trainer.data import ImageRef

_LIMITS = DecodeLimits()


@dataclass(frozen=True, slots=True)
class Unread:
    """A photo that was passed over."""

    key: str
    kind: FailureKind
    reason: str  # short, technical, in English


@dataclass(frozen=True, slots=True)
class PictureReader:
    """Reads photos in this process: a data set that somebody chose to train on is no stranger's mail."""

    pixels: PixelSpec
    limits: DecodeLimits = _LIMITS

    def square(self, ref: ImageRef) -> NDArray[np.uint8]:
        """What the application shows the model, `[side, side, 3]`. Raises DecodeFailure."""
        return self._made(ref, lambda photo: photo.model_input(self.pixels))

    def uncut(self, ref: ImageRef) -> NDArray[np.uint8]:
        """The whole photo at the model's scale, `[h, w, 3]`. Raises DecodeFailure."""
        return self._made(ref, lambda photo: photo.uncut(self.pixels))

    def _made(self, ref: ImageRef, make: Callable[[Reduced], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        extension = PurePath(ref.key).suffix.lower()
        return make(reduced(ref.read(), self.pixels, SMALL_SIDE, self.limits, extension))
