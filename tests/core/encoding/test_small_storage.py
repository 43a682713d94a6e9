"""A model that takes half the disk: its matrices in a byte a number."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from ritrova.encoding import compact
from ritrova.encoding.compact import CompactConfig, CompactModel
from ritrova.encoding.weights import packed, unpacked
from ritrova.errors import ModelError


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_no_number_moves_by_more_than_half_a_step_of_its_row(seed: int, spread: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(5, 7, generator=generator) * spread * torch.tensor([1.0, 10.0, 0.1, 0.0, 1.0])[:, None]
    again = unpacked(packed({"matrix": matrix}, "int8"))["matrix"]
    step = matrix.abs().amax(dim=1, keepdim=True) / 127
    assert ((again - matrix).abs() <= step / 2 * 1.001).all()


def test_vectors_filters_and_counters_are_kept_as_in_the_large_storage() -> None:
    weights = {"bias": torch.randn(4), "filter": torch.randn(2, 3, 3, 3), "steps": torch.tensor(7)}
    small = packed(weights, "int8")
    assert set(small) == set(weights)
    for name, value in packed(weights, "float16").items():
        assert torch.equal(small[name], value)
    assert unpacked(small)["steps"].dtype == torch.int64


def test_a_model_stored_small_takes_less_disk_and_gives_the_same_vectors(
    compact_config: CompactConfig, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = CompactModel(compact_config).eval()
    for storage in ("float16", "int8"):
        compact.save(model, tmp_path / storage, storage)
    sizes = {folder.name: (folder / compact.WEIGHTS_FILE).stat().st_size for folder in tmp_path.iterdir()}
    assert sizes["int8"] < sizes["float16"]
    again = compact.load(tmp_path / "int8")
    assert {value.dtype for value in again.parameters()} == {torch.float32}
    pixels, ids = torch.randn(2, 3, 64, 64), torch.tensor([[2, 6, 8, 3]])
    with torch.inference_mode():
        images = (again.encode_images(pixels) * model.encode_images(pixels)).sum(dim=1)
        texts = (again.encode_texts(ids, ids > 0) * model.encode_texts(ids, ids > 0)).sum(dim=1)
    assert torch.cat([images, texts]).min() > 0.998


def test_each_side_is_read_alone(compact_config: CompactConfig, tmp_path: Path) -> None:
    compact.save(CompactModel(compact_config), tmp_path, "int8")
    assert compact.load(tmp_path, image=False).text_head is not None
    assert compact.load(tmp_path, text=False).image_head is not None


@pytest.mark.parametrize("damage", ["lost", "short"])
def test_a_scale_that_does_not_fit_is_a_damaged_model(
    compact_config: CompactConfig, tmp_path: Path, damage: str
) -> None:
    compact.save(CompactModel(compact_config), tmp_path, "int8")
    weights = load_file(tmp_path / compact.WEIGHTS_FILE)
    name = next(name for name in weights if name.endswith("_scale"))
    scale = weights.pop(name)
    if damage == "short":
        weights[name] = scale[:-1].clone()
    save_file(weights, tmp_path / compact.WEIGHTS_FILE)
    with pytest.raises(ModelError):
        compact.load(tmp_path)
