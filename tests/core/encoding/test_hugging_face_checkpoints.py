"""Hugging Face folders give the numbers of transformers' own classes, whatever their age and quirks."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from ritrova.encoding.bundle import Manifest, Prompts
from ritrova.encoding.encoder import TorchEncoder
from ritrova.encoding.loading import open_folder
from ritrova.encoding.transformers import dimension_of
from ritrova.errors import ModelError
from ritrova.settings import EncodingSettings

SIDE = 32
TEXTS = ["un gatto rosso", "una FOTO di un cane al mare " * 20, "mare"]
TOWER: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
TEXT = TOWER | {"vocab_size": 14, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
VISION = TOWER | {"image_size": SIDE, "patch_size": 8}
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
OLD_PREPROCESSOR = {  # as published beside CLIP-Italian, from before image processors had that name
    "crop_size": SIDE,
    "do_center_crop": True,
    "do_normalize": True,
    "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor",
    "image_mean": MEAN,
    "image_std": STD,
    "resample": 3,
    "size": SIDE,
}
SQUASHING = {
    "image_processor_type": "SiglipImageProcessor",
    "do_resize": True,
    "size": {"height": SIDE, "width": SIDE},
    "resample": 2,
    "image_mean": [0.5] * 3,
    "image_std": [0.5] * 3,
}


@dataclass(frozen=True)
class Kind:
    """How a family's tiny model is made, and how transformers itself would use it."""

    make: Callable[[], Any]
    length: int
    preprocessor: dict[str, Any]
    masked: bool = True
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] = (MEAN, STD)
    edit_config: dict[str, Any] = field(default_factory=dict)
    dimension: int = 24


def _vision_text() -> Any:
    from transformers import BertConfig, CLIPVisionConfig, VisionTextDualEncoderConfig, VisionTextDualEncoderModel

    text = BertConfig(**TEXT, max_position_embeddings=128)
    config = VisionTextDualEncoderConfig.from_vision_text_configs(
        CLIPVisionConfig(**VISION), text, projection_dim=24, logit_scale_init_value=1.0
    )
    return VisionTextDualEncoderModel(config)


def _clip() -> Any:
    from transformers import CLIPConfig, CLIPModel

    text = TEXT | {"max_position_embeddings": 77, "projection_dim": 24}
    return CLIPModel(CLIPConfig(text_config=text, vision_config=VISION | {"projection_dim": 24}, projection_dim=24))


def _altclip() -> Any:
    from transformers import AltCLIPConfig, AltCLIPModel

    text = TEXT | {"max_position_embeddings": 90, "project_dim": 24, "type_vocab_size": 1}
    return AltCLIPModel(
        AltCLIPConfig(text_config=text, vision_config=VISION | {"projection_dim": 24}, projection_dim=24)
    )


def _siglip() -> Any:
    from transformers import SiglipConfig, SiglipModel

    return SiglipModel(SiglipConfig(text_config=TEXT | {"max_position_embeddings": 64}, vision_config=VISION))


def _siglip2() -> Any:
    from transformers import Siglip2Config, Siglip2Model

    vision = TOWER | {"patch_size": 8, "num_patches": 16}
    return Siglip2Model(Siglip2Config(text_config=TEXT | {"max_position_embeddings": 64}, vision_config=vision))


HALF = ((0.5,) * 3, (0.5,) * 3)
PATCHES = {"image_processor_type": "Siglip2ImageProcessor", "patch_size": 8, "max_num_patches": 16, "resample": 2}
KINDS = {
    "vision-text-dual-encoder": Kind(_vision_text, 96, OLD_PREPROCESSOR, edit_config={"logit_scale_init_value": 1}),
    "clip": Kind(_clip, 77, OLD_PREPROCESSOR | {"size": {"shortest_edge": SIDE}}),
    "altclip": Kind(_altclip, 77, OLD_PREPROCESSOR),
    "siglip": Kind(_siglip, 64, SQUASHING, masked=False, normalisation=HALF, dimension=32),
    "siglip2": Kind(
        _siglip2,
        64,
        PATCHES | {"image_mean": [0.5] * 3, "image_std": [0.5] * 3},
        masked=False,
        normalisation=HALF,
        dimension=32,
    ),
}


