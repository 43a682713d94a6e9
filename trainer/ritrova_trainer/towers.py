"""The pretrained towers that a run starts from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from ritrova.encoding.bert import BertConfig
from ritrova.encoding.compact import CompactConfig, CompactModel, feature_width, load_backbones
from ritrova.encoding.tokens import Tokeniser, Window, read_tokenizer
from ritrova.errors import EnvironmentFault
from ritrova.text import msg
from ritrova_trainer.balancing import hubs_of
from ritrova_trainer.config import TrainConfig
from ritrova_trainer.features import TextTower, by_length

TEXT_BATCH = 64  # texts through the tower at a time


def compact_config(config: TrainConfig, backbones: Path) -> CompactConfig:
    """The shape of the compact model that `config` makes of the towers below `backbones`."""
    image_path = backbones / config.towers.image / "config.json"
    text_path = backbones / config.towers.text / "config.json"
    image, text = _read_json(image_path), _read_json(text_path)
    try:
        side = config.towers.side or image["input_size"][-1]
        shape = CompactConfig(
            architecture=image["architecture"],
            levels=config.towers.levels,
            image_features=image["num_features"],
            mean=image["mean"],
            std=image["std"],
            side=side,
            resize=side,
            fit=config.towers.fit,
            resample=image["interpolation"],
            text=BertConfig.model_validate(text.get("text", text)),  # a compact model's tower may go on
            text_prefix=config.towers.text_prefix,
            dimension=config.heads.dimension,
            hidden=config.heads.hidden,
            scale=config.loss.scale,
            hubs=hubs_of(config.heads),
        )
        return shape.model_copy(update={"image_features": feature_width(shape)}) if shape.levels else shape
    except (KeyError, IndexError, ValueError) as error:  # ValidationError is a ValueError
        raise EnvironmentFault(
            msg("The pretrained towers are not described as expected: {reason}", reason=str(error)),
            None,
            str(backbones),
        ) from error


def with_backbones(config: CompactConfig, train: TrainConfig, backbones: Path) -> CompactModel:
    """A compact model with its towers filled; its heads are random."""
    model = CompactModel(config)
    try:
        load_backbones(model, backbones / train.towers.image, backbones / train.towers.text)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise EnvironmentFault(
            msg("The pretrained towers cannot be read: {reason}", reason=str(error).splitlines()[0]),
            None,
            str(backbones),
        ) from error
    return model.eval()


def text_tower(model: CompactModel, folder: Path) -> TextTower:
    """The model's frozen text tower as a function from texts, with the prefix put before each, to pooled features."""
    tokeniser = compact_tokeniser(model.config, folder)

    def tower(texts: Sequence[str]) -> NDArray[np.float32]:
        with torch.inference_mode():
            features: NDArray[np.float32] = model.text_tower(*tokeniser(texts)).float().numpy()
        return features

    return tower


def text_encoder(model: CompactModel, folder: Path) -> TextTower:
    """The model's whole text side as a function from any number of texts to unit vectors."""
    tokeniser = compact_tokeniser(model.config, folder)

    def encoder(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), model.config.width), np.float32)
        with torch.inference_mode():
            for places in by_length(texts, batch=TEXT_BATCH):
                vectors[places] = model.encode_texts(*tokeniser([texts[place] for place in places])).numpy()
        return vectors

    return encoder


def compact_tokeniser(config: CompactConfig, folder: Path) -> Tokeniser:
    """How a compact model reads captions, with the tokenizer in `folder`. Raises ModelError."""
    window = Window(config.text_max_length, pad_id=config.text.pad_token_id)
    return Tokeniser(read_tokenizer(folder), window, prefix=config.text_prefix)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EnvironmentFault(
            msg("The pretrained tower cannot be read: {reason}", reason=str(error)),
            msg("Give the folder that holds the towers with `--backbones`."),
            str(path),
        ) from error
    if not isinstance(value, dict):
        raise EnvironmentFault(msg("The pretrained tower has no configuration."), None, str(path))
    return value
