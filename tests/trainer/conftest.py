"""A whole small world to train in: towers of the real classes with random weights, and photos that can be learned."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

SUBJECTS = ("gatto", "cane", "cavallo", "treno", "albero", "bambino")
COLOURS = ("rosso", "bianco", "nero", "verde", "giallo", "azzurro")
PLACES = ("mare", "monte", "bosco", "prato", "strada", "casa")
IMAGE_TOWER, TEXT_TOWER = "efficientnet-lite2", "e5-small-it"  # the recipe's names; here they are tiny
IMAGE_WIDTH, TEXT_WIDTH = 256, 32


@pytest.fixture(scope="session")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of two tiny towers, in the layout of the real ones."""
    folder = tmp_path_factory.mktemp("backbones")
    torch.manual_seed(0)
    _write_text_tower(folder / TEXT_TOWER)
    _write_image_tower(folder / IMAGE_TOWER)
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """176 captioned photos to train on and 40 to find, as features."""
    folder = tmp_path_factory.mktemp("data")
    _write_data(folder)
    return folder


def _write_text_tower(folder: Path) -> None:
    folder.mkdir(parents=True)
    words = ["<s>", "<pad>", "</s>", "<unk>", "query", ":", "un", "vicino", "a", *SUBJECTS, *COLOURS, *PLACES]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text("{}")
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=TEXT_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        pad_token_id=1,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(folder)


def _write_image_tower(folder: Path) -> None:
    folder.mkdir(parents=True)
    tower = timm.create_model("test_efficientnet", pretrained=False, num_classes=0)
    save_file(tower.state_dict(), folder / "model.safetensors")
    description = {
        "architecture": "test_efficientnet",
        "num_features": IMAGE_WIDTH,
        "input_size": [3, 160, 160],
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic",
    }
    (folder / "config.json").write_text(json.dumps(description))


def _write_data(folder: Path) -> None:
    """A photo's features are the sum of its words' directions and noise, so that unseen combinations can be found."""
    random = np.random.default_rng(0)
    direction = {word: random.normal(size=IMAGE_WIDTH) for word in (*SUBJECTS, *COLOURS, *PLACES)}
    ids, features, lines = [], [], []
    for subject, colour, place in itertools.product(SUBJECTS, COLOURS, PLACES):
        name = f"{subject}-{colour}-{place}"
        captions = [f"un {subject} {colour} vicino a un {place}", f"{place} {colour} {subject}", f"{subject} {colour}"]
        seen = direction[subject] + direction[colour] + direction[place] + 0.3 * random.normal(size=IMAGE_WIDTH)
        ids.append(name)
        features.append(seen)
        lines.append(json.dumps({"image_path": f"images/{name}.jpg", "captions": captions, "source": "made"}))
    order = random.permutation(len(lines))
    for split, places in (("val", order[:40]), ("train", order[40:])):
        (folder / f"{split}.jsonl").write_text("".join(lines[place] + "\n" for place in places))
    path = folder / f"features-{IMAGE_TOWER}.safetensors"
    save_arrays({"features": np.array(features, np.float16)}, path)
    path.with_suffix(".ids").write_text("".join(f"{name}\n" for name in ids))