@dataclass(frozen=True)
class Saved:
    """A tiny model in the published layout, and the object it was saved from."""

    kind: Kind
    model: Any
    folder: Path

    def encoder(self, settings: EncodingSettings, prompts: Prompts | None = None) -> TorchEncoder:
        manifest = Manifest(name="tiny", dimension=self.kind.dimension, prompts=prompts or Prompts())
        return open_folder(self.folder, manifest, settings)


def _save(name: str, folder: Path, tokenizer: Tokenizer) -> Saved:
    kind = KINDS[name]
    torch.manual_seed(4)
    model = kind.make().eval()
    for parameter in model.parameters():  # as initialised, random towers give nearly the same vector for anything
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | kind.edit_config))
    (folder / "preprocessor_config.json").write_text(json.dumps(kind.preprocessor))
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": {"content": "[PAD]"}}))
    tokenizer.save(str(folder / "tokenizer.json"))
    return Saved(kind, model, folder)


@pytest.fixture(scope="module", params=list(KINDS))
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, word_tokenizer: Tokenizer) -> Saved:
    return _save(request.param, tmp_path_factory.mktemp(request.param), word_tokenizer)


@pytest.fixture(scope="module")
def clip_italian(tmp_path_factory: pytest.TempPathFactory, word_tokenizer: Tokenizer) -> Saved:
    """CLIP-Italian's layout: the vision tower's keys carry its name twice."""
    saved = _save("vision-text-dual-encoder", tmp_path_factory.mktemp("legacy"), word_tokenizer)
    path = saved.folder / "model.safetensors"
    weights = load_file(path)
    doubled = {}
    for key, value in weights.items():
        inner = key.removeprefix("vision_model.")
        legacy = key.startswith("vision_model.") and not inner.startswith("vision_model.")
        doubled[f"vision_model.vision_model.{inner}" if legacy else key] = value
    assert any(key.startswith("vision_model.vision_model.") for key in doubled)
    # Files of that age also hold the positions, which are no weights.
    doubled["text_model.embeddings.position_ids"] = torch.arange(128)[None]
    save_file(doubled, path, metadata={"format": "pt"})
    return saved


def _unit(tensor: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = torch.nn.functional.normalize(tensor, dim=-1).detach().numpy()
    return array


def _their_texts(saved: Saved, tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.float32]:
    """What transformers gives, one text at a time, so that no padding but SigLIP's is involved."""
    rows = []
    with torch.inference_mode():
        for text in texts:
            plain = Tokenizer.from_str(tokenizer.to_str())
            plain.enable_truncation(saved.kind.length)
            ids = plain.encode(text).ids
            if not saved.kind.masked:
                ids += [0] * (saved.kind.length - len(ids))
            rows.append(saved.model.get_text_features(input_ids=torch.tensor([ids])).pooler_output)
    return _unit(torch.cat(rows))


def _their_images(saved: Saved, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in saved.kind.normalisation)
    pixels = (torch.from_numpy(batch).permute(0, 3, 1, 2) / 255 - mean) / std
    with torch.inference_mode():
        if saved.model.config.model_type != "siglip2":
            return _unit(saved.model.get_image_features(pixel_values=pixels).pooler_output)
        from PIL import Image
        from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

        processor = Siglip2ImageProcessorPil(**saved.kind.preprocessor)
        inputs = processor(images=[Image.fromarray(picture) for picture in batch], return_tensors="pt")
        return _unit(saved.model.get_image_features(**inputs).pooler_output)


def test_texts_get_the_vectors_of_transformers(saved: Saved, word_tokenizer: Tokenizer, cpu: EncodingSettings) -> None:
    theirs = _their_texts(saved, word_tokenizer, TEXTS)
    assert abs(theirs @ theirs.T)[np.triu_indices(3, 1)].min() < 0.99, "a test of constants shows nothing"
    np.testing.assert_allclose(saved.encoder(cpu).encode_texts(TEXTS), theirs, atol=2e-5)


def test_pictures_get_the_vectors_of_transformers(
    saved: Saved, pictures: Callable[..., NDArray[np.uint8]], cpu: EncodingSettings
) -> None:
    batch = pictures(5, SIDE)
    encoder = saved.encoder(cpu)
    assert encoder.pixels.side == SIDE
    np.testing.assert_allclose(encoder.encode_images(batch), _their_images(saved, batch), atol=2e-5)


def test_loading_and_encoding_open_no_socket(
    saved: Saved, pictures: Callable[..., NDArray[np.uint8]], cpu: EncodingSettings
) -> None:
    opened: list[str] = []
    watching = True

    def hook(event: str, _arguments: object) -> None:  # cannot be removed again, hence the switch
        if watching and event.startswith("socket."):
            opened.append(event)

    sys.addaudithook(hook)
    encoder = saved.encoder(cpu)
    encoder.encode_texts(TEXTS)
    encoder.encode_images(pictures(1, SIDE))
    watching = False
    assert opened == []


def test_the_dimension_is_read_from_the_configuration(saved: Saved) -> None:
    assert dimension_of(saved.folder) == saved.kind.dimension


def test_one_side_holds_no_weights_of_the_other(saved: Saved, cpu: EncodingSettings) -> None:
    encoder = saved.encoder(cpu)
    encoder.encode_texts(["mare"])
    held = {key.split(".")[1] for key in encoder._text_side.state_dict()}
    assert "text_model" in held
    assert "vision_model" not in held


def test_clip_italian_loads_whole_from_its_old_keys(
    clip_italian: Saved,
    word_tokenizer: Tokenizer,
    pictures: Callable[..., NDArray[np.uint8]],
    cpu: EncodingSettings,
) -> None:
    assert json.loads((clip_italian.folder / "config.json").read_text())["logit_scale_init_value"] == 1
    encoder, batch = clip_italian.encoder(cpu), pictures(3, SIDE)
    np.testing.assert_allclose(encoder.encode_images(batch), _their_images(clip_italian, batch), atol=2e-5)
    theirs = _their_texts(clip_italian, word_tokenizer, TEXTS)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), theirs, atol=2e-5)
    spec = encoder.pixels
    assert (spec.side, spec.resize, spec.fit, spec.resample) == (SIDE, SIDE, "crop", "bicubic")


