"""An encoder without a model: deterministic, instant, honest about colours. For tests and for trying things out.

Pictures and sentences meet in a small vocabulary of colours: a red picture is found by "rosso".
Everything else about a picture or a word is a fixed pseudo-random direction.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ritrova.photo import PixelSpec

NAME = "fake"
_SIDE = 32
_COLOURS: dict[tuple[str, ...], tuple[int, int, int]] = {
    ("rosso", "rossa", "rossi", "rosse"): (220, 30, 30),
    ("verde", "verdi"): (40, 160, 50),
    ("blu",): (30, 50, 200),
    ("giallo", "gialla", "gialli", "gialle"): (240, 220, 40),
    ("arancione", "arancioni"): (245, 140, 20),
    ("viola",): (130, 40, 170),
    ("rosa",): (250, 160, 190),
    ("azzurro", "azzurra", "azzurri", "azzurre"): (100, 180, 240),
    ("marrone", "marroni"): (120, 70, 30),
    ("nero", "nera", "neri", "nere"): (10, 10, 10),
    ("bianco", "bianca", "bianchi", "bianche"): (245, 245, 245),
    ("grigio", "grigia", "grigi", "grigie"): (128, 128, 128),
}
_WORD_OF = {word: place for place, words in enumerate(_COLOURS) for word in words}
_REST = 52  # dimensions beside the colours
_CELLS = 4  # of the thumbnail, each way


class FakeEncoder:
    """An `Encoder` of 64 dimensions that needs no file, no torch and no time."""

    name = NAME
    fingerprint = "fa4e000000000001"
    dimension = len(_COLOURS) + _REST
    pixels = PixelSpec(side=_SIDE, resize=_SIDE)

    def __init__(self, batch_size: int = 64) -> None:
        self._batch_size = batch_size
        shape = (_CELLS * _CELLS * 3, _REST)
        self._projection = np.random.default_rng(1).normal(size=shape).astype(np.float32) / np.sqrt(_REST)

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The share of each colour, and faintly the layout."""
        n = len(batch)
        pixels = batch.reshape(n, _SIDE * _SIDE, 1, 3).astype(np.float32)
        anchors = np.array(list(_COLOURS.values()), np.float32)
        nearest = ((pixels - anchors) ** 2).sum(-1).argmin(-1)  # [n, pixels]
        shares = np.stack([(nearest == place).mean(1) for place in range(len(anchors))], axis=1)
        cell = _SIDE // _CELLS
        cells = batch.reshape(n, _CELLS, cell, _CELLS, cell, 3).mean((2, 4)).reshape(n, _CELLS * _CELLS * 3)
        layout = ((cells - 127.5) / 255).astype(np.float32) @ self._projection
        return _unit(np.concatenate([shares, 0.1 * layout], axis=1))

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The colours that are named, and a direction of its own for each other word."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                if word in _WORD_OF:
                    row[_WORD_OF[word]] += 1
                else:
                    row[len(_COLOURS) :] += 0.3 * _direction(word)
            if not row.any():  # no words: some fixed direction, for a zero vector has no cosine
                row[-1] = 1
        return _unit(vectors)

    def rest(self) -> None:
        """It holds nothing."""

    @cached_property
    def bank(self) -> NDArray[np.float32]:
        """256 pictures of random patches."""
        patches = np.random.default_rng(2).integers(0, 256, (256, 4, 4, 3), np.uint8)
        return self.encode_images(patches.repeat(_SIDE // 4, axis=1).repeat(_SIDE // 4, axis=2))


def _direction(word: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())
    vector = np.random.default_rng(seed).normal(size=(1, _REST))
    direction: NDArray[np.float32] = _unit(vector)[0]
    return direction


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit
