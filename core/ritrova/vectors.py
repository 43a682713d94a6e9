"""What an index needs from the store: the embeddings of one model, and a way to tell what it has seen.

Embedding ids grow and are never reused (AUTOINCREMENT). Each write of embeddings is a batch with a random
token and the last id it wrote. An index carries the token of the last batch it holds: where the store still
knows that token, everything up to that batch's last id is what the index has seen, save for embeddings
deleted since (which a count reveals), and everything after it is the missing tail. A token that the store
does not know (another library, a power cut that rolled the store back) means: rebuild.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Stamp:
    """Up to where an index agrees with the store."""

    model: str  # the encoder's fingerprint
    token: int  # random 63-bit number of the last batch; 0 for an empty store
    last_id: int  # the last embedding id of that batch; 0 for an empty store
    count: int  # live embeddings with an id up to `last_id`


class VectorSource(Protocol):
    """The embeddings of one model, as the store gives them."""

    model: str  # fingerprint
    dimension: int

    def stamp(self) -> Stamp:
        """Of the newest batch."""
        ...

    def last_id_of(self, token: int) -> int | None:
        """The last id of the batch with this token; None where the store does not know it."""
        ...

    def count(self, up_to: int) -> int:
        """How many live embeddings have an id up to `up_to`."""
        ...

    def ids(self, up_to: int) -> NDArray[np.int64]:
        """Live embedding ids up to `up_to`, ascending, `[n]`."""
        ...

    def vectors(self, after: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """At most `limit` embeddings with an id greater than `after`, ascending: ids `[n]`, unit vectors `[n, d]`."""
        ...
