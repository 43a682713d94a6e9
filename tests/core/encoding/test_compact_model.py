"""The compact model: the numbers of its published parts, one file, each side alone, fast to start."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from torch import nn

from ritrova.encoding import bundle, compact
from ritrova.encoding.bert import BertConfig, BertTower, from_bert
from ritrova.encoding.compact import CompactConfig, CompactModel, ImageHead, TextHead
from ritrova.encoding.fusing import fuse
from ritrova.encoding.loading import open_folder
from ritrova.errors import ModelError, OurBug
from ritrova.settings import EncodingSettings


def test_the_sentence_tower_gives_the_numbers_of_transformers_bert() -> None:
    from transformers import BertConfig as TheirConfig
    from transformers import BertModel

    torch.manual_seed(1)
    shape = {
        "vocab_size": 50,
        "hidden_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "intermediate_size": 96,
        "max_position_embeddings": 20,
    }
    theirs = BertModel(TheirConfig(**shape), add_pooling_layer=True)  # type: ignore[arg-type]
    theirs.train(False)
    ours = BertTower(BertConfig(**shape)).eval()
    ours.load_state_dict(from_bert(theirs.state_dict()))
    ids = torch.randint(0, 50, (3, 11))
    mask = torch.ones(3, 11, dtype=torch.bool)
    mask[1, 4:] = False
    for guard in (torch.inference_mode(), torch.enable_grad()):  # torch has a kernel of its own for inference
        with guard:
            hidden = theirs(input_ids=ids, attention_mask=mask.long()).last_hidden_state
            expected = (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
            torch.testing.assert_close(ours(ids, mask), expected, atol=1e-5, rtol=1e-5)


def test_padding_does_not_change_a_sentence(compact_config: CompactConfig) -> None:
    model = CompactModel(compact_config, image=False).eval()
    ids = torch.tensor([[2, 6, 8, 3]])
    padded = torch.tensor([[2, 6, 8, 3, 0, 0, 0]])
    with torch.inference_mode():
        alone = model.encode_texts(ids, ids > 0)
        torch.testing.assert_close(model.encode_texts(padded, padded > 0), alone, atol=1e-6, rtol=1e-5)


def test_the_heads_work_alone_on_cached_features(compact_config: CompactConfig) -> None:
    image, text = ImageHead(compact_config).eval(), TextHead(compact_config).eval()
    image.mean.fill_(2.0)
    image.std.fill_(4.0)
    features = torch.randn(5, compact_config.image_features)
    expected = image.layers((features - 2) / 4)
    torch.testing.assert_close(image(features), expected / expected.norm(dim=1, keepdim=True))
    sentences = torch.randn(5, compact_config.text.hidden_size)
    text.mean.normal_(0, 0.1)
    torch.testing.assert_close(text(sentences), text(sentences * 7), msg="pooled features are normalised first")
    assert torch.allclose(text(sentences).norm(dim=1), torch.ones(5))
    centred = torch.nn.functional.normalize(sentences, dim=1) - text.mean
    expected = text.layers(20 * centred / centred.norm(dim=1, keepdim=True))
    torch.testing.assert_close(text(sentences), expected / expected.norm(dim=1, keepdim=True))


def test_a_saved_model_comes_back_within_half_precision(compact_config: CompactConfig, tmp_path: Path) -> None:
    model = CompactModel(compact_config).eval()
    compact.save(model, tmp_path)
    again = compact.load(tmp_path)
    assert again.config == compact_config
    assert {value.dtype for value in again.parameters()} == {torch.float32}
    stored = load_file(tmp_path / compact.WEIGHTS_FILE)
    assert {key.split(".")[0] for key in stored} == {"image_tower", "image_head", "text_tower", "text_head"}
    assert all(value.dtype != torch.float32 for value in stored.values())
    pixels, ids = torch.randn(2, 3, 64, 64), torch.tensor([[2, 6, 8, 3]])
    with torch.inference_mode():
        torch.testing.assert_close(again.encode_images(pixels), model.encode_images(pixels), atol=5e-3, rtol=0)
        torch.testing.assert_close(
            again.encode_texts(ids, ids > 0), model.encode_texts(ids, ids > 0), atol=5e-3, rtol=0
        )


def test_the_text_side_reads_no_weight_of_the_image_side(compact_folder: Path, tmp_path: Path) -> None:
    weights = load_file(compact_folder / compact.WEIGHTS_FILE)
    texts = {key: value for key, value in weights.items() if key.startswith("text_")}
    save_file(texts, tmp_path / compact.WEIGHTS_FILE)
    (tmp_path / compact.CONFIG_FILE).write_bytes((compact_folder / compact.CONFIG_FILE).read_bytes())
    compact.load(tmp_path, image=False)
    with pytest.raises(ModelError):
        compact.load(tmp_path, text=False)


def test_published_backbones_fill_the_towers(compact_config: CompactConfig, tmp_path: Path) -> None:
    import timm
    from transformers import BertConfig as TheirConfig
    from transformers import BertModel

    image, text = timm.create_model("test_efficientnet"), TheirConfig(**compact_config.text.model_dump())
    for name in ("image", "text"):
        (tmp_path / name).mkdir()
    save_file(image.state_dict(), tmp_path / "image" / "model.safetensors")
    sentences = BertModel(text, add_pooling_layer=False)
    save_file(sentences.state_dict(), tmp_path / "text" / "model.safetensors")
    model = CompactModel(compact_config)
    compact.load_backbones(model, tmp_path / "image", tmp_path / "text")
    assert torch.equal(model.text_tower.words.weight, sentences.embeddings.word_embeddings.weight)
    assert torch.equal(model.image_tower.state_dict()["conv_stem.weight"], image.state_dict()["conv_stem.weight"])


@pytest.mark.parametrize(
    "change", [{"dimension": 0}, {"std": (0, 1, 1)}, {"model_type": "clip"}, {"surprise": 1}, {"resample": "nearest"}]
)
def test_a_configuration_that_makes_no_sense_is_refused(
    compact_config: CompactConfig, change: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        CompactConfig.model_validate(compact_config.model_dump() | change)


def test_vectors_are_of_unit_length_and_do_not_depend_on_the_batch(
    compact_folder: Path, cpu: EncodingSettings, pictures: Callable[..., NDArray[np.uint8]]
) -> None:
    encoder = open_folder(compact_folder, bundle.read(compact_folder), cpu)
    batch = pictures(11, 64)
    batch.setflags(write=False)  # as shared memory may be
    together = encoder.encode_images(batch)
    assert together.shape == (11, 16)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode_images(batch[i : i + 1]) for i in range(11)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    texts = encoder.encode_texts(["un gatto", "il mare", "un gatto rosso al mare " * 9])
    np.testing.assert_allclose(texts[0], encoder.encode_texts(["un gatto"])[0], atol=1e-5)
    assert encoder.encode_texts([]).shape == encoder.encode_images(batch[:0]).shape == (0, 16)


@pytest.mark.parametrize("text", ["", "🐱🌊", "parola " * 5000, "byte non UTF-8: \udce8", "a\x00b\n"])
def test_any_text_gets_a_finite_unit_vector(compact_folder: Path, cpu: EncodingSettings, text: str) -> None:
    encoder = open_folder(compact_folder, bundle.read(compact_folder), cpu)
    assert np.linalg.norm(encoder.encode_texts([text])) == pytest.approx(1, abs=1e-5)


def test_the_prefix_of_the_configuration_is_put_before_each_sentence(
    compact_folder: Path, cpu: EncodingSettings, tmp_path: Path
) -> None:
    encoder = open_folder(compact_folder, bundle.read(compact_folder), cpu)
    config = compact.read_config(compact_folder)
    for name in (compact.WEIGHTS_FILE, compact.TOKENIZER_FILE):
        (tmp_path / name).write_bytes((compact_folder / name).read_bytes())
    bare = config.model_copy(update={"text_prefix": ""})
    (tmp_path / compact.CONFIG_FILE).write_text(bare.model_dump_json())
    without = open_folder(tmp_path, bundle.Manifest(name="bare", dimension=16), cpu)
    np.testing.assert_allclose(encoder.encode_texts(["un cane"]), without.encode_texts(["query: un cane"]), atol=1e-6)


def test_a_manifest_that_contradicts_the_configuration_is_refused(compact_folder: Path, cpu: EncodingSettings) -> None:
    manifest = bundle.read(compact_folder)
    for change in ({"dimension": 17}, {"prompts": bundle.Prompts(text_prefix="passage: ")}):
        with pytest.raises(ModelError):
            open_folder(compact_folder, manifest.model_copy(update=change), cpu)


def test_pixels_of_another_size_are_our_bug(compact_folder: Path, cpu: EncodingSettings) -> None:
    encoder = open_folder(compact_folder, bundle.read(compact_folder), cpu)
    with pytest.raises(OurBug):
        encoder.encode_images(np.zeros((1, 32, 32, 3), np.uint8))


def test_a_model_that_gives_nan_is_named(compact_folder: Path, cpu: EncodingSettings, tmp_path: Path) -> None:
    weights = load_file(compact_folder / compact.WEIGHTS_FILE)
    weights["text_head.layers.1.bias"].fill_(float("nan"))
    save_file(weights, tmp_path / compact.WEIGHTS_FILE)
    for name in (compact.CONFIG_FILE, compact.TOKENIZER_FILE):
        (tmp_path / name).write_bytes((compact_folder / name).read_bytes())
    encoder = open_folder(tmp_path, bundle.Manifest(name="ill", dimension=16), cpu)
    with pytest.raises(ModelError, match="NaN"):
        encoder.encode_texts(["un gatto"])


_COLD_QUERY = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.") else None)
from pathlib import Path
from ritrova.encoding.models import Models
from ritrova.settings import EncodingSettings
folder = Path(sys.argv[1])
models = Models(folder.parent, folder.parent / "none")
assert [info.name for info in models.list()] == ["tiny"]
assert "torch" not in sys.modules, "listing models needs no torch"
encoder = models.open("tiny", EncodingSettings(device="cpu", threads=1))
encoder.encode_texts(["un gatto rosso"])
slow = {"timm", "torchvision", "transformers", "huggingface_hub", "torch._dynamo", "sympy"} & set(sys.modules)
assert not slow, slow
import numpy
encoder.encode_images(numpy.zeros((1, 64, 64, 3), numpy.uint8))
assert not opened, opened
"""


def test_a_search_imports_only_what_it_needs_and_nothing_opens_a_socket(compact_folder: Path) -> None:
    run = subprocess.run([sys.executable, "-c", _COLD_QUERY, compact_folder], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("levels", [0, 3])
def test_the_tower_that_indexes_is_fused_and_gives_the_same_numbers(compact_config: CompactConfig, levels: int) -> None:
    tower = compact.image_tower(compact_config.model_copy(update={"levels": levels})).eval()
    norms = [module for module in tower.modules() if isinstance(module, nn.BatchNorm2d)]
    torch.manual_seed(2)
    for norm in norms:  # as training leaves them, not as they begin
        for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            assert values is not None
            nn.init.uniform_(values, 0.5, 1.5)
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        expected = tower(pixels)
        fused = fuse(tower)
        torch.testing.assert_close(fused(pixels), expected, atol=1e-4, rtol=1e-4)
    assert norms
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.modules())
