"""The encoder that every torch model shares: lazy towers, the device, batches, unit vectors."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch import Tensor, nn

from ritrova.encoding import device as devices
from ritrova.encoding.bundle import Manifest, damaged, fingerprint
from ritrova.encoding.preprocess import Normalisation, prepare
from ritrova.encoding.tokens import Tokeniser
from ritrova.errors import ModelError, OurBug
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings
from ritrova.text import msg

log = logging.getLogger(__name__)

BANK_TENSOR = "vectors"
_TEXT_BATCH = 32


class Side(nn.Module):
    """One side of a model: a function of that model, with the weights it needs."""

    def __init__(self, model: nn.Module, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.model = model
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model folder that was looked at but not loaded: each side is read when its function is called.

    `image_side` gives a function from normalised pixels `[n, 3, side, side]` to `[n, dimension]`, `text_side` one
    from ids and mask `[n, t]` to `[n, dimension]`; neither needs to normalise. All raise ModelError.
    """

    pixels: PixelSpec
    normalisation: Normalisation
    dimension: int
    image_side: Callable[[], Side]
    text_side: Callable[[], Side]
    tokeniser: Callable[[], Tokeniser]


class TorchEncoder:
    """An `Encoder` over a checkpoint. A side is loaded at its first use and stays, in the CPU's memory after a rest."""

    def __init__(self, folder: Path, manifest: Manifest, checkpoint: Checkpoint, settings: EncodingSettings) -> None:
        self.name = manifest.name
        self.fingerprint = fingerprint(manifest)
        self.dimension = checkpoint.dimension
        self.pixels = checkpoint.pixels
        self._folder = folder
        self._manifest = manifest
        self._checkpoint = checkpoint
        devices.limit_threads(settings)
        self._device = devices.choose(settings.device)
        self._text_device = self._device  # the CPU since the first rest: for one sentence it is quick enough
        self._resting = False
        self._images_turn, self._texts_turn = threading.Lock(), threading.Lock()  # of one side, while it is in use
        self._batches = devices.Batches(self._device, settings.batch_size)

    @property
    def batch_size(self) -> int:
        return self._batches.size

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        wanted = (self.pixels.side, self.pixels.side, 3)
        if batch.dtype != np.uint8 or batch.shape[1:] != wanted:
            raise OurBug(msg("The model wants pixels {wanted}, not {given}.", wanted=wanted, given=batch.shape[1:]))
        if not len(batch):
            return np.empty((0, self.dimension), np.float32)
        with self._images_turn:
            if self._resting:
                self._image_side.to(self._device)
                self._resting = False
            return self._batches.run(batch, self._images)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._texts_turn:
            parts = [self._texts(texts[start : start + _TEXT_BATCH]) for start in range(0, len(texts), _TEXT_BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    def rest(self) -> None:
        with self._images_turn:
            self._resting = True
            self._move("_image_side")
        with self._texts_turn:
            self._text_device = torch.device("cpu")
            self._move("_text_side")
        devices.release_memory()

    def _move(self, side: str) -> None:
        """To the CPU's memory, if it was loaded."""
        if side in self.__dict__:
            self.__dict__[side].to("cpu")

    @cached_property
    def bank(self) -> NDArray[np.float32] | None:
        if self._manifest.bank is None:
            return None
        path = self._folder / self._manifest.bank.file
        try:
            vectors = load_file(path)[BANK_TENSOR].astype(np.float32)
        except (OSError, SafetensorError, KeyError) as error:
            raise damaged(path, error) from error
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise damaged(path, ValueError(f"vectors of shape {vectors.shape}, dimension {self.dimension}"))
        return _unit(vectors)

    def _images(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode(), devices.lower_precision(self._device):
            return self._vectors(self._image_side(prepare(rows, self._checkpoint.normalisation, self._device)))

    def _texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        ids, mask = self._tokeniser(texts)
        device = self._text_device
        with torch.inference_mode(), devices.lower_precision(device):
            return self._vectors(self._text_side(ids.to(device), mask.to(device)))

    def _vectors(self, raw: Tensor) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = raw.float().cpu().numpy()
        if not np.isfinite(vectors).all():
            raise ModelError(
                msg("The model gave numbers that are none (NaN or infinite)."),
                msg("Check it with ritrova models verify, or set encoding.device to cpu."),
                str(self._folder),
            )
        return _unit(vectors)

    @cached_property
    def _image_side(self) -> Side:
        # channels_last makes convolutions on the CPU twice as fast, and costs a transformer nothing.
        side = self._checkpoint.image_side().eval().to(self._device)
        return side.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    @cached_property
    def _text_side(self) -> Side:
        return self._checkpoint.text_side().eval().to(self._text_device)

    @cached_property
    def _tokeniser(self) -> Tokeniser:
        return self._checkpoint.tokeniser()


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return unit
