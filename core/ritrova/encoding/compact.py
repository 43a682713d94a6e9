"""The compact model: an image tower and a sentence tower, each with a trained head into one space.

On disk one `model.safetensors` (float16, or int8) holds `image_tower.*`, `image_head.*`, `text_tower.*` and
`text_head.*`, so that one side can be read without the other. timm is imported only where the image side is built.
"""

from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from ritrova.atomic import replacing, write_bytes
from ritrova.encoding.bert import BertConfig, BertTower, from_bert
from ritrova.encoding.bundle import damaged
from ritrova.encoding.hubs import HubConfig, QueryBank, beside_constant
from ritrova.encoding.levels import LevelTower
from ritrova.encoding.tokens import TOKENIZER_FILE as TOKENIZER_FILE
from ritrova.encoding.weights import Storage, packed, unpacked
from ritrova.photo import PixelSpec

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

_Three = tuple[float, float, float]
_PositiveThree = tuple[PositiveFloat, PositiveFloat, PositiveFloat]


class CompactConfig(BaseModel):
    """The shape of a compact model, kept in its `config.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_type: Literal["ritrova-compact"] = "ritrova-compact"
    architecture: str = "tf_efficientnet_lite2"  # timm's name of the image tower
    levels: NonNegativeInt = 0  # last maps of the image tower that are described; 0: the mean of the last alone
    image_features: PositiveInt = 1280
    mean: _Three = (127 / 255, 127 / 255, 127 / 255)  # of pixels in 0..1
    std: _PositiveThree = (128 / 255, 128 / 255, 128 / 255)
    side: PositiveInt = 260
    resize: PositiveInt = 260
    fit: Literal["crop", "squash"] = "crop"  # how a photo becomes a square, see PixelSpec
    resample: Literal["bicubic", "bilinear", "lanczos"] = "bicubic"
    text: BertConfig
    text_prefix: str = "query: "
    text_max_length: Annotated[int, Field(ge=3)] = 96  # tokens, the two special ones included
    dimension: PositiveInt = 256  # of what the heads give
    hidden: PositiveInt = 2048
    scale: PositiveFloat = 20.0  # of the cosine, in training and for probabilities
    hubs: HubConfig | None = None

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return self.dimension if self.hubs is None else self.dimension + 1

    @property
    def pixels(self) -> PixelSpec:
        return PixelSpec(self.side, self.resize, self.fit, self.resample)


class ImageHead(nn.Module):
    """Pooled features of the image tower, float32 `[n, image_features]`, to unit vectors `[n, width]`."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(config.image_features))  # of the training photos' features
        self.register_buffer("std", torch.ones(config.image_features))
        self.layers = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(config.image_features, config.hidden),
            nn.GELU(),
            nn.Dropout(0.5),
            nn.Linear(config.hidden, config.dimension),
        )
        self.bank = None if config.hubs is None else QueryBank(config.hubs, config.dimension)

    def unscaled(self, features: Tensor) -> Tensor:
        """The vectors `[n, dimension]` before they are made unit vectors."""
        vectors: Tensor = self.layers((features - self.mean) / self.std)
        return vectors

    def forward(self, features: Tensor) -> Tensor:
        vectors = functional.normalize(self.unscaled(features), dim=-1)
        return vectors if self.bank is None else self.bank(vectors)


class TextHead(nn.Module):
    """Pooled features of the sentence tower, float32 `[n, hidden_size]`, to unit vectors `[n, width]`."""

    mean: Tensor

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        width = config.text.hidden_size
        self.register_buffer("mean", torch.zeros(width))  # of the training captions' normalised features
        self.layers = nn.Sequential(nn.Dropout(0.1), nn.Linear(width, config.dimension))
        self.hubs = config.hubs

    def unscaled(self, features: Tensor) -> Tensor:
        """The vectors `[n, dimension]` before they are made unit vectors."""
        # Sentence features crowd in a narrow cone; without centring all captions look alike to the head.
        centred = functional.normalize(functional.normalize(features, dim=-1) - self.mean, dim=-1)
        vectors: Tensor = self.layers(20.0 * centred)
        return vectors

    def forward(self, features: Tensor) -> Tensor:
        vectors = functional.normalize(self.unscaled(features), dim=-1)
        return vectors if self.hubs is None else beside_constant(vectors, self.hubs)


class CompactModel(nn.Module):
    """Both sides, or one alone. A side that was not asked for has no module and takes no memory."""

    def __init__(self, config: CompactConfig, *, image: bool = True, text: bool = True) -> None:
        super().__init__()
        self.config = config
        if image:
            self.image_tower = image_tower(config)
            self.image_head = ImageHead(config)
        if text:
            self.text_tower = BertTower(config.text)
            self.text_head = TextHead(config)

    def encode_images(self, pixels: Tensor) -> Tensor:
        """Normalised pixels `[n, 3, side, side]` to unit vectors `[n, width]`."""
        return _in_full(self.image_head, self.image_tower(pixels))

    def encode_texts(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids `[n, t]` and their bool mask to unit vectors `[n, width]`."""
        return _in_full(self.text_head, self.text_tower(ids, mask))


def _in_full(head: nn.Module, features: Tensor) -> Tensor:
    # Towers may run in half precision; the head costs nothing, and cosines are compared in the third digit.
    with torch.autocast(features.device.type, enabled=False):
        vectors: Tensor = head(features.float())
    return vectors


def image_tower(config: CompactConfig) -> nn.Module:
    """The timm tower: normalised pixels to pooled features `[n, image_features]`; its weights are random."""
    import timm  # here, because a search needs no image tower and this import takes seconds

    tower: nn.Module = timm.create_model(config.architecture, pretrained=False, num_classes=0)
    return LevelTower(tower, config.levels) if config.levels else tower


def feature_width(config: CompactConfig) -> int:
    """Of what the image tower gives: what `image_features` must be."""
    with torch.device("meta"):  # shapes alone
        features: Tensor = image_tower(config).eval()(torch.empty(1, 3, config.side, config.side))
    return features.shape[1]


def at_side(config: CompactConfig, side: int) -> CompactConfig:
    """The same model on photos of another size. It costs time as its square, and finds as much for a little less."""
    return config.model_copy(update={"side": side, "resize": round(config.resize * side / config.side)})


def load_backbones(model: CompactModel, image_folder: Path, text_folder: Path) -> None:
    """Fill both towers from published checkpoints (timm's keys; transformers' `BertModel` keys).

    The text tower may also be that of a compact model's folder.
    """
    features = load_file(image_folder / WEIGHTS_FILE)
    classifier = ("classifier.weight", "classifier.bias")
    model.image_tower.load_state_dict({key: value for key, value in features.items() if key not in classifier})
    words, prefix = load_file(text_folder / WEIGHTS_FILE), "text_tower."
    own = {key.removeprefix(prefix): value for key, value in unpacked(words).items() if key.startswith(prefix)}
    model.text_tower.load_state_dict(own or from_bert(words))


def save(model: CompactModel, folder: Path, storage: Storage = "float16") -> None:
    """Write `config.json` and `model.safetensors` of a model that has both sides."""
    with replacing(folder / WEIGHTS_FILE, durable=True) as part:
        save_file(packed(model.state_dict(), storage), part)
    write_bytes(folder / CONFIG_FILE, model.config.model_dump_json(indent=2).encode(), durable=True)


def read_config(folder: Path) -> CompactConfig:
    """The checked `config.json` of a compact model. Raises ModelError."""
    path = folder / CONFIG_FILE
    try:
        return CompactConfig.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise damaged(path, error) from error


def load(folder: Path, *, image: bool = True, text: bool = True) -> CompactModel:
    """The model in `folder`, float32 on the CPU, ready to encode; only the sides asked for are read.

    Raises ModelError where the folder holds no whole compact model.
    """
    sides = tuple(f"{side}_" for side, wanted in (("image", image), ("text", text)) if wanted)
    config = read_config(folder)
    path = folder / WEIGHTS_FILE
    try:
        with torch.device("meta"):  # no time is spent on random weights that are replaced below
            model = CompactModel(config, image=image, text=text)
        with safe_open(path, framework="pt") as file:
            weights = {key: file.get_tensor(key) for key in file.keys() if key.startswith(sides)}  # noqa: SIM118
        model.load_state_dict(unpacked(weights), assign=True)
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise damaged(path, error) from error
    return model.eval().requires_grad_(False)
