"""Models of transformers' classes: two towers put together, a dual encoder's checkpoint, CLIP, SigLIP."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ritrova.encoding import bundle
from ritrova.encoding.loading import describe
from ritrova.encoding.pixel_spec import PREPROCESSOR_FILE, read_pixels
from ritrova.encoding.tokens import TOKENIZER_FILE, Tokeniser, Window, read_json
from ritrova.encoding.transformers import CONFIG_FILE, load_weights, load_whole, open_checkpoint, open_tokenizer
from ritrova.errors import ModelError
from ritrova.text import msg
from ritrova_trainer.models.dual import SIGMOID_BIAS, DualEncoder
from ritrova_trainer.models.stages import Stages, transformer_stages

DUAL = "vision-text-dual-encoder"
TRAINABLE = (DUAL, "clip", "siglip")
PUBLISHED_SCALE = 20.0  # of CLIP-Italian, whose files say another number
TEXT_LENGTH = 96  # tokens of a caption in the published recipe
PROJECTION_SPREAD = 0.02
_ASSETS = (
    *(PREPROCESSOR_FILE, "processor_config.json", TOKENIZER_FILE, "tokenizer_config.json"),
    *("special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt"),
)


class HubDual(DualEncoder):
    """A dual encoder of transformers. `hub` is untyped there, as such classes are looked up by name."""

    def __init__(self, hub: Any, *, masked: bool = True, **parts: Any) -> None:
        """`masked`: the text tower is told what is padding. `parts` as in `DualEncoder`."""
        super().__init__(**parts)
        self.hub = hub
        self._masked = masked
        self._projects = hasattr(hub, "visual_projection")  # SigLIP's towers end in the space
        for name in ("logit_scale", "logit_bias"):  # ours are trained in their place
            if hasattr(hub, name):
                getattr(hub, name).requires_grad_(False)
        self.image_width = hub.vision_model.config.hidden_size
        self.dimension = hub.visual_projection.out_features if self._projects else self.image_width
        self.set_trainable()

    def image_features(self, images: Tensor) -> Tensor:
        pooled: Tensor = self.hub.vision_model(pixel_values=images).pooler_output
        return pooled

    def text_features(self, texts: Tensor, mask: Tensor) -> Tensor:
        told = {"attention_mask": mask.long()} if self._masked else {}
        pooled: Tensor = self.hub.text_model(input_ids=texts, **told).pooler_output
        return pooled

    def project_images(self, features: Tensor) -> Tensor:
        projected: Tensor = self.hub.visual_projection(features) if self._projects else features
        return projected

    def project_texts(self, features: Tensor) -> Tensor:
        projected: Tensor = self.hub.text_projection(features) if self._projects else features
        return projected

    def image_stages(self) -> Stages:
        return transformer_stages(self.hub.vision_model)

    def text_stages(self) -> Stages:
        return transformer_stages(self.hub.text_model)

    def heads(self) -> Iterable[nn.Module]:
        return (self.hub.visual_projection, self.hub.text_projection) if self._projects else ()

    def write(self, folder: Path) -> None:
        with torch.no_grad():
            self.hub.logit_scale.fill_(self.log_scale.item())
            if hasattr(self.hub, "logit_bias"):
                self.hub.logit_bias.fill_(self.bias.item())
        self.hub.save_pretrained(folder)


def open_hub(folder: Path) -> HubDual:
    """A `vision-text-dual-encoder`, CLIP or SigLIP checkpoint, its towers frozen. Raises ModelError."""
    bundle.refuse_unsafe(folder)
    kind = read_json(folder / CONFIG_FILE).get("model_type")
    if kind not in TRAINABLE:
        raise ModelError(
            msg("Models of the kind {kind} cannot be trained.", kind=str(kind)),
            msg("Choose a model of one of these kinds: {kinds}.", kinds=", ".join(TRAINABLE)),
            str(folder / CONFIG_FILE),
        )
    known = (folder / bundle.MANIFEST_FILE).exists()
    manifest = bundle.read(folder) if known else describe(folder, "start", "unknown")
    looked_at = open_checkpoint(folder, manifest)
    hub = load_whole(folder)
    scale = PUBLISHED_SCALE if kind == DUAL else math.exp(hub.logit_scale.item())
    bias = hub.logit_bias.item() if kind == "siglip" else SIGMOID_BIAS
    return HubDual(
        hub,
        masked=kind != "siglip",
        pixels=looked_at.pixels,
        normalisation=looked_at.normalisation,
        tokeniser=looked_at.tokeniser(),
        prompts=manifest.prompts,
        assets=_assets(folder),
        scale=scale,
        bias=bias,
    )


def join_towers(image_folder: Path, text_folder: Path, *, text_prefix: str = "") -> HubDual:
    """The published start: CLIP's image side with its projection, a BERT, and a new projection from torch's generator.

    Both towers are frozen. The text tower must have a pooler. Raises ModelError.
    """
    import transformers

    library: Any = transformers
    for folder in (image_folder, text_folder):
        bundle.refuse_unsafe(folder)
    if read_json(image_folder / CONFIG_FILE).get("model_type") not in ("clip", "clip_vision_model"):
        raise ModelError(msg("The image tower must be CLIP's."), None, str(image_folder / CONFIG_FILE))
    clip = load_weights(library.CLIPVisionModelWithProjection, image_folder)
    text = load_weights(library.AutoModel, text_folder)
    if getattr(text, "pooler", None) is None:
        raise ModelError(msg("The text tower has no pooler."), None, str(text_folder / CONFIG_FILE))
    dimension = clip.visual_projection.out_features
    config = library.VisionTextDualEncoderConfig.from_vision_text_configs(
        clip.config, text.config, projection_dim=dimension, logit_scale_init_value=math.log(PUBLISHED_SCALE)
    )
    hub = library.VisionTextDualEncoderModel(config, vision_model=clip.vision_model, text_model=text)
    with torch.no_grad():
        hub.visual_projection.weight.copy_(clip.visual_projection.weight)
        hub.text_projection.weight.normal_(std=PROJECTION_SPREAD)
    pixels, normalisation = read_pixels(image_folder)
    tokenizer = open_tokenizer(text_folder)
    assets = _joined_assets(image_folder, text_folder, tokenizer.to_str())  # before the window is put on it
    window = Window(min(TEXT_LENGTH, text.config.max_position_embeddings), pad_id=text.config.pad_token_id or 0)
    return HubDual(
        hub,
        pixels=pixels,
        normalisation=normalisation,
        tokeniser=Tokeniser(tokenizer, window, prefix=text_prefix),
        prompts=bundle.Prompts(text_prefix=text_prefix),
        assets=assets,
        scale=PUBLISHED_SCALE,
    )


def _assets(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in _ASSETS if (folder / name).exists()}


def _joined_assets(image_folder: Path, text_folder: Path, tokenizer: str) -> Mapping[str, bytes]:
    image, text = _assets(image_folder), _assets(text_folder)
    preprocessor = image.get(PREPROCESSOR_FILE)
    if preprocessor is None:  # transformers 5 keeps it inside of the whole processor's file
        preprocessor = json.dumps(read_json(image_folder / "processor_config.json")["image_processor"]).encode()
    for name in (PREPROCESSOR_FILE, "processor_config.json"):
        text.pop(name, None)
    return text | {TOKENIZER_FILE: tokenizer.encode(), PREPROCESSOR_FILE: preprocessor}
