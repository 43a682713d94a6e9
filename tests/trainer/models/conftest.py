"""Tiny random models of the real classes in the layouts that they are published in, and photos in every mode."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from ritrova.encoding import compact
from ritrova.encoding.bert import BertConfig as SentenceConfig
from ritrova.encoding.compact import CompactConfig, CompactModel
from ritrova_trainer.data import FileImage

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", ":", "un", "una", "gatto", "cane", "rosso", "mare", "al", "foto"]
SIDE = 32
TOWER: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 3, "num_attention_heads": 4}
TEXT = TOWER | {"vocab_size": len(WORDS), "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
VISION = TOWER | {"image_size": SIDE, "patch_size": 8}
PREPROCESSOR = {"crop_size": SIDE, "do_center_crop": True, "do_normalize": True, "do_resize": True, "size": SIDE}


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP, as `openai/clip-vit-base-patch32` lies there."""
    from transformers import CLIPConfig, CLIPModel

    text = TEXT | {"max_position_embeddings": 77, "projection_dim": 24}
    config = CLIPConfig(text_config=text, vision_config=VISION | {"projection_dim": 24}, projection_dim=24)
    folder = tmp_path_factory.mktemp("clip")
    _save(CLIPModel, config, folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    _word_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with nothing but a vocabulary, as `dbmdz/bert-base-italian-xxl-uncased` lies there."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    _save(BertModel, BertConfig(**TEXT, max_position_embeddings=128), folder)
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in WORDS))
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "max_len": 512}))
    return folder


@pytest.fixture(scope="session")
def siglip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import SiglipConfig, SiglipModel

    folder = tmp_path_factory.mktemp("siglip")
    config = SiglipConfig(text_config=TEXT | {"max_position_embeddings": 64}, vision_config=VISION)
    _save(SiglipModel, config, folder)
    squashing = {
        "size": {"height": SIDE, "width": SIDE},
        "resample": 2,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(squashing))
    _word_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def compact_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compact model: a small EfficientNet, a BERT of three layers."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("compact")
    text = SentenceConfig(**TEXT, max_position_embeddings=24)
    config = CompactConfig(
        architecture="test_efficientnet",
        image_features=256,
        side=SIDE,
        resize=SIDE,
        text=text,
        text_max_length=16,
        dimension=16,
        hidden=32,
    )
    model = CompactModel(config)
    _spread(model.text_tower)
    compact.save(model, folder)
    _word_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[FileImage]:
    """Eight photos: upright, lying, and in the modes that decoders meet."""
    folder = tmp_path_factory.mktemp("photos")
    made: list[tuple[str, tuple[int, int], str]] = [
        ("colour.jpg", (80, 60), "RGB"),
        ("upright.jpg", (50, 90), "RGB"),
        ("grey.png", (64, 48), "L"),
        ("palette.gif", (64, 48), "P"),
        ("alpha.png", (48, 48), "RGBA"),
        ("print.jpg", (60, 60), "CMYK"),
        ("deep.png", (60, 50), "I;16"),
        ("strip.png", (600, 40), "RGB"),
    ]
    for number, (name, size, mode) in enumerate(made):
        _picture(size, mode, number).save(folder / name)
    return [FileImage(name, folder / name) for name, _, _ in made]


@pytest.fixture(scope="session")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> list[FileImage]:
    """A broken one, one that is no photo, and one that is not there."""
    folder = tmp_path_factory.mktemp("unreadable")
    _picture((80, 60), "RGB", 99).save(folder / "cut.jpg")
    whole = (folder / "cut.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "text.jpg").write_text("non sono una foto")
    return [FileImage(name, folder / name) for name in ("cut.jpg", "text.jpg", "nowhere.jpg")]


@pytest.fixture(scope="session")
def captions() -> Sequence[tuple[str, ...]]:
    """Of the eight photos; the last has one alone."""
    return [*[(f"un gatto {word}", f"{word} al mare") for word in WORDS[6:13]], ("una foto",)]


def _save(model_class: Any, config: Any, folder: Path) -> None:
    torch.manual_seed(4)
    model = model_class(config)
    _spread(model)
    model.save_pretrained(folder)


def _spread(model: torch.nn.Module) -> None:
    """As initialised, random towers give nearly the same vector for anything."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.3)


def _word_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def _picture(size: tuple[int, int], mode: str, seed: int) -> Image.Image:
    """Smooth random colours."""
    coarse = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8))
    picture = coarse.resize(size, Image.Resampling.BICUBIC)
    if mode != "I;16":
        return picture.convert(mode)
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
