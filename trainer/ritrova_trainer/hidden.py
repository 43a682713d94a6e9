"""What the frozen lower layers of the text tower give for each caption, computed once: the upper ones then train fast.

A folder of safetensors files, each with a few thousand captions: `states` float16 `[tokens, width]`, caption after
caption without padding; `lengths` int32 `[n]`, tokens of each; `pooled` float16 `[n, width]`, what the whole tower gave
before any of it trained; `keys` uint8 `[n, 16]`. An interrupted computation goes on after the last whole file.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor
from torch.nn import functional

from ritrova.atomic import replacing
from ritrova.errors import EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.features import KEY_BYTES, text_key
from ritrova_trainer.heads import centred
from ritrova_trainer.models.compact import CompactDual

SAVE_EVERY = 4096  # captions: at most so many are computed again after an interruption
BATCH = 64  # captions through the tower at a time


class HiddenStates:
    """The cached states of captions, as the text side takes them."""

    def __init__(self, folder: Path, made_by: dict[str, str]) -> None:
        """Raises EnvironmentFault where the folder's states are of another tower, or damaged."""
        self._folder = folder
        self._made_by = made_by
        self._known: dict[bytes, NDArray[np.float16]] = {}
        self._pooled: dict[bytes, NDArray[np.float16]] = {}
        self._files = 0
        for path in sorted(folder.glob("*.safetensors")):
            self._read(path)

    def __contains__(self, text: str) -> bool:
        return text_key(text) in self._known

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """`n` texts to states float32 `[n, t, width]`, padded with zeros, and a bool mask `[n, t]`."""
        found = [torch.from_numpy(self._known[text_key(text)]) for text in texts]
        states = torch.nn.utils.rnn.pad_sequence(found, batch_first=True).float()
        lengths = torch.tensor([len(one) for one in found])
        return states, torch.arange(states.shape[1]) < lengths[:, None]

    def pooled(self, texts: Sequence[str]) -> Tensor:
        """What the whole tower gave before the first step: float32 `[n, width]`."""
        return torch.from_numpy(np.stack([self._pooled[text_key(text)] for text in texts])).float()

    def add(
        self, texts: Sequence[str], states: Sequence[NDArray[np.float16]], pooled: Sequence[NDArray[np.float16]]
    ) -> None:
        """Keep the states `[t, width]` of `texts`, and `pooled` `[width]`, in a file of their own."""
        keys = [text_key(text) for text in texts]
        tensors: dict[str, NDArray[Any]] = {
            "states": np.concatenate(states),
            "lengths": np.array([len(one) for one in states], np.int32),
            "pooled": np.stack(pooled),
            "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES),
        }
        with replacing(self._folder / f"{self._files:06}.safetensors", durable=False) as part:
            save_file(tensors, part, metadata=self._made_by)
        self._files += 1
        self._known.update(zip(keys, states, strict=True))
        self._pooled.update(zip(keys, pooled, strict=True))

    def _read(self, path: Path) -> None:
        try:
            with safe_open(path, framework="np") as file:
                made_by = file.metadata() or {}
                states, lengths, pooled, rows = (
                    file.get_tensor(name) for name in ("states", "lengths", "pooled", "keys")
                )
        except (SafetensorError, OSError) as error:
            raise EnvironmentFault(
                msg("The cached text features cannot be read: {reason}", reason=str(error)),
                msg("Remove the file: it is computed again."),
                str(path),
            ) from error
        if made_by != self._made_by or not len(lengths) == len(pooled) == len(rows) or lengths.sum() != len(states):
            raise EnvironmentFault(
                msg("The cached text features come from another text tower."),
                msg("Remove the file: it is computed again."),
                str(path),
            )
        parts = np.split(states, np.cumsum(lengths)[:-1])
        keys = [row.tobytes() for row in rows]
        self._known.update(zip(keys, parts, strict=True))
        self._pooled.update(zip(keys, pooled, strict=True))
        self._files = int(path.stem) + 1


class Likeness:
    """By what captions resemble each other, where the text tower trains: by what it was before."""

    def __init__(self, states: HiddenStates, training: Sequence[str]) -> None:
        """`training`: all captions to train on, whose common direction is taken out."""
        self._states = states
        self._mean = functional.normalize(states.pooled(training), dim=-1).mean(dim=0)

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """Unit vectors, float32 `[n, width]`."""
        return centred(self._states.pooled(captions), self._mean)


def cached_hidden_states(
    folder: Path,
    texts: Sequence[str],
    model: CompactDual,
    *,
    made_by: str,
    save_every: int = SAVE_EVERY,
    watch: Callable[[int, int], None] | None = None,
) -> HiddenStates:
    """The states of `texts` below the text layers of `model` that train now, from `folder` where they are known.

    Each `save_every` captions are written to a file. `made_by` names the weights of the text tower. Raises
    EnvironmentFault where the folder is of another tower, or of another number of layers.
    """
    told = {"tower": made_by, "layers": str(model.frozen_text_layers), "prefix": model.prompts.text_prefix}
    cache = HiddenStates(folder, told)
    missing = sorted({text for text in texts if text not in cache}, key=lambda text: (len(text), text))
    training = model.training
    model.eval()
    for start in range(0, len(missing), save_every):
        part = missing[start : start + save_every]
        states: list[NDArray[np.float16]] = []
        pooled: list[NDArray[np.float16]] = []
        for first in range(0, len(part), BATCH):
            lower, whole = _read(model, part[first : first + BATCH])
            states += lower
            pooled += whole
            if watch is not None:
                watch(start + len(states), len(missing))
        cache.add(part, states, pooled)
    model.train(training)
    return cache


def _read(model: CompactDual, texts: Sequence[str]) -> tuple[list[NDArray[np.float16]], list[NDArray[np.float16]]]:
    """Of each text, what the frozen layers give `[t, width]` and what the whole tower gives `[width]`."""
    ids, mask = model.tokeniser(texts)
    device = model.log_scale.device
    with torch.inference_mode():
        hidden = model.hidden_states(ids.to(device), mask.to(device))
        pooled = model.text_features(hidden, mask.to(device))
    states = [one[kept].numpy() for one, kept in zip(hidden.half().cpu(), mask, strict=True)]
    return states, list(pooled.half().cpu().numpy())