def test_a_missing_weight_is_an_error_not_a_random_number(
    clip_italian: Saved, tmp_path: Path, cpu: EncodingSettings
) -> None:
    folder = shutil.copytree(clip_italian.folder, tmp_path / "holed")
    weights = load_file(folder / "model.safetensors")
    del weights["text_projection.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    encoder = Saved(clip_italian.kind, None, folder).encoder(cpu)
    with pytest.raises(ModelError, match=r"text_projection\.weight"):
        encoder.encode_texts(["mare"])


def test_a_damaged_weight_file_is_a_model_error(clip_italian: Saved, tmp_path: Path, cpu: EncodingSettings) -> None:
    folder = shutil.copytree(clip_italian.folder, tmp_path / "cut")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError):
        Saved(clip_italian.kind, None, folder).encoder(cpu).encode_texts(["mare"])


def test_the_prompts_of_the_manifest_go_around_the_sentence(clip_italian: Saved, cpu: EncodingSettings) -> None:
    with_prompts = clip_italian.encoder(cpu, Prompts(text_prefix="una foto : ", text_suffix=" rosso"))
    plain = clip_italian.encoder(cpu)
    expected = plain.encode_texts(["una foto : cane rosso"])
    np.testing.assert_allclose(with_prompts.encode_texts(["cane"]), expected, atol=1e-6)


def test_a_vocabulary_without_tokenizer_json_serves_too(
    clip_italian: Saved, word_tokenizer: Tokenizer, tmp_path: Path, cpu: EncodingSettings
) -> None:
    folder = shutil.copytree(clip_italian.folder, tmp_path / "old")
    (folder / "tokenizer.json").unlink()
    words = word_tokenizer.get_vocab()
    (folder / "vocab.txt").write_text("\n".join(sorted(words, key=lambda word: words[word])))
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "pad_token": "[PAD]"}))
    ours = Saved(clip_italian.kind, None, folder).encoder(cpu).encode_texts(["una foto", "Un Gatto"])
    np.testing.assert_allclose(ours, clip_italian.encoder(cpu).encode_texts(["una foto", "Un Gatto"]), atol=1e-6)


def test_a_kind_that_is_not_known_names_those_that_are(tmp_path: Path, cpu: EncodingSettings) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "blip"}')
    with pytest.raises(ModelError, match=r"altclip.*clip.*siglip2"):
        open_folder(tmp_path, Manifest(name="m", dimension=4), cpu)
