"""Named runs: functions that return a configuration."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ritrova_trainer.augment import AugmentConfig
from ritrova_trainer.config import (
    AnyConfig,
    HeadsConfig,
    LoopConfig,
    LossConfig,
    OptimiserConfig,
    PhotosConfig,
    StartConfig,
    TowersConfig,
    TrainConfig,
    TrainedConfig,
)
from ritrova_trainer.views import ViewsConfig

_PUBLISHED_LOSS = LossConfig(scale=20.0, soft_share=0.0, soft_sharpness=0.0)


def clip_italian_stage1(*, seed: int = 0) -> PhotosConfig:
    """The published recipe, first stage: both backbones frozen, the projections train (epoch 26 of 50 was used)."""
    return PhotosConfig(
        start=StartConfig(
            kind="towers", image="openai/clip-vit-base-patch32", text="dbmdz/bert-base-italian-xxl-uncased"
        ),
        trained=TrainedConfig(image_stages=0, text_layers=0),
        augment=AugmentConfig(),
        loss=_PUBLISHED_LOSS,
        optimiser=OptimiserConfig(kind="adabelief", learning_rate=5e-5, weight_decay=0.0, warm_up=0.1, clipping=0.01),
        caption_weights=(1.0,),
        batch=1024,  # 128 on each of eight devices; here all of them see each other's negatives
        epochs=50,
        seed=seed,
        loop=LoopConfig(workers=4, keep=2, result="best", checkpoint_steps=500),
    )


def clip_italian_stage2(*, seed: int = 0) -> PhotosConfig:
    """The published recipe, second stage: all of the model of the first (`--model`) trains."""
    return PhotosConfig(
        start=StartConfig(kind="model"),
        trained=TrainedConfig(image_stages=-1, text_layers=-1),
        augment=AugmentConfig(),
        loss=_PUBLISHED_LOSS,
        optimiser=OptimiserConfig(kind="adabelief", learning_rate=1e-5, weight_decay=0.0, warm_up=0.1, clipping=0.01),
        caption_weights=(1.0,),
        batch=1024,
        epochs=15,
        seed=seed,
        loop=LoopConfig(chunk=128, workers=4, keep=2, result="best", checkpoint_steps=500),
    )


def compact_stage1(*, seed: int = 0) -> TrainConfig:
    """The small Italian model: both backbones frozen, two heads trained on what they make of views of each photo."""
    return TrainConfig(
        towers=TowersConfig(
            image="efficientnet-lite2",
            text="e5-small-it",
            text_prefix="query: ",
            levels=8,
            side=300,
            fit="squash",
            views=ViewsConfig(crops=3, smallest=0.5),
        ),
        heads=HeadsConfig(dimension=255, hidden=2048, image_dropout=0.5, text_dropout=0.1, queries=2048),
        loss=LossConfig(scale=30.0, soft_share=0.5, soft_sharpness=12.0),
        optimiser=OptimiserConfig(learning_rate=1e-3, weight_decay=0.1, warm_up=0.1),
        caption_weights=(0.30, 0.20, 0.50),
        captions=2,
        batch=1024,
        epochs=30,
        seed=seed,
        loop=LoopConfig(precision="bf16"),
    )


def compact_stage2(*, seed: int = 0) -> PhotosConfig:
    """The small Italian model, second stage: the text tower's upper layers train with the heads of the first."""
    return PhotosConfig(
        start=StartConfig(kind="model"),
        trained=TrainedConfig(image_stages=0, text_layers=4),
        augment=AugmentConfig(steps=("crop", "flip")),  # where photos are not cached
        cached_images=True,
        cached_texts=True,
        views=ViewsConfig(crops=3, smallest=0.5),
        loss=LossConfig(scale=30.0, soft_share=0.5, soft_sharpness=12.0),
        optimiser=OptimiserConfig(learning_rate=3e-4, weight_decay=0.1, warm_up=0.1, tower_rate=1 / 3),
        caption_weights=(0.40, 0.25, 0.35),
        batch=1024,
        epochs=8,
        seed=seed,
        loop=LoopConfig(precision="bf16", checkpoint_steps=20),
    )


def finetune_local(*, seed: int = 0) -> PhotosConfig:
    """A person's own captions and marks teach the text side of a model; photos keep their vectors and their index."""
    return PhotosConfig(
        start=StartConfig(kind="model"),
        trained=TrainedConfig(image_stages=0, text_layers=0, image_head=False),
        augment=AugmentConfig(steps=()),
        cached_images=True,
        cached_texts=True,
        validation=0.2,
        loss=_PUBLISHED_LOSS,
        optimiser=OptimiserConfig(learning_rate=1e-4, weight_decay=0.0, warm_up=0.1),
        caption_weights=(1.0,),
        batch=16,
        epochs=20,
        seed=seed,
        loop=LoopConfig(result="best"),
    )


def smoke(*, seed: int = 0) -> PhotosConfig:
    """All parts of a run, in a minute on a CPU: the bundled model on the sample photos, unless told otherwise."""
    return PhotosConfig(
        start=StartConfig(kind="model"),
        trained=TrainedConfig(image_stages=0, text_layers=1),
        augment=AugmentConfig(),
        validation=0.25,
        loss=_PUBLISHED_LOSS,
        optimiser=OptimiserConfig(learning_rate=1e-4, weight_decay=0.1, warm_up=0.2),
        caption_weights=(1.0,),
        batch=16,
        epochs=4,
        seed=seed,
        loop=LoopConfig(chunk=8, average=0.9),
    )


RECIPES: Mapping[str, Callable[..., AnyConfig]] = MappingProxyType(
    {
        recipe.__name__: recipe
        for recipe in (
            clip_italian_stage1,
            clip_italian_stage2,
            compact_stage1,
            compact_stage2,
            finetune_local,
            smoke,
        )
    }
)
"""By name; each takes a keyword `seed`."""
