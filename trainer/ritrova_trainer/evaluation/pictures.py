"""The photos of an evaluation, as a model wants them and as a person sees them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import DecodeFailure
from ritrova.images.decode import thumbnail
from ritrova.images.limits import DecodeLimits
from ritrova.photo import PixelSpec
from ritrova_trainer.data import ImageRef
from ritrova_trainer.pictures import PictureReader

SIDE = 240  # pixels of a thumbnail's longer side
_AHEAD = 32  # photos decoded at once: bounds the memory

T = TypeVar("T")


class Pictures:
    """Photos by their keys. One that is missing or cannot be decoded is None everywhere."""

    def __init__(self, images: Mapping[str, ImageRef]) -> None:
        self._images = images

    def pixels(self, photos: Sequence[str], wanted: PixelSpec, *, threads: int) -> Iterator[NDArray[np.uint8] | None]:
        """The model's input `[side, side, 3]` of each photo, in order."""
        reader = PictureReader(wanted)

        def decoded(photo: str) -> NDArray[np.uint8] | None:
            return self._made(photo, reader.square)

        with ThreadPoolExecutor(threads) as pool:
            for start in range(0, len(photos), _AHEAD):
                yield from pool.map(decoded, photos[start : start + _AHEAD])

    def thumbnail(self, photo: str) -> bytes | None:
        """A small WebP."""
        extension = PurePosixPath(photo).suffix.lower()
        return self._made(photo, lambda image: thumbnail(image.read(), SIDE, DecodeLimits(), extension))

    def _made(self, photo: str, make: Callable[[ImageRef], T]) -> T | None:
        image = self._images.get(photo)
        if image is None:
            return None
        try:
            return make(image)
        except DecodeFailure:
            return None
