"""Sentences to token ids, as each family of models was trained to read them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from ritrova.encoding.bundle import damaged

TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class Window:
    """How a model reads a sentence."""

    max_length: int  # tokens, the special ones included; what is longer is cut
    pad_id: int = 0
    fill: bool = False  # padded to `max_length` always, as SigLIP was trained, rather than to the longest
    lower: bool = False
    pad_left: bool = False


class Tokeniser:
    """A `tokenizers.Tokenizer` with a model's window and the words that go around each sentence."""

    def __init__(self, tokenizer: Tokenizer, window: Window, *, prefix: str = "", suffix: str = "") -> None:
        tokenizer.enable_truncation(window.max_length)
        tokenizer.enable_padding(
            pad_id=window.pad_id,
            length=window.max_length if window.fill else None,
            direction="left" if window.pad_left else "right",
        )
        self._tokenizer = tokenizer
        self._lower = window.lower
        self._around = (prefix, suffix)

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """`n` texts to int64 ids `[n, t]` and a bool mask `[n, t]`, true where there is no padding."""
        prefix, suffix = self._around
        encodings = self._tokenizer.encode_batch([f"{prefix}{self._clean(text)}{suffix}" for text in texts])
        ids = torch.tensor([encoding.ids for encoding in encodings], dtype=torch.int64)
        mask = torch.tensor([encoding.attention_mask for encoding in encodings], dtype=torch.bool)
        return ids, mask

    def _clean(self, text: str) -> str:
        # An argument that is not UTF-8 arrives with lone surrogates, which no tokenizer takes.
        text = text.encode("utf-8", "replace").decode()
        text = " ".join(text.split())  # a blank too many must not move a sentence
        return text.lower() if self._lower else text


def read_tokenizer(folder: Path) -> Tokenizer:
    """The `tokenizer.json` of a model. Raises ModelError."""
    path = folder / TOKENIZER_FILE
    try:
        return Tokenizer.from_buffer(path.read_bytes())
    except Exception as error:  # tokenizers raises bare Exception for every damage
        raise damaged(path, error) from error


def read_json(path: Path) -> dict[str, object]:
    """A JSON object, empty where there is no such file. Raises ModelError on a damaged one."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if not isinstance(data, dict):
        raise damaged(path, ValueError("not a JSON object"))
    return data
