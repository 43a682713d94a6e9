"""What a run starts from: two towers, or a checkpoint; and what is refused."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from ritrova.encoding import compact
from ritrova.errors import ModelError
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.models.dual import save_pretrained
from ritrova_trainer.models.hub import join_towers, open_hub
from ritrova_trainer.models.opening import open_model


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to


def test_towers_are_joined_as_published(clip_folder: Path, bert_folder: Path) -> None:
    torch.manual_seed(1)
    model = join_towers(clip_folder, bert_folder)
    clip, bert = load_file(clip_folder / "model.safetensors"), load_file(bert_folder / "model.safetensors")
    weights = model.hub.state_dict()
    for name, value in clip.items():
        if name.startswith("vision_model.") or name == "visual_projection.weight":
            assert torch.equal(weights[name], value), name
    for name, value in bert.items():
        assert torch.equal(weights[f"text_model.{name}"], value), name
    projection = weights["text_projection.weight"]
    assert projection.std().item() == pytest.approx(0.02, rel=0.1)
    assert abs(projection.mean().item()) < 0.003
    assert not {"text_projection.bias", "visual_projection.bias"} & set(weights)
    assert (model.dimension, model.image_width) == (24, 32)
    assert model.log_scale.exp().item() == pytest.approx(20)
    assert not model.log_scale.requires_grad


def test_the_new_projection_follows_torchs_seed(clip_folder: Path, bert_folder: Path) -> None:
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(join_towers(clip_folder, bert_folder).hub.text_projection.weight)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_captions_are_read_as_the_text_tower_was_trained_to(clip_folder: Path, bert_folder: Path) -> None:
    model = join_towers(clip_folder, bert_folder, text_prefix="query: ")
    ids, mask = model.tokeniser(["Un GATTO", "un gatto rosso"])
    assert ids.tolist() == [[2, 4, 5, 6, 8, 3, 0], [2, 4, 5, 6, 8, 10, 3]]
    assert mask.sum(dim=1).tolist() == [6, 7]
    assert model.tokeniser(["gatto " * 10_000])[0].shape == (1, 96)
    assert model.prompts.text_prefix == "query: "


def test_a_published_dual_encoder_starts_at_the_scale_it_was_trained_with(
    clip_folder: Path, bert_folder: Path, tmp_path: Path
) -> None:
    save_pretrained(join_towers(clip_folder, bert_folder), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"logit_scale_init_value": 1}))  # CLIP-Italian's
    weights = load_file(tmp_path / "model.safetensors")
    save_file(weights | {"logit_scale": torch.tensor(1.0)}, tmp_path / "model.safetensors", {"format": "pt"})
    assert open_hub(tmp_path).log_scale.exp().item() == pytest.approx(20)


def test_clip_and_siglip_start_at_their_own_scale(clip_folder: Path, siglip_folder: Path) -> None:
    clip, siglip = open_model(clip_folder), open_model(siglip_folder)
    assert clip.log_scale.item() == pytest.approx(2.6592)
    weights = load_file(siglip_folder / "model.safetensors")
    assert siglip.log_scale.item() == pytest.approx(weights["logit_scale"].item())
    assert siglip.bias.item() == pytest.approx(weights["logit_bias"].item())
    assert siglip.dimension == 32
    assert list(siglip.heads()) == []


def test_a_compact_model_starts_from_its_folder(compact_folder: Path) -> None:
    model = open_model(compact_folder)
    assert isinstance(model, CompactDual)
    assert (model.dimension, model.image_width) == (16, 256)
    assert model.log_scale.exp().item() == pytest.approx(20)
    ids, mask = model.tokeniser(["un gatto"])
    expected = compact.load(compact_folder).encode_texts(ids, mask)
    torch.testing.assert_close(model.eval().encode_texts(ids, mask), expected, atol=1e-6, rtol=0)


def test_the_scale_may_be_set_and_learned(compact_folder: Path) -> None:
    model = open_model(compact_folder)
    model.set_scale(30.0, learned=True)
    model.set_bias(-5.0, learned=True)
    ids, mask = model.tokeniser(["un gatto"])
    _, _, scale, bias = model(torch.zeros(1, 256), ids, mask)
    (scale + bias).backward()
    assert scale.item() == pytest.approx(30)
    assert bias.item() == -5
    assert model.log_scale.grad is not None
    assert {"log_scale", "bias"} < set(model.learning_parts()["heads"])


def test_pickled_weights_are_refused(clip_folder: Path, bert_folder: Path, tmp_path: Path) -> None:
    folder = copied(bert_folder, tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="refused"):
        join_towers(clip_folder, folder)
    with pytest.raises(ModelError, match="refused"):
        open_model(folder)


def test_towers_of_other_kinds_are_refused(
    clip_folder: Path, bert_folder: Path, siglip_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"must be CLIP's"):
        join_towers(siglip_folder, bert_folder)
    with pytest.raises(ModelError, match="no pooler"):
        join_towers(clip_folder, _without_pooler(tmp_path))
    with pytest.raises(ModelError, match="bert cannot be trained"):
        open_model(bert_folder)


def test_missing_weights_are_named(clip_folder: Path, bert_folder: Path, tmp_path: Path) -> None:
    folder = copied(bert_folder, tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["pooler.dense.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="incomplete: pooler"):
        join_towers(clip_folder, folder)


def test_a_scale_survives_its_logarithm(clip_folder: Path, bert_folder: Path) -> None:
    model = join_towers(clip_folder, bert_folder)
    model.set_scale(37.5)
    assert model.log_scale.item() == pytest.approx(math.log(37.5))


def _without_pooler(folder: Path) -> Path:
    import transformers

    library: Any = transformers
    config = library.DistilBertConfig(vocab_size=14, dim=32, n_layers=1, n_heads=4, hidden_dim=37)
    library.DistilBertModel(config).save_pretrained(folder)
    return folder
