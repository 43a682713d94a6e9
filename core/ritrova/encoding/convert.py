"""`pytorch_model.bin` to safetensors, as a step of its own that a person asks for.

torch reads the file with `weights_only=True`: tensors and plain containers, no code. Nothing else in the program
reads a pickle.
"""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from ritrova.atomic import replacing
from ritrova.encoding.bundle import damaged
from ritrova.errors import ModelError, UsageError
from ritrova.text import msg

_TARGET = "model.safetensors"


def convert(source: Path) -> Path:
    """Write `model.safetensors` beside `source`, a `pytorch_model.bin` or a folder of one (or of its parts).

    Returns the new file. Raises UsageError where there is nothing to convert or the new file is there already,
    ModelError where the old file is damaged or holds more than tensors.
    """
    sources = sorted(source.glob("pytorch_model*.bin")) if source.is_dir() else [source]
    if not sources or not sources[0].is_file():
        raise UsageError(
            msg("There is no pytorch_model.bin to convert."),
            msg("Give the file, or the folder that holds it."),
            str(source),
        )
    target = sources[0].parent / _TARGET
    if target.exists():
        raise UsageError(
            msg("The folder holds safetensors weights already."),
            msg("Import it as it is: ritrova models import FOLDER"),
            str(target),
        )
    weights: dict[str, Tensor] = {}
    for path in sources:
        weights.update(_read(path))
    # Tied weights share their memory, which safetensors has no notion of: each gets its own.
    separate = {key: value.detach().clone().contiguous() for key, value in weights.items()}
    with replacing(target, durable=True) as part:
        save_file(separate, part, metadata={"format": "pt"})  # transformers asks for this mark
    return target


def _read(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # Not torch's whole text, which tells people how to read the file nevertheless.
        asked = re.search(r"GLOBAL (\S+)", str(error))
        if asked is None:
            raise damaged(path, ValueError("not weights of PyTorch")) from error
        raise ModelError(
            msg("This file holds more than weights, and was not read: {reason}", reason=asked[1]),
            msg("Look for a safetensors copy of the model, or another model."),
            str(path),
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise damaged(path, error) from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping) or not content or not all(isinstance(v, Tensor) for v in content.values()):
        raise damaged(path, ValueError("not a table of weights"))
    return {str(key): value for key, value in content.items()}
