"""Tiny random models in the layouts of real ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from ritrova.encoding import bundle, compact
from ritrova.encoding.bert import BertConfig
from ritrova.encoding.compact import CompactConfig, CompactModel
from ritrova.settings import EncodingSettings

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", ":", "un", "una", "gatto", "cane", "rosso", "mare", "al", "foto"]


@pytest.fixture(scope="session")
def word_tokenizer() -> Tokenizer:
    """Whole Italian words, lower-cased, with BERT's special tokens around them."""
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


@pytest.fixture(scope="session")
def cpu() -> EncodingSettings:
    return EncodingSettings(device="cpu", threads=1)


@pytest.fixture(scope="session")
def compact_config() -> CompactConfig:
    text = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=24,
    )
    return CompactConfig(
        architecture="test_efficientnet",
        image_features=256,
        side=64,
        resize=64,
        text=text,
        text_max_length=16,
        dimension=16,
        hidden=32,
    )


@pytest.fixture(scope="session")
def compact_folder(
    tmp_path_factory: pytest.TempPathFactory, compact_config: CompactConfig, word_tokenizer: Tokenizer
) -> Path:
    """A sealed compact model called `tiny`. Shared: copy it before you change it."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("compact") / "tiny"
    folder.mkdir()
    compact.save(CompactModel(compact_config), folder)
    word_tokenizer.save(str(folder / compact.TOKENIZER_FILE))
    bundle.seal(folder, bundle.Manifest(name="tiny", dimension=16, licence="Apache-2.0"))
    return folder


@pytest.fixture(scope="session")
def pictures() -> Callable[..., NDArray[np.uint8]]:
    """`n` smooth random pictures of a side, so that scaling them says something."""

    def make(n: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
        coarse = np.random.default_rng(seed).integers(0, 256, (n, 4, 4, 3), np.uint8)
        repeat = -(-side // 4)
        return coarse.repeat(repeat, axis=1).repeat(repeat, axis=2)[:, :side, :side]

    return make
