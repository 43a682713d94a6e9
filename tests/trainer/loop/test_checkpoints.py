"""Checkpoints appear whole or not at all, say when they are damaged, and the last and the best are kept."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ritrova.errors import DiskFull, EnvironmentFault
from ritrova_trainer.adabelief import AdaBelief
from ritrova_trainer.checkpoint import CheckpointError, Checkpoints, read_parts, read_state
from ritrova_trainer.optimiser_state import load_optimiser, optimiser_tensors

FULL_DISK = Path(__file__).with_name("full_disk.py")


def parts(value: float = 1.0) -> dict[str, dict[str, Tensor]]:
    return {"model": {"weight": torch.full((4, 3), value)}, "random": {"states": torch.arange(5, dtype=torch.uint8)}}


def steps(folder: Path) -> list[int]:
    return sorted(int(path.name.removeprefix("step-")) for path in folder.iterdir())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    folder = Checkpoints(tmp_path, keep=2).save(parts(0.1), step=12, score=0.5, values={"sampler": {"epoch": 3}})
    state = read_state(folder)
    assert (state.step, state.score, state.values) == (12, 0.5, {"sampler": {"epoch": 3}})
    found = read_parts(folder, state)
    for name, tensors in parts(0.1).items():
        for key, value in tensors.items():
            assert torch.equal(found[name][key], value)
    assert {path.suffix for path in folder.iterdir()} == {".safetensors", ".json"}


def test_the_last_few_and_the_best_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step, score in enumerate([0.1, 0.7, None, 0.7, 0.2, 0.3], start=1):
        checkpoints.save(parts(), step=step, score=score, values={})
    assert steps(tmp_path) == [2, 5, 6]
    assert checkpoints.best() == tmp_path / "step-00000002"
    assert checkpoints.latest() == tmp_path / "step-00000006"


def test_where_nothing_was_measured_there_is_no_best(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=1)
    assert checkpoints.latest() is None
    checkpoints.save(parts(), step=1, score=None, values={})
    assert checkpoints.best() is None


def test_negative_and_zero_scores_are_scores(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=9)
    for step, score in enumerate([-2.0, 0.0, -1.0], start=1):
        checkpoints.save(parts(), step=step, score=score, values={})
    assert checkpoints.best() == tmp_path / "step-00000002"


@pytest.mark.parametrize("file", ["model.safetensors", "random.safetensors"])
def test_a_file_that_was_altered_is_named(tmp_path: Path, file: str) -> None:
    folder = Checkpoints(tmp_path, keep=1).save(parts(), step=1, score=None, values={})
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(CheckpointError, match=file):
        read_parts(folder, read_state(folder))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"step": 1}', b'{"step": "many", "score": null, "values": {}}', b'{"step": 1, "x": 1}'],
)
def test_a_state_that_makes_no_sense_is_named(tmp_path: Path, content: bytes) -> None:
    folder = Checkpoints(tmp_path, keep=1).save(parts(), step=1, score=None, values={})
    (folder / "state.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"state\.json"):
        read_state(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = Checkpoints(tmp_path, keep=1).save(parts(), step=1, score=None, values={})
    state = read_state(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        read_parts(folder, state)


def test_a_state_cannot_name_a_file_outside_of_its_folder(tmp_path: Path) -> None:
    folder = Checkpoints(tmp_path, keep=1).save(parts(), step=1, score=None, values={})
    (folder / "model.safetensors").replace(tmp_path / "model.safetensors")
    state = (folder / "state.json").read_text().replace('"model.safetensors"', '"../model.safetensors"')
    (folder / "state.json").write_text(state)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        read_parts(folder, read_state(folder))


def test_a_disk_that_is_full_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    Checkpoints(tmp_path, keep=1).save(parts(), step=1, score=None, values={})

    def fill(tensors: dict[str, Tensor], path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with pytest.raises(DiskFull, match="--resume"):
        Checkpoints(tmp_path, keep=1, write=fill).save(parts(), step=2, score=None, values={})
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]
    kept = tmp_path / "step-00000001"
    assert torch.equal(read_parts(kept, read_state(kept))["model"]["weight"], parts()["model"]["weight"])


def test_what_the_system_refuses_of_safetensors_is_told(tmp_path: Path) -> None:
    """A real refusal, by a limit on the size of files: safetensors hides the system's error in a text of its own."""
    done = subprocess.run(
        [sys.executable, str(FULL_DISK), str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == ["EnvironmentFault", os.strerror(errno.EFBIG)], done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        Checkpoints(tmp_path / "file" / "checkpoints", keep=1).save(parts(), step=1, score=None, values={})


@pytest.mark.parametrize("kind", [torch.optim.AdamW, AdaBelief])
def test_an_optimiser_remembers_through_a_file(kind: type[torch.optim.Optimizer], tmp_path: Path) -> None:
    def trained(steps: int, module: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        for step in range(steps):
            generator = torch.Generator().manual_seed(step)
            module(torch.randn(5, 3, generator=generator)).square().sum().backward()
            optimiser.step()
            optimiser.zero_grad()

    def fresh() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        module = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
        return module, kind(module.parameters(), lr=0.01)  # type: ignore[call-arg]

    module, optimiser = fresh()
    trained(3, module, optimiser)
    written = Checkpoints(tmp_path, keep=1).save(
        {"model": module.state_dict(), "optimiser": optimiser_tensors(optimiser, module)},
        step=3,
        score=None,
        values={},
    )
    found = read_parts(written, read_state(written))
    trained(2, module, optimiser)

    second, other = fresh()
    second.load_state_dict(found["model"])
    load_optimiser(other, second, found["optimiser"])
    trained(2, second, other)
    for ours, theirs in zip(module.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)
