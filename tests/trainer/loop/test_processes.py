"""Two processes train as one does, and a run may go on with another number of them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ritrova.text import Catalogue
from ritrova_trainer.cli import main
from ritrova_trainer.metrics import read_steps

CHANGES = (
    *("batch=44", "epochs=3", "heads.hidden=64", "heads.dimension=16", "loop.keep=100", "loop.checkpoint_steps=2"),
    *("heads.image_dropout=0", "heads.text_dropout=0", "optimiser.learning_rate=0.003"),
    *("towers.levels=0", "towers.side=0", "towers.fit=crop", "towers.views.crops=0", "loop.precision=float32"),
)


PUBLISHED = (
    *("batch=8", "epochs=2", "validation=0.25", "loop.workers=0", "loop.chunk=3", "loop.accumulate=2"),
    *("loss.learned_scale=true", "optimiser.learning_rate=0.003"),
)


class Trainer:
    """`ritrova-train run`, in one process or by torchrun in several."""

    def __init__(self, recipe: str, changes: Sequence[str], given: Mapping[str, Path]) -> None:
        changed = [part for change in changes for part in ("--set", change)]
        paths = [part for name, path in given.items() for part in (name, str(path))]
        self._arguments = ["run", recipe, *paths, *changed, "--device", "cpu", "--threads", "1"]

    def here(self, out: Path, *more: str) -> int:
        torch.set_num_threads(1)
        return main([*self._arguments, "--out", str(out), *more], Catalogue("en"))

    def by_two(self, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        return subprocess.run(
            [*launch, "-m", "ritrova_trainer", *self._arguments, "--out", str(out), *more],
            env=os.environ | {"OMP_NUM_THREADS": "1", "RITROVA_LANGUAGE": "en"},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )


@pytest.fixture(scope="module")
def trainer(data: Path, backbones: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    given = {"--data": data, "--backbones": backbones, "--cache": tmp_path_factory.mktemp("cache")}
    return Trainer("compact_stage1", CHANGES, given)


@pytest.fixture(scope="module")
def alone(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "run"
    assert trainer.here(out) == 0
    return out


@pytest.fixture(scope="module")
def together(trainer: Trainer, alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("together") / "run"
    done = trainer.by_two(out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("sentence") == 1  # the first process alone speaks
    return out


def test_two_processes_learn_what_one_learns(alone: Path, together: Path) -> None:
    _assert_alike(together, alone)


@pytest.mark.parametrize("step", [6, 8])  # within an epoch, and at its end
def test_what_two_began_one_ends(trainer: Trainer, alone: Path, together: Path, tmp_path: Path, step: int) -> None:
    copy = _cut(together, tmp_path, step)
    assert trainer.here(copy, "--resume") == 0
    _assert_alike(copy, alone)


def test_what_one_began_two_end(trainer: Trainer, alone: Path, tmp_path: Path) -> None:
    copy = _cut(alone, tmp_path, 6)
    done = trainer.by_two(copy, "--resume")
    assert done.returncode == 0, done.stderr
    _assert_alike(copy, alone)


def test_so_it_is_on_photos(drawings: Path, tiny_towers: Path, tmp_path: Path) -> None:
    """The published first stage: no part that trains has dropout. With a learned scale, gradient caching and all."""
    trainer = Trainer("clip_italian_stage1", PUBLISHED, {"--data": drawings, "--backbones": tiny_towers})
    assert trainer.here(tmp_path / "alone") == 0
    done = trainer.by_two(tmp_path / "together")
    assert done.returncode == 0, done.stderr
    ours, theirs = (read_steps(tmp_path / name) for name in ("together", "alone"))
    assert [line.loss for line in ours] == pytest.approx([line.loss for line in theirs], rel=1e-5)


def test_a_batch_that_two_cannot_share_is_refused(trainer: Trainer, tmp_path: Path) -> None:
    done = trainer.by_two(tmp_path / "run", "--set", "batch=43")
    assert done.returncode != 0
    assert "43" in done.stderr
    assert "2 processes" in done.stderr
    assert not (tmp_path / "run").exists()


def _cut(run: Path, folder: Path, step: int) -> Path:
    """A copy of a run as it was after a step."""
    copy = shutil.copytree(run, folder / "cut")
    for path in (copy / "checkpoints").iterdir():
        if int(path.name.removeprefix("step-")) > step:
            shutil.rmtree(path)
    (copy / "heads.safetensors").unlink()
    return copy


def _assert_alike(one: Path, other: Path) -> None:
    """Sums over two halves round otherwise than one sum."""
    ours, theirs = (read_steps(run) for run in (one, other))
    assert [(line.step, line.learning_rate) for line in ours] == [(line.step, line.learning_rate) for line in theirs]
    assert [line.loss for line in ours] == pytest.approx([line.loss for line in theirs], rel=1e-5)
    weights, expected = (load_file(run / "heads.safetensors") for run in (one, other))
    for name, value in expected.items():
        torch.testing.assert_close(weights[name], value, rtol=1e-3, atol=1e-4)
