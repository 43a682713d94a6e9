"""A run that was killed, or stopped, goes on as if nothing had been: to the bit."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from ritrova.text import Catalogue
from ritrova_trainer.cli import main
from ritrova_trainer.metrics import STEPS_FILE, VALIDATION_FILE, read_steps, read_validation

ON_FEATURES = (
    *("batch=44", "heads.hidden=64", "heads.dimension=16", "epochs=40", "loop.checkpoint_steps=3"),
    *("towers.levels=0", "towers.side=0", "towers.fit=crop", "towers.views.crops=0", "loop.precision=float32"),
)
ON_PHOTOS = (
    *("batch=6", "epochs=10", "loop.accumulate=2", "loop.chunk=4", "loop.average=0.8", "loop.workers=0"),
    *("loop.checkpoint_steps=4", "loop.result=last", "optimiser.kind=adabelief", "optimiser.clipping=0.05"),
    *("loss.learned_scale=true", "trained.image_stages=1", "optimiser.learning_rate=0.003"),
)
WORKERS = ("loop.workers=1",)


@dataclass(frozen=True)
class Run:
    """A command that trains, without its folder."""

    arguments: tuple[str, ...]
    result: str  # the file that it ends with

    def command(self, out: Path, *more: str) -> list[str]:
        return [*self.arguments, "--out", str(out), "--cache", str(out.parent), "--threads", "1", *more]

    def here(self, out: Path, *more: str) -> int:
        torch.set_num_threads(1)
        return main(self.command(out, *more), Catalogue("en"))

    def signalled(self, out: Path, number: signal.Signals, *changes: str, after: int) -> int:
        """Run in a process of its own, which gets the signal once it has told of so many steps. Its exit code."""
        environment = os.environ | {"OMP_NUM_THREADS": "1", "RITROVA_LANGUAGE": "en"}
        command = [sys.executable, "-m", "ritrova_trainer", *self.command(out, *_changes(changes))]
        told = out.with_suffix(".err")  # no pipe: workers that outlive their parent by seconds would hold it open
        with (
            told.open("wb") as errors,
            subprocess.Popen(command, env=environment, stderr=errors, start_new_session=True) as process,
        ):
            deadline = time.monotonic() + 100
            while process.poll() is None and time.monotonic() < deadline:
                if (out / STEPS_FILE).exists() and len((out / STEPS_FILE).read_bytes().splitlines()) >= after:
                    if number == signal.SIGINT:
                        os.killpg(process.pid, number)  # as a terminal does: workers get it too
                    else:
                        process.send_signal(number)
                    break
                time.sleep(0.002)
            process.wait(timeout=60)
        assert process.returncode in (-number, 130), told.read_text()
        return process.returncode


def _changes(changes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for change in changes for part in ("--set", change))


@pytest.fixture(scope="module")
def on_features(data: Path, backbones: Path) -> Run:
    towers = ("--data", str(data), "--backbones", str(backbones))
    return Run(("run", "compact_stage1", *towers, *_changes(ON_FEATURES)), "heads.safetensors")


@pytest.fixture(scope="module")
def on_photos(drawings: Path, tiny_model: Path) -> Run:
    given = ("--data", str(drawings), "--model", str(tiny_model))
    return Run(("run", "smoke", *given, *_changes(ON_PHOTOS)), "model/model.safetensors")


@pytest.fixture(scope="module")
def whole_on_photos(on_photos: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on photos that one process read itself."""
    out = tmp_path_factory.mktemp("photos") / "run"
    assert on_photos.here(out) == 0
    return out


