"""Hugging Face checkpoints of the CLIP kin as `Checkpoint`s: CLIP-Italian's class, CLIP, SigLIP, SigLIP 2, AltCLIP.

transformers maps the weights from the file, so a side that is thrown away is never read from the disk.
Importing it takes seconds: it happens when a side is loaded, not when the folder is looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from torch import Tensor

from ritrova.encoding.bundle import AGAIN, Manifest, damaged, reason
from ritrova.encoding.encoder import Checkpoint, Side
from ritrova.encoding.pixel_spec import read_pixels
from ritrova.encoding.tokens import TOKENIZER_FILE, Tokeniser, Window, read_json, read_tokenizer
from ritrova.errors import ModelError
from ritrova.text import msg

CONFIG_FILE = "config.json"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the checkpoints of one `model_type` have in common."""

    model: str  # the class in transformers
    text_length: int  # tokens that the published models were trained with
    masked: bool = True  # SigLIP saw its padding, so it must see it again
    lower: bool = False  # SigLIP's training texts were lower-cased outside of its tokenizer


_KINDS = {
    "vision-text-dual-encoder": _Kind("VisionTextDualEncoderModel", 96),
    "clip": _Kind("CLIPModel", 77),
    "altclip": _Kind("AltCLIPModel", 77),
    "siglip": _Kind("SiglipModel", 64, masked=False, lower=True),
    "siglip2": _Kind("Siglip2Model", 64, masked=False, lower=True),
}
MODEL_TYPES = frozenset(_KINDS)


def dimension_of(folder: Path) -> int:
    """The length of the vectors of a checkpoint, as its `config.json` says. Raises ModelError."""
    config = read_json(folder / CONFIG_FILE)
    text, vision = _section(config, "text_config"), _section(config, "vision_config")
    if config.get("model_type") in ("siglip", "siglip2"):  # no shared projection: each tower ends in the space
        found = text.get("projection_size") or vision.get("hidden_size") or 768
    else:
        found = config.get("projection_dim", 512)
    if not isinstance(found, int):
        raise damaged(folder / CONFIG_FILE, ValueError(f"dimension {found!r}"))
    return found


def open_checkpoint(folder: Path, manifest: Manifest) -> Checkpoint:
    """Look at a Hugging Face folder. Raises ModelError for a kind that is not known, or damaged configuration."""
    config = read_json(folder / CONFIG_FILE)
    kind = _kind(folder, config)
    patched = config["model_type"] == "siglip2"
    pixels, normalisation = read_pixels(folder, patches=patched)

    def image_side() -> Side:
        model = _load(folder, without="text_model")
        if patched:
            return Side(model, _patched(model, _patch_size(folder)))
        return Side(model, lambda pixel_values: _features(model.get_image_features(pixel_values=pixel_values)))

    def text_side() -> Side:
        model = _load(folder, without="vision_model")

        def encode(ids: Tensor, mask: Tensor) -> Tensor:
            extra = {"attention_mask": mask.long()} if kind.masked else {}
            return _features(model.get_text_features(input_ids=ids, **extra))

        return Side(model, encode)

    def tokeniser() -> Tokeniser:
        prompts = manifest.prompts
        window = _window(folder, kind, tokenizer := open_tokenizer(folder))
        return Tokeniser(tokenizer, window, prefix=prompts.text_prefix, suffix=prompts.text_suffix)

    return Checkpoint(pixels, normalisation, manifest.dimension, image_side, text_side, tokeniser)


def _kind(folder: Path, config: dict[str, object]) -> _Kind:
    name = str(config.get("model_type"))
    if name not in _KINDS:
        raise ModelError(
            msg("Models of the kind {kind} are not known to Ritrova.", kind=name),
            msg("Choose a model of one of these kinds: {kinds}.", kinds=", ".join(sorted(_KINDS))),
            str(folder / CONFIG_FILE),
        )
    return _KINDS[name]


def load_whole(folder: Path) -> Any:
    """Both sides of a checkpoint of a known kind, as `load_weights`: what training starts from."""
    config = read_json(folder / CONFIG_FILE)
    kind = _kind(folder, config)
    import transformers

    model_class = getattr(transformers, kind.model)
    try:
        loaded = model_class.config_class.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, TypeError) as error:
        raise damaged(folder, error) from error
    # CLIP-Italian has the integer 1 here, of which torch makes a parameter that cannot have a gradient.
    loaded.logit_scale_init_value = float(getattr(loaded, "logit_scale_init_value", 1.0))
    return load_weights(model_class, folder, config=loaded)


def load_weights(model_class: Any, folder: Path, *, config: Any = None) -> Any:
    """A model of a class of transformers, float32 on the CPU. Untyped, because such classes are looked up by name.

    Raises ModelError where the folder holds no safetensors, or not every weight.
    """
    import transformers

    library: Any = transformers
    library.utils.logging.disable_progress_bar()
    # Old files hold keys that are no weights, which it would warn of; missing ones are checked below.
    library.utils.logging.set_verbosity_error()
    given = {} if config is None else {"config": config}
    try:
        model, report = model_class.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **given,
        )
    except (OSError, SafetensorError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise damaged(folder, error) from error
    # transformers fills what is missing with random numbers; nobody would notice but by bad results.
    absent = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
    if absent:
        raise ModelError(
            msg(
                "The weights of the model are incomplete: {first} and {others} more.",
                first=absent[0],
                others=len(absent) - 1,
            ),
            AGAIN,
            str(folder),
        )
    return model


def _load(folder: Path, *, without: str) -> Any:
    """The model of one side, for use."""
    model = load_whole(folder)
    delattr(model, without)
    return model.requires_grad_(False)


def _features(output: Any) -> Tensor:
    """The projected vectors: an output object since transformers 5, a tensor before."""
    vectors: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return vectors


def _patched(model: Any, size: int) -> Callable[[Tensor], Tensor]:
    """SigLIP 2 takes patches of any aspect ratio; ours are squares, so every patch counts."""

    def encode(pixels: Tensor) -> Tensor:
        n, colours, side, _ = pixels.shape
        across = side // size
        patches = pixels.reshape(n, colours, across, size, across, size).permute(0, 2, 4, 3, 5, 1)
        shapes = torch.full((n, 2), across, device=pixels.device)
        mask = torch.ones(n, across * across, dtype=torch.int32, device=pixels.device)
        output = model.get_image_features(
            pixel_values=patches.reshape(n, across * across, -1), pixel_attention_mask=mask, spatial_shapes=shapes
        )
        return _features(output)

    return encode


def _patch_size(folder: Path) -> int:
    size = _section(read_json(folder / CONFIG_FILE), "vision_config").get("patch_size", 16)
    return int(str(size))


def open_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a checkpoint or of a text tower, from whatever vocabulary files it has. Raises ModelError."""
    if (folder / TOKENIZER_FILE).exists():
        return read_tokenizer(folder)
    from transformers import AutoConfig, AutoTokenizer  # makes one of vocab.txt, or of vocab.json and merges.txt

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        # A dual encoder has no tokenizer of its own kind: its text tower has.
        text = config.text_config if config.model_type == "vision-text-dual-encoder" else config
        return AutoTokenizer.from_pretrained(folder, config=text, local_files_only=True).backend_tokenizer
    except (OSError, ValueError, ImportError, AttributeError) as error:
        raise ModelError(
            msg("The model's tokenizer cannot be read: {reason}", reason=reason(error)),
            msg("Choose a copy of the model that holds tokenizer.json."),
            str(folder),
        ) from error


def _window(folder: Path, kind: _Kind, tokenizer: Tokenizer) -> Window:
    text = _section(read_json(folder / CONFIG_FILE), "text_config")
    told = read_json(folder / "tokenizer_config.json")
    positions = text.get("max_position_embeddings")
    length = min(kind.text_length, positions) if isinstance(positions, int) else kind.text_length
    pad = told.get("pad_token")
    word = pad.get("content") if isinstance(pad, dict) else pad
    pad_id = tokenizer.token_to_id(word) if isinstance(word, str) else None
    if pad_id is None:
        given = text.get("pad_token_id")
        pad_id = given if isinstance(given, int) else 0
    return Window(
        length,
        pad_id=pad_id,
        fill=not kind.masked,
        lower=kind.lower,
        pad_left=not kind.masked and told.get("padding_side") == "left",
    )


def _section(config: dict[str, object], name: str) -> dict[str, object]:
    section = config.get(name)
    return section if isinstance(section, dict) else {}
