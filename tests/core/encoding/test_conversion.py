"""`pytorch_model.bin` becomes safetensors without running anything that the file carries."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ritrova.encoding.convert import convert
from ritrova.errors import ModelError, UsageError


class Bomb:
    """What a pickle can do to whoever opens it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


def test_weights_are_kept_to_the_bit_tied_ones_too(tmp_path: Path) -> None:
    tied = torch.randn(3, 4)
    weights = {"a.weight": tied, "b.weight": tied, "turned": torch.randn(4, 2).t(), "count": torch.tensor(7)}
    torch.save(weights, tmp_path / "pytorch_model.bin")
    target = convert(tmp_path)
    assert target == tmp_path / "model.safetensors"
    converted = load_file(target)
    assert converted.keys() == weights.keys()
    assert all(torch.equal(converted[key], value) for key, value in weights.items())


def test_parts_become_one_file_and_a_training_state_gives_its_weights(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "pytorch_model-00001-of-00002.bin")
    torch.save({"state_dict": {"b": torch.ones(2)}}, tmp_path / "pytorch_model-00002-of-00002.bin")
    assert load_file(convert(tmp_path)).keys() == {"a", "b"}


def test_code_in_the_file_is_not_run(tmp_path: Path) -> None:
    source, mark = tmp_path / "pytorch_model.bin", tmp_path / "ran"
    torch.save({"a": torch.ones(1), "b": Bomb(mark)}, source)
    with pytest.raises(ModelError, match="more than weights") as refused:
        convert(source)
    assert "mkdir" in str(refused.value)
    assert "weights_only" not in str(refused.value)  # torch's own advice is to switch the safety off
    source.write_bytes(pickle.dumps(Bomb(mark), protocol=2))
    with pytest.raises(ModelError):
        convert(source)
    assert not mark.exists()
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"PK\x03\x04 broken zip"])
def test_a_damaged_file_is_a_model_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(ModelError):
        convert(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pytorch_model.bin"]


def test_nothing_to_convert_and_nothing_overwritten(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        convert(tmp_path)
    torch.save({"a": torch.ones(1)}, tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").write_bytes(b"mine")
    with pytest.raises(UsageError):
        convert(tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == b"mine"


def test_what_is_not_a_table_of_weights_is_refused(tmp_path: Path) -> None:
    torch.save([1, 2], tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="table of weights"):
        convert(tmp_path)
