"""What was trained is saved as a folder that the application reads, with the same vectors."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ritrova.encoding import bundle
from ritrova.encoding.loading import describe, open_folder
from ritrova.encoding.preprocess import prepare
from ritrova.settings import EncodingSettings
from ritrova_trainer.models.dual import DualEncoder, save_pretrained
from ritrova_trainer.models.hub import join_towers
from ritrova_trainer.models.opening import open_model

TEXTS = ["un gatto rosso", "Una FOTO di un cane al mare " * 20, "mare"]


def assert_same_vectors(model: DualEncoder, folder: Path, tolerance: float) -> None:
    """As the application encodes with `folder`, and as the trainer does with `model`."""
    known = describe(folder, "tiny", "unknown").model_copy(update={"prompts": model.prompts})
    encoder = open_folder(folder, bundle.seal(folder, known), EncodingSettings(device="cpu", threads=1))
    assert encoder.dimension == model.dimension
    assert encoder.pixels == model.pixels
    side = model.pixels.side
    pictures = np.random.default_rng(0).integers(0, 256, (3, side, side, 3), np.uint8)
    model.eval()
    with torch.no_grad():
        images = model.encode_images(prepare(pictures, model.normalisation, torch.device("cpu"))).numpy()
        texts = model.encode_texts(*model.tokeniser(TEXTS)).numpy()
    np.testing.assert_allclose(encoder.encode_images(pictures), images, atol=tolerance)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), texts, atol=tolerance)


@pytest.mark.parametrize("prefix", ["", "query: "])
def test_joined_towers_become_a_dual_encoder(clip_folder: Path, bert_folder: Path, tmp_path: Path, prefix: str) -> None:
    model = join_towers(clip_folder, bert_folder, text_prefix=prefix)
    model.set_scale(25.0)
    save_pretrained(model, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "vision-text-dual-encoder"
    assert load_file(tmp_path / "model.safetensors")["logit_scale"].exp().item() == pytest.approx(25)
    assert_same_vectors(model, tmp_path, 1e-5)
    again = open_model(tmp_path)
    assert again.prompts == model.prompts
    assert_same_vectors(again, tmp_path, 1e-5)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_checkpoints_keep_their_kind(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    model = open_model(request.getfixturevalue(f"{kind}_folder"))
    model.set_scale(50.0)
    model.set_bias(-7.0)
    save_pretrained(model, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == kind
    assert_same_vectors(model, tmp_path, 1e-5)
    again = open_model(tmp_path)
    assert again.log_scale.exp().item() == pytest.approx(50)
    if kind == "siglip":
        assert again.bias.item() == -7


def test_a_compact_model_stays_one(compact_folder: Path, tmp_path: Path) -> None:
    model = open_model(compact_folder)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    model.set_scale(30.0)
    save_pretrained(model, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["scale"] == 30
    assert_same_vectors(model, tmp_path, 3e-3)  # its weights rest as float16
