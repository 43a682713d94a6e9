"""The heads of several runs as one: each errs in its own way, so together they err less."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from ritrova.encoding.compact import CompactConfig
from ritrova_trainer.balancing import balanced
from ritrova_trainer.heads import Heads
from ritrova_trainer.pairs import FeatureSet

_ROWS = 2048  # photos or captions through the heads at a time


def joined(config: CompactConfig, heads: Sequence[Heads], data: FeatureSet) -> tuple[CompactConfig, Heads]:
    """A configuration and heads as wide as all of `heads` together, into a space of the same dimension.

    `heads`, of the shape `config`, were trained on `data`, so they standardise and centre alike. Their vectors side by
    side have the mean of their cosines for a cosine. Kept of these long vectors are the principal directions of the
    photos' and the captions'. One linear layer cannot make each head's part a unit vector: it is divided by its mean
    length over the data. Each head's query bank, where they have such, gives way to one of the joint heads.
    """
    photos, captions = data.whole, data.texts[data.present]
    with torch.no_grad():  # the joint heads may train on
        image_lengths, image_spread = _of_all([one.image_head.unscaled for one in heads], photos)
        text_lengths, text_spread = _of_all([one.text_head.unscaled for one in heads], captions)
        _, directions = torch.linalg.eigh(image_spread + text_spread)  # by growing weight
        kept = directions[:, -config.dimension :].split(config.dimension)
        wide = config.model_copy(update={"hidden": config.hidden * len(heads)})
        whole = Heads(wide.model_copy(update={"hubs": None}))
        whole.load_state_dict(_together(heads, kept, image_lengths, text_lengths))
    return wide, balanced(whole, wide, data, seed=0)


def _of_all(heads: Sequence[Callable[[Tensor], Tensor]], rows: Tensor) -> tuple[list[float], Tensor]:
    """Each head's mean length over `rows`, and the mean outer product of all heads' unit vectors side by side."""
    lengths = [0.0] * len(heads)
    spread: Tensor | float = 0.0
    for part in torch.split(rows, _ROWS):
        made = [head(part.float()) for head in heads]
        lengths = [total + float(one.norm(dim=1).sum()) for total, one in zip(lengths, made, strict=True)]
        units = torch.cat([functional.normalize(one, dim=1) for one in made], dim=1)
        spread = spread + units.T @ units
    assert isinstance(spread, Tensor)
    return [total / len(rows) for total in lengths], spread / len(rows)


def _together(
    heads: Sequence[Heads], kept: Sequence[Tensor], image_lengths: Sequence[float], text_lengths: Sequence[float]
) -> dict[str, Tensor]:
    """The state of the joint heads: `kept` `[dimension, dimension]` of each turns its vectors into the joint space."""
    states = [one.state_dict() for one in heads]
    image_turns = [turn.T / length for turn, length in zip(kept, image_lengths, strict=True)]
    text_turns = [turn.T / length for turn, length in zip(kept, text_lengths, strict=True)]

    def turned(turns: Sequence[Tensor], name: str) -> list[Tensor]:
        return [turn @ state[name] for turn, state in zip(turns, states, strict=True)]

    first, last, text = "image_head.layers.1", "image_head.layers.4", "text_head.layers.1"
    return {
        **{name: states[0][name] for name in ("image_head.mean", "image_head.std", "text_head.mean")},
        f"{first}.weight": torch.cat([state[f"{first}.weight"] for state in states]),
        f"{first}.bias": torch.cat([state[f"{first}.bias"] for state in states]),
        f"{last}.weight": torch.cat(turned(image_turns, f"{last}.weight"), dim=1),
        f"{last}.bias": torch.stack(turned(image_turns, f"{last}.bias")).sum(dim=0),
        f"{text}.weight": torch.stack(turned(text_turns, f"{text}.weight")).sum(dim=0),
        f"{text}.bias": torch.stack(turned(text_turns, f"{text}.bias")).sum(dim=0),
    }