@pytest.fixture(scope="module")
def whole(on_features: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on features whose checkpoints are all there."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert on_features.here(out, "--set", "loop.keep=1000", "--set", "epochs=4") == 0
    return out


@pytest.fixture
def cut(whole: Path, tmp_path: Path) -> Callable[[int], Path]:
    """Makes a copy of the finished run as it was after a step, but for lines that tell of later ones."""

    def make(step: int) -> Path:
        copy = tmp_path / "cut"
        shutil.copytree(whole, copy)
        for path in (copy / "checkpoints").iterdir():
            if int(path.name.removeprefix("step-")) > step:
                shutil.rmtree(path)
        for name in ("run.json", "heads.safetensors", "curves.png"):
            (copy / name).unlink()
        return copy

    return make


SHORT = ("--set", "loop.keep=1000", "--set", "epochs=4", "--resume")


def test_after_kill_9_the_rest_is_that_of_an_uninterrupted_run(on_features: Run, tmp_path: Path) -> None:
    assert on_features.here(tmp_path / "whole") == 0
    assert on_features.signalled(tmp_path / "killed", signal.SIGKILL, after=50) == -signal.SIGKILL
    assert not (tmp_path / "killed" / on_features.result).exists()
    assert on_features.here(tmp_path / "killed", "--resume") == 0
    _assert_same_run(tmp_path / "killed", tmp_path / "whole", on_features.result)


def test_so_it_is_on_photos_that_workers_read_ahead(on_photos: Run, whole_on_photos: Path, tmp_path: Path) -> None:
    assert on_photos.signalled(tmp_path / "killed", signal.SIGKILL, *WORKERS, after=13) == -signal.SIGKILL
    assert on_photos.here(tmp_path / "killed", "--resume", *_changes(WORKERS)) == 0
    _assert_same_run(tmp_path / "killed", whole_on_photos, on_photos.result)


def test_ctrl_c_keeps_what_was_done(on_photos: Run, whole_on_photos: Path, tmp_path: Path) -> None:
    assert on_photos.signalled(tmp_path / "stopped", signal.SIGINT, *WORKERS, after=7) == 130
    done = read_steps(tmp_path / "stopped")[-1].step
    assert (tmp_path / "stopped" / "checkpoints" / f"step-{done:08}").is_dir()
    assert on_photos.here(tmp_path / "stopped", "--resume", *_changes(WORKERS)) == 0
    _assert_same_run(tmp_path / "stopped", whole_on_photos, on_photos.result)


@pytest.mark.parametrize("step", [3, 4, 9, 15])  # within an epoch, and at the end of one
def test_a_run_goes_on_from_any_of_its_checkpoints(
    on_features: Run, whole: Path, cut: Callable[[int], Path], step: int
) -> None:
    copy = cut(step)
    assert on_features.here(copy, *SHORT) == 0
    _assert_same_run(copy, whole, on_features.result)


def test_what_a_kill_cut_in_half_is_removed(on_features: Run, whole: Path, cut: Callable[[int], Path]) -> None:
    copy = cut(9)
    (copy / "checkpoints" / ".step-00000010.abc").mkdir()
    (copy / "checkpoints" / ".step-00000010.abc" / "model.safetensors").write_bytes(b"half")
    lines = (copy / STEPS_FILE).read_text()
    (copy / STEPS_FILE).write_text(lines + lines.splitlines()[-1][:20])
    assert on_features.here(copy, *SHORT) == 0
    assert not list((copy / "checkpoints").glob(".*"))
    _assert_same_run(copy, whole, on_features.result)


def test_a_finished_run_that_is_resumed_ends_as_it_was(
    on_features: Run, whole: Path, cut: Callable[[int], Path]
) -> None:
    copy = cut(1000)
    assert on_features.here(copy, *SHORT) == 0
    _assert_same_run(copy, whole, on_features.result)


def test_a_damaged_checkpoint_is_named_and_without_it_the_one_before_serves(
    on_features: Run, whole: Path, cut: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    copy = cut(9)
    last = copy / "checkpoints" / "step-00000009"
    weights = last / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert on_features.here(copy, *SHORT) == 3
    assert str(weights) in capsys.readouterr().err
    shutil.rmtree(last)
    assert on_features.here(copy, *SHORT) == 0
    _assert_same_run(copy, whole, on_features.result)


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (("--set", "optimiser.learning_rate=0.5"), 2, "optimiser.learning_rate"),
        (("--set", "batch=22", "--seed", "4"), 2, "batch, seed"),
    ],
)
def test_a_run_is_not_resumed_with_another_configuration(
    on_features: Run,
    cut: Callable[[int], Path],
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    assert on_features.here(cut(9), *SHORT, *more) == code
    assert told in capsys.readouterr().err


def test_a_run_is_not_resumed_on_other_data(
    on_features: Run, data: Path, cut: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(data, tmp_path / "other")
    (other / "train.jsonl").write_text("".join((data / "train.jsonl").read_text().splitlines(keepends=True)[1:]))
    assert on_features.here(cut(9), *SHORT, "--data", str(other)) == 2
    assert "other data" in capsys.readouterr().err


def test_a_run_is_not_resumed_with_another_model(
    on_photos: Run, other_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert on_photos.here(tmp_path / "run", "--set", "epochs=1") == 0
    assert on_photos.here(tmp_path / "run", "--set", "epochs=1", "--resume", "--model", str(other_model)) == 3
    assert "of another model" in capsys.readouterr().err


def test_there_must_be_something_to_resume_and_nothing_to_write_over(
    on_features: Run, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert on_features.here(tmp_path / "new", "--resume") == 2
    assert not (tmp_path / "new").exists()
    before = (whole / STEPS_FILE).read_bytes()
    assert on_features.here(whole, "--set", "loop.keep=1000", "--set", "epochs=4") == 2
    assert "--resume" in capsys.readouterr().err
    assert (whole / STEPS_FILE).read_bytes() == before


def _assert_same_run(one: Path, other: Path, result: str) -> None:
    """To the bit: JSON keeps all digits of a float."""
    told = [
        [(line.step, line.epoch, line.loss, line.learning_rate) for line in read_steps(run)] for run in (one, other)
    ]
    assert told[0] == told[1]
    assert read_validation(one) == read_validation(other)
    assert (one / VALIDATION_FILE).read_bytes() == (other / VALIDATION_FILE).read_bytes()
    assert (one / result).read_bytes() == (other / result).read_bytes()
    records = [json.loads((run / "run.json").read_bytes()) for run in (one, other)]
    assert records[0]["figures"] == records[1]["figures"]
