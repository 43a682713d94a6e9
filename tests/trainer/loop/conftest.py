"""A world to train in within seconds: forty-eight drawn photos that can be told apart, and tiny models."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from ritrova.encoding import compact
from ritrova.encoding.bert import BertConfig
from ritrova.encoding.compact import CompactConfig, CompactModel

COLOURS = {"rosso": "red", "verde": "green", "blu": "blue", "giallo": "yellow", "nero": "black", "bianco": "white"}
SHAPES = ("cerchio", "quadrato")
GROUNDS = {"grigio": "grey", "rosa": "pink", "arancione": "orange", "marrone": "brown"}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (*SPECIAL, "query", ":", "un", "su", "fondo", *COLOURS, *SHAPES, *GROUNDS)
SIDE = 32
TOWER: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JSON lines of 48 photos, each with a sentence and a short query."""
    folder = tmp_path_factory.mktemp("drawings")
    lines = []
    for colour, shape, ground in product(COLOURS, SHAPES, GROUNDS):
        name = f"{colour}-{shape}-{ground}.png"
        picture = Image.new("RGB", (48, 40), GROUNDS[ground])
        pen = ImageDraw.Draw(picture)
        (pen.ellipse if shape == "cerchio" else pen.rectangle)((12, 8, 36, 32), fill=COLOURS[colour])
        picture.save(folder / name)
        captions = [f"un {shape} {colour} su fondo {ground}", f"{shape} {colour}"]
        lines.append(json.dumps({"image_path": name, "captions": captions}))
    (folder / "drawings.jsonl").write_text("\n".join(lines) + "\n")
    return folder / "drawings.jsonl"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a compact model with random weights."""
    return _compact(tmp_path_factory.mktemp("tiny"), dimension=16)


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compact model of another shape."""
    return _compact(tmp_path_factory.mktemp("other"), dimension=8)


def _compact(folder: Path, *, dimension: int) -> Path:
    torch.manual_seed(0)
    config = CompactConfig(
        architecture="test_efficientnet",
        image_features=256,
        side=SIDE,
        resize=SIDE,
        text=BertConfig(**TOWER, vocab_size=len(WORDS), max_position_embeddings=24),
        text_max_length=16,
        dimension=dimension,
        hidden=32,
    )
    compact.save(CompactModel(config), folder)
    _word_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def tiny_towers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random towers of the published recipe's classes, where the recipe looks for them."""
    from transformers import BertConfig as HubBertConfig
    from transformers import BertModel, CLIPConfig, CLIPModel

    folder = tmp_path_factory.mktemp("towers")
    torch.manual_seed(0)
    text = TOWER | {"vocab_size": len(WORDS), "pad_token_id": 0}
    vision = TOWER | {"image_size": SIDE, "patch_size": 8, "projection_dim": 16}
    config = CLIPConfig(
        text_config=text | {"max_position_embeddings": 20, "bos_token_id": 2, "eos_token_id": 3, "projection_dim": 16},
        vision_config=vision,
        projection_dim=16,
    )
    clip, bert = folder / "openai/clip-vit-base-patch32", folder / "dbmdz/bert-base-italian-xxl-uncased"
    CLIPModel(config).save_pretrained(clip)
    processor = {"crop_size": SIDE, "do_center_crop": True, "do_normalize": True, "do_resize": True, "size": SIDE}
    (clip / "preprocessor_config.json").write_text(json.dumps(processor))
    BertModel(HubBertConfig(**text, max_position_embeddings=128)).save_pretrained(bert)
    (bert / "vocab.txt").write_text("".join(f"{word}\n" for word in WORDS))
    (bert / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}))
    return folder


def _word_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer
