"""What the library gets from an index."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ritrova.vectors import Stamp, VectorSource

__all__ = ["Stamp", "VectorIndex", "VectorSource"]


class VectorIndex(Protocol):
    """Searches unit vectors by cosine."""

    def __len__(self) -> int:
        """Live vectors."""
        ...

    def search(self, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` best (or fewer, where fewer live) for the unit vector `query` `[d]`: ids and cosines, best first."""
        ...
