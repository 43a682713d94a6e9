"""Named runs: functions that return a configuration."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ritrova_trainer.config import HeadsConfig, LossConfig, OptimiserConfig, TowersConfig, TrainConfig


def compact_stage1(*, seed: int = 0) -> TrainConfig:
    """The small Italian model: both backbones frozen, two heads trained on their features."""
    return TrainConfig(
        towers=TowersConfig(image="efficientnet-lite2", text="e5-small-it", text_prefix="query: "),
        heads=HeadsConfig(dimension=256, hidden=2048, image_dropout=0.5, text_dropout=0.1),
        loss=LossConfig(scale=20.0, soft_share=0.5, soft_sharpness=12.0),
        optimiser=OptimiserConfig(learning_rate=1e-3, weight_decay=0.1, warm_up=0.1),
        caption_weights=(0.45, 0.25, 0.30),
        batch=1024,
        epochs=40,
        seed=seed,
    )


RECIPES: Mapping[str, Callable[..., TrainConfig]] = MappingProxyType({"compact_stage1": compact_stage1})
"""By name; each takes a keyword `seed`."""
