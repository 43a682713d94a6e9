"""What the training loop knows of a model."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from ritrova.encoding.bundle import Prompts
from ritrova.encoding.preprocess import Normalisation
from ritrova.encoding.tokens import Tokeniser
from ritrova.photo import PixelSpec
from ritrova_trainer.models.stages import Stages, settle, train_last

SIGMOID_BIAS = -10.0  # where SigLIP starts


class DualEncoder(nn.Module, ABC):
    """Two towers (pretrained, to pooled features) and two heads (to one space of `dimension`).

    The image side also takes the features of its frozen tower, computed once, in place of pixels; a `CompactDual` also
    what the frozen lower parts of either tower gave.
    """

    dimension: int
    image_width: int  # of an image's pooled features
    log_scale: nn.Parameter  # of the logits
    bias: nn.Parameter  # of the logits of the sigmoid loss

    def __init__(
        self,
        *,
        pixels: PixelSpec,
        normalisation: Normalisation,
        tokeniser: Tokeniser,
        prompts: Prompts,
        assets: Mapping[str, bytes],
        scale: float,
        bias: float = SIGMOID_BIAS,
    ) -> None:
        """`tokeniser` puts `prompts` around captions; `assets` are the other files of the model's folder, by name."""
        super().__init__()
        self.pixels = pixels
        self.normalisation = normalisation
        self.tokeniser = tokeniser
        self.prompts = prompts
        self.assets = dict(assets)
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)), requires_grad=False)
        self.bias = nn.Parameter(torch.tensor(bias), requires_grad=False)

    def forward(self, images: Tensor, texts: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Both sides' unit vectors, and the scale and bias of the logits: all that a loss needs goes through here, so
        that data-parallel wrappers see each parameter's use."""
        return self.encode_images(images), self.encode_texts(texts, mask), self.log_scale.exp(), self.bias

    def encode_images(self, images: Tensor) -> Tensor:
        """Normalised pixels `[n, 3, side, side]`, or what `image_features` also takes, or pooled features
        `[n, image_width]`, to unit `[n, dimension]`."""
        features = images if images.ndim == 2 else self.image_features(images)
        return _unit(self.project_images, features)

    def encode_texts(self, texts: Tensor, mask: Tensor) -> Tensor:
        """Ids int64 `[n, t]` with their bool mask, or what `text_features` also takes, to unit `[n, dimension]`."""
        return _unit(self.project_texts, self.text_features(texts, mask))

    @abstractmethod
    def image_features(self, images: Tensor) -> Tensor:
        """Normalised pixels `[n, 3, side, side]` to the tower's pooled features `[n, image_width]`."""

    @abstractmethod
    def text_features(self, texts: Tensor, mask: Tensor) -> Tensor:
        """Ids int64 `[n, t]` and their bool mask `[n, t]` to the tower's pooled features `[n, width]`."""

    @abstractmethod
    def project_images(self, features: Tensor) -> Tensor:
        """Pooled features to the common space."""

    @abstractmethod
    def project_texts(self, features: Tensor) -> Tensor:
        """Pooled features to the common space."""

    @abstractmethod
    def image_stages(self) -> Stages:
        """The image tower's parameters."""

    @abstractmethod
    def text_stages(self) -> Stages:
        """The text tower's parameters."""

    @abstractmethod
    def heads(self) -> Iterable[nn.Module]:
        """What is trained at first, the image side's before the text side's; none where the towers end in the space."""

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Put configuration and weights into `folder`, in the layout that the application reads."""

    def set_trainable(self, *, image_stages: int = 0, text_layers: int = 0) -> None:
        """Train the heads and so many last parts of each tower, -1 for the whole tower. Raises UsageError."""
        train_last(self.image_stages(), image_stages, field="image_stages")
        train_last(self.text_stages(), text_layers, field="text_layers")
        for head in self.heads():
            head.requires_grad_(True)
        self.train(self.training)

    def set_scale(self, scale: float, *, learned: bool = False) -> None:
        """Set what cosines are multiplied by, and whether it trains."""
        with torch.no_grad():
            self.log_scale.fill_(math.log(scale))
        self.log_scale.requires_grad_(learned)

    def set_bias(self, bias: float, *, learned: bool = False) -> None:
        """Set what is added to the logits, and whether it trains (for the sigmoid loss alone)."""
        with torch.no_grad():
            self.bias.fill_(bias)
        self.bias.requires_grad_(learned)

    def learning_parts(self) -> dict[str, dict[str, nn.Parameter]]:
        """What is trained, by name: of the `image` tower, of the `text` tower, and of the `heads`."""
        part_of = {id(one): "image" for stage in self.image_stages() for one in stage}
        part_of |= {id(one): "text" for stage in self.text_stages() for one in stage}
        parts: dict[str, dict[str, nn.Parameter]] = {"image": {}, "text": {}, "heads": {}}
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                parts[part_of.get(id(parameter), "heads")][name] = parameter
        return parts

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if mode:
            settle(self)
        return self


def save_pretrained(model: DualEncoder, folder: Path) -> None:
    """Write a folder that the application's `ritrova.encoding` loads, all but its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    model.write(folder)
    for name, content in model.assets.items():
        (folder / name).write_bytes(content)


def _unit(head: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    # Towers may run in half precision; the head costs nothing, and cosines are compared in the third digit.
    with torch.autocast(features.device.type, enabled=False):
        return functional.normalize(head(features.float()), dim=-1)
