"""What a training run is told. Every field has a meaning, a unit and a range; unknown fields are refused.

The dataclasses are plain; pydantic reads them from mappings (a saved run, `--set`), checking names and types, and
`__post_init__` checks ranges, so that a wrong configuration ends before the first step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ritrova.errors import UsageError
from ritrova.text import msg

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


def _require(holds: bool, field: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"{field} must be {rule}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TowersConfig:
    """The two pretrained towers, frozen: folders below the one given as `--backbones`."""

    __pydantic_config__ = _STRICT

    image: str
    """Folder of a timm tower; the data holds its features as `features-<image>.safetensors`."""
    text: str
    """Folder of a BERT with its fast tokenizer, pooled by the mean over the tokens."""
    text_prefix: str
    """What the text tower was trained to see before a sentence."""

    def __post_init__(self) -> None:
        _require(bool(self.image), "image", "a folder's name")
        _require(bool(self.text), "text", "a folder's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsConfig:
    """The two trained heads, from the towers' features to the common space."""

    __pydantic_config__ = _STRICT

    dimension: int
    """Width of the common space."""
    hidden: int
    """Width of the image head's hidden layer."""
    image_dropout: float
    """Share of image features, and of hidden units, dropped in a training step."""
    text_dropout: float
    """Share of text features dropped in a training step."""

    def __post_init__(self) -> None:
        _require(self.dimension > 0, "dimension", "positive")
        _require(self.hidden > 0, "hidden", "positive")
        _require(0 <= self.image_dropout < 1, "image_dropout", "in [0, 1)")
        _require(0 <= self.text_dropout < 1, "text_dropout", "in [0, 1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """Symmetric cross-entropy over the batch, with targets that know that captions resemble each other."""

    __pydantic_config__ = _STRICT

    scale: float
    """What cosines are multiplied by to become logits."""
    soft_share: float
    """Share of the target that follows the captions' likeness; the rest is on the photo's own caption."""
    soft_sharpness: float
    """What the captions' cosines are multiplied by before the softmax that makes the soft targets."""

    def __post_init__(self) -> None:
        _require(self.scale > 0, "scale", "positive")
        _require(0 <= self.soft_share < 1, "soft_share", "in [0, 1)")
        _require(self.soft_sharpness >= 0, "soft_sharpness", "0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """AdamW; linear warm-up, then a cosine to zero."""

    __pydantic_config__ = _STRICT

    learning_rate: float
    """At the end of the warm-up."""
    weight_decay: float
    """Of matrices; biases have none."""
    warm_up: float
    """Share of the steps in which the learning rate grows."""

    def __post_init__(self) -> None:
        _require(self.learning_rate > 0, "learning_rate", "positive")
        _require(self.weight_decay >= 0, "weight_decay", "0 or more")
        _require(0 <= self.warm_up < 1, "warm_up", "in [0, 1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """One run. With the same configuration, data, thread count and library versions it gives the same weights."""

    __pydantic_config__ = _STRICT

    towers: TowersConfig
    """What is used as it is."""
    heads: HeadsConfig
    """What is trained."""
    loss: LossConfig
    """What is minimised."""
    optimiser: OptimiserConfig
    """How."""
    caption_weights: tuple[float, ...]
    """How often each caption of a photo is drawn, by its place; photos with fewer captions share among those."""
    batch: int
    """Photos a step; the last, smaller batch of an epoch is left out (each epoch is shuffled anew)."""
    epochs: int
    """Passes over the training photos."""
    seed: int
    """Of the first weights, the order, the captions drawn and the dropout."""

    def __post_init__(self) -> None:
        _require(bool(self.caption_weights), "caption_weights", "given")
        _require(all(weight > 0 for weight in self.caption_weights), "caption_weights", "positive")
        _require(self.batch >= 2, "batch", "2 or more")
        _require(self.epochs >= 1, "epochs", "1 or more")
        _require(0 <= self.seed < 2**63, "seed", "in [0, 2^63)")


_TRAIN_CONFIG = TypeAdapter(TrainConfig)


def to_mapping(config: TrainConfig) -> dict[str, Any]:
    """The configuration as JSON values."""
    mapping: dict[str, Any] = _TRAIN_CONFIG.dump_python(config, mode="json")
    return mapping


def from_mapping(mapping: Mapping[str, Any]) -> TrainConfig:
    """The configuration that `to_mapping` wrote. Raises UsageError that names each wrong field."""
    try:
        return _TRAIN_CONFIG.validate_python(mapping)
    except ValidationError as error:
        wrong = "; ".join(
            ".".join(str(part) for part in detail["loc"]) + f": {detail['msg']}" for detail in error.errors()
        )
        raise UsageError(msg("The configuration is wrong: {reason}", reason=wrong.removeprefix(": "))) from error


def with_changes(config: TrainConfig, changes: Mapping[str, str]) -> TrainConfig:
    """The configuration with dotted fields set from text, as in `{"optimiser.learning_rate": "5e-4"}`."""
    mapping = to_mapping(config)
    for name, value in changes.items():
        *sections, field = name.split(".")
        target = mapping
        for section in sections:
            target = target.get(section, {}) if isinstance(target, dict) else {}
        if not isinstance(target, dict) or field not in target or isinstance(target[field], dict | list):
            raise UsageError(
                msg("The recipe has no field {name} that takes one value.", name=name),
                msg("`ritrova-train recipes` shows the fields."),
            )
        target[field] = value
    return from_mapping(mapping)
