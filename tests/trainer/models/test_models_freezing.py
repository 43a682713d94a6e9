"""What is frozen does not move by a bit, what trains does; the recipe's two stages on towers of the real classes."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ritrova.errors import UsageError
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.models.hub import join_towers
from ritrova_trainer.models.opening import open_model

CAPTIONS = ["un gatto rosso", "un cane al mare", "una foto", "mare"]


@pytest.fixture(params=["joined", "clip", "siglip", "compact"])
def model(request: pytest.FixtureRequest) -> DualEncoder:
    if request.param == "joined":
        torch.manual_seed(0)
        return join_towers(request.getfixturevalue("clip_folder"), request.getfixturevalue("bert_folder"))
    return open_model(request.getfixturevalue(f"{request.param}_folder"))


def pixels(model: DualEncoder, n: int = len(CAPTIONS)) -> Tensor:
    side = model.pixels.side
    return torch.randn(n, 3, side, side, generator=torch.Generator().manual_seed(0))


def train(model: DualEncoder, steps: int = 3) -> None:
    """No weight decay: what moves was moved by a gradient."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=1e-2, weight_decay=0.0)
    inputs = pixels(model), *model.tokeniser(CAPTIONS)
    model.train()
    for _ in range(steps):
        images, texts, scale, _ = model(*inputs)
        optimiser.zero_grad()
        functional.cross_entropy(scale * images @ texts.T, torch.arange(len(images))).backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def moved(model: DualEncoder, before: dict[str, Tensor]) -> set[str]:
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_stage_one_moves_the_projections_and_no_bit_of_the_backbones(clip_folder: Path, bert_folder: Path) -> None:
    model = join_towers(clip_folder, bert_folder)
    before = snapshot(model)
    train(model)
    assert moved(model, before) == {"hub.visual_projection.weight", "hub.text_projection.weight"}


def test_stage_two_moves_everything(clip_folder: Path, bert_folder: Path) -> None:
    model = join_towers(clip_folder, bert_folder)
    model.set_trainable(image_stages=-1, text_layers=-1)
    before = snapshot(model)
    train(model)
    still = {"log_scale", "bias", "hub.logit_scale"}
    assert moved(model, before) | still >= {name for name, _ in model.named_parameters()}
    assert not moved(model, before) & still


def test_every_kind_freezes_both_towers_at_first(model: DualEncoder) -> None:
    parts = model.learning_parts()
    assert not parts["image"]
    assert not parts["text"]
    heads = {id(parameter) for head in model.heads() for parameter in head.parameters()}
    assert {id(parameter) for parameter in parts["heads"].values()} == heads


def test_towers_are_freed_from_their_output_downwards(model: DualEncoder) -> None:
    for count in range(1, 4):
        model.set_trainable(image_stages=count, text_layers=count)
        for part, stages in (("image", model.image_stages()), ("text", model.text_stages())):
            free = {id(one) for stage in stages[len(stages) - count :] for one in stage}
            assert {id(one) for one in model.learning_parts()[part].values()} == free
    before = snapshot(model)
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    train(model)
    assert moved(model, before) == learning


def test_stages_hold_every_parameter_of_a_tower_once(model: DualEncoder) -> None:
    stages = [*model.image_stages(), *model.text_stages()]
    parameters = [id(one) for stage in stages for one in stage]
    heads = [id(parameter) for head in model.heads() for parameter in head.parameters()]
    ours = {id(model.log_scale), id(model.bias)}
    known = {name: id(value) for name, value in model.named_parameters() if "logit_" not in name}
    assert len(set(parameters)) == len(parameters)
    assert set(parameters) | set(heads) | ours == set(known.values())
    assert all(stages)


def test_more_stages_than_there_are_are_refused(model: DualEncoder) -> None:
    with pytest.raises(UsageError, match="text_layers is 99, but the tower has 4"):
        model.set_trainable(text_layers=99)
    with pytest.raises(UsageError, match="image_stages"):
        model.set_trainable(image_stages=99)


def test_frozen_towers_give_in_training_what_they_give_in_use(model: DualEncoder) -> None:
    ids, mask = model.tokeniser(CAPTIONS)
    with torch.no_grad():
        used = model.eval().image_features(pixels(model)), model.text_features(ids, mask)
        training = model.train().image_features(pixels(model)), model.text_features(ids, mask)
    for one, other in zip(used, training, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_batch_norms_that_train_keep_their_statistics(compact_folder: Path) -> None:
    model = open_model(compact_folder)
    model.set_trainable(image_stages=-1)
    before = snapshot(model)
    train(model)
    changed = moved(model, before)
    assert any("bn" in name for name in changed)
    assert not any("running" in name or "batches_tracked" in name for name in changed)
    model.train()
    alone = model.image_features(pixels(model)[:1])
    torch.testing.assert_close(model.image_features(pixels(model))[:1], alone, atol=1e-5, rtol=1e-4)


def test_the_words_dropout_rests_while_they_are_frozen(compact_folder: Path) -> None:
    model = open_model(compact_folder)
    ids, mask = model.tokeniser(CAPTIONS)
    model.train()
    model.set_trainable(text_layers=3)  # all layers, not the words
    assert any(part.training for part in model.modules() if isinstance(part, nn.Dropout))
    model.set_trainable()
    assert torch.equal(model.text_features(ids, mask), model.text_features(ids, mask))
    model.set_trainable(text_layers=-1)
    assert not torch.equal(model.text_features(ids, mask), model.text_features(ids, mask))
