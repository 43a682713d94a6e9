"""What is searched, and by which texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritrova_trainer.evaluation.retrieval import KINDS

ALL = "all"
"""Every text, whatever its kind: the published protocol."""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Photos by their ids, and texts that each belong to one of them."""

    photos: tuple[str, ...]
    texts: tuple[str, ...]
    own: NDArray[np.int64]  # [n] the place of each text's photo in `photos`
    places: NDArray[np.int64]  # [n] the place of each text among those of its photo

    @staticmethod
    def of(captioned: Sequence[tuple[str, Sequence[str]]]) -> "Gallery":
        """From photos, each once, with their captions in order."""
        photos = tuple(photo for photo, _ in captioned)
        texts = tuple(caption for _, captions in captioned for caption in captions)
        own = [row for row, (_, captions) in enumerate(captioned) for _ in captions]
        places = [place for _, captions in captioned for place in range(len(captions))]
        return Gallery(photos, texts, np.array(own, np.int64), np.array(places, np.int64))

    def kinds(self) -> dict[str, NDArray[np.int64]]:
        """The texts of each kind, by their rows; `ALL` is left out where there is one kind only.

        Kinds are told apart where no photo has more texts than there are kinds.
        """
        if self.places.max(initial=0) >= len(KINDS):
            return {ALL: np.arange(len(self.texts))}
        named = {kind: np.flatnonzero(self.places == place) for place, kind in enumerate(KINDS)}
        present = {kind: rows for kind, rows in named.items() if len(rows)}
        return present if len(present) == 1 else {ALL: np.arange(len(self.texts)), **present}

    def only(self, kept: NDArray[np.bool_]) -> "Gallery":
        """The photos that are true in `kept` `[m]`, and their texts."""
        new_place = np.cumsum(kept) - 1
        rows = np.flatnonzero(kept[self.own])
        return Gallery(
            tuple(photo for photo, keep in zip(self.photos, kept, strict=True) if keep),
            tuple(self.texts[row] for row in rows),
            new_place[self.own[rows]],
            self.places[rows],
        )
