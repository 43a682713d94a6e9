"""What the frozen lower text layers give is computed once, and the upper layers train on it as on the words."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from ritrova.errors import EnvironmentFault
from ritrova_trainer.hidden import HiddenStates, Likeness, cached_hidden_states
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.models.opening import open_model

TEXTS = ["un gatto rosso", "mare", "un cane al mare", "una foto", "gatto " * 40]


@pytest.fixture
def model(compact_folder: Path) -> CompactDual:
    model = open_model(compact_folder)
    assert isinstance(model, CompactDual)
    model.set_trainable(text_layers=1)
    return model


def cached(folder: Path, model: CompactDual, texts: list[str] = TEXTS) -> HiddenStates:
    return cached_hidden_states(folder, texts, model, made_by="tiny")


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_the_text_side_gives_the_same_from_hidden_states(tmp_path: Path, model: CompactDual, layers: int) -> None:
    model.set_trainable(text_layers=layers)
    assert model.frozen_text_layers == 3 - layers
    states = cached(tmp_path, model)
    model.eval()
    with torch.no_grad():
        live = model.encode_texts(*model.tokeniser(TEXTS))
        found = model.encode_texts(*states(TEXTS))
    torch.testing.assert_close(found, live, atol=3e-3, rtol=0)  # they rest as float16


def test_states_have_no_padding_on_disk_and_are_padded_for_a_batch(tmp_path: Path, model: CompactDual) -> None:
    states, mask = cached(tmp_path, model)(TEXTS[:3])
    assert states.dtype == torch.float32
    assert states.shape == (3, 8, 32)
    assert mask.sum(dim=1).tolist() == [7, 5, 8]  # with the prefix and the two special tokens
    assert not states[~mask].any()
    lengths = load_file(tmp_path / "000000.safetensors")["lengths"]
    assert sorted(lengths.tolist()) == [5, 6, 7, 8, 16]


def test_only_the_upper_layers_learn_from_them(tmp_path: Path, model: CompactDual) -> None:
    states = cached(tmp_path, model)
    model.train()
    model.encode_texts(*states(TEXTS)).sum().backward()  # type: ignore[no-untyped-call]
    with_gradient = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
    learning = model.learning_parts()
    text_head = {name for name in learning["heads"] if "text_head" in name}
    assert with_gradient == set(learning["text"]) | text_head
    assert all("layers.2." in name for name in learning["text"])


def test_captions_resemble_each_other_by_the_tower_before_it_trained(tmp_path: Path, model: CompactDual) -> None:
    states = cached(tmp_path, model.eval())
    with torch.no_grad():
        pooled = functional.normalize(model.text_features(*model.tokeniser(TEXTS)), dim=-1)
        expected = functional.normalize(pooled - pooled[[0, 0, 1, 2]].mean(dim=0), dim=-1)
        for parameter in model.compact.text_tower.parameters():
            parameter.zero_()  # as if it had learned something else
    for known in (states, cached_hidden_states(tmp_path, TEXTS, model, made_by="tiny")):
        found = Likeness(known, [TEXTS[0], TEXTS[0], TEXTS[1], TEXTS[2]])(TEXTS)
        torch.testing.assert_close(found, expected, atol=5e-3, rtol=0)


def test_an_interrupted_computation_goes_on(tmp_path: Path, model: CompactDual) -> None:
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_hidden_states(tmp_path, TEXTS, model, made_by="tiny", save_every=2, watch=stop)
    cached_hidden_states(tmp_path, TEXTS, model, made_by="tiny", save_every=2, watch=lambda *one: told.append(one))
    assert told == [(2, 3), (3, 3)]
    assert len(list(tmp_path.iterdir())) == 3
    assert all(text in cached(tmp_path, model) for text in TEXTS)


def test_the_model_trains_on_as_it_did(tmp_path: Path, model: CompactDual) -> None:
    model.train()
    cached(tmp_path, model)
    assert model.training
    assert not model.compact.text_tower.dropout.training


def test_states_of_another_depth_or_tower_are_refused(tmp_path: Path, model: CompactDual) -> None:
    cached(tmp_path, model)
    model.set_trainable(text_layers=2)
    with pytest.raises(EnvironmentFault, match="another text tower"):
        cached(tmp_path, model)
    model.set_trainable(text_layers=1)
    with pytest.raises(EnvironmentFault, match="another text tower"):
        cached_hidden_states(tmp_path, TEXTS, model, made_by="other")
    path = tmp_path / "000000.safetensors"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        cached(tmp_path, model)
