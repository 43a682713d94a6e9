"""What the frozen lower stages of the image tower give, and the upper ones that train on it as on the pixels."""

from pathlib import Path

import pytest
import timm
import torch
from torch import Tensor

from ritrova.encoding import compact
from ritrova.errors import UsageError
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.models.opening import open_model
from ritrova_trainer.models.stages import timm_parts, timm_stages


@pytest.fixture
def model(compact_folder: Path) -> CompactDual:
    model = open_model(compact_folder)
    assert isinstance(model, CompactDual)
    return model.eval()


def pixels(side: int) -> Tensor:
    made = torch.randn(4, 3, side, side, generator=torch.Generator().manual_seed(0))
    return made.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("stages", range(1, 6))
def test_the_image_side_gives_the_same_from_states(model: CompactDual, stages: int) -> None:
    model.set_trainable(image_stages=stages)
    assert model.frozen_image_stages == 6 - stages
    images = pixels(model.pixels.side)
    with torch.inference_mode():
        states = model.image_states(images)
        assert states.ndim == 4
        assert states.shape[1] != 3
        live = model.encode_images(images)
        torch.testing.assert_close(model.encode_images(states), live)
        cached = states.half().contiguous().float()  # as they rest on the disk
        torch.testing.assert_close(model.encode_images(cached), live, atol=3e-3, rtol=0)


def test_of_a_frozen_tower_they_are_the_pooled_features(model: CompactDual) -> None:
    images = pixels(model.pixels.side)
    with torch.inference_mode():
        states = model.image_states(images)
        assert states.shape == (4, model.image_width)
        torch.testing.assert_close(states, model.image_features(images))
        torch.testing.assert_close(model.encode_images(states), model.encode_images(images))


def test_only_the_upper_stages_learn_from_them(model: CompactDual) -> None:
    model.set_trainable(image_stages=2)
    with torch.no_grad():
        states = model.image_states(pixels(model.pixels.side))
    model.train()
    model.encode_images(states).sum().backward()  # type: ignore[no-untyped-call]
    with_gradient = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
    learning = model.learning_parts()
    assert with_gradient == set(learning["image"]) | {name for name in learning["heads"] if "image_head" in name}
    assert {name.split(".")[3] for name in learning["image"] if ".blocks." in name} == {"3", "4"}


def test_parts_do_one_after_the_other_what_the_bundled_models_tower_does() -> None:
    torch.manual_seed(0)
    tower = timm.create_model("tf_efficientnet_lite2", pretrained=False, num_classes=0).eval()
    parts = timm_parts(tower)
    for part, stage in zip(parts, timm_stages(tower), strict=True):
        assert {id(one) for one in part.parameters()} == {id(one) for one in stage}
    with torch.inference_mode():
        expected = hidden = pixels(64)
        for part in parts:
            hidden = part(hidden)
        torch.testing.assert_close(hidden, tower(expected))


@pytest.fixture
def described(model: CompactDual, tmp_path: Path) -> CompactDual:
    """The same model, whose image features describe the last three maps."""
    config = model.compact.config.model_copy(update={"levels": 3})
    config = config.model_copy(update={"image_features": compact.feature_width(config)})
    torch.manual_seed(0)
    (tmp_path / "tokenizer.json").write_bytes(model.assets["tokenizer.json"])
    return CompactDual(compact.CompactModel(config), tmp_path).eval()


def test_described_maps_are_those_of_the_tower_whatever_was_cached(described: CompactDual) -> None:
    images = pixels(described.pixels.side)
    with torch.inference_mode():
        whole = described.image_features(images)
        assert whole.shape == (4, described.image_width)
        for stages in (1, 2, 3):
            described.set_trainable(image_stages=stages)
            torch.testing.assert_close(described.image_features(described.image_states(images)), whole)


def test_a_map_that_is_described_must_be_at_hand(model: CompactDual, tmp_path: Path, described: CompactDual) -> None:
    config = described.compact.config.model_copy(update={"levels": 4})
    config = config.model_copy(update={"image_features": compact.feature_width(config)})
    more = CompactDual(compact.CompactModel(config), tmp_path)
    more.set_trainable(image_stages=1)
    with pytest.raises(UsageError, match="more stages must train"):
        more.image_states(pixels(more.pixels.side))


def test_a_tower_of_another_make_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be parted"):
        timm_parts(timm.create_model("test_vit", pretrained=False, num_classes=0))
