"""Every recipe runs from its command to its result, on tiny models of the real classes."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file

from ritrova.encoding import bundle, compact
from ritrova.encoding.loading import open_folder
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings
from ritrova.text import Catalogue
from ritrova_trainer.augment import AugmentConfig
from ritrova_trainer.cli import main
from ritrova_trainer.config import LoopConfig, LossConfig
from ritrova_trainer.config_file import read_toml, write_toml
from ritrova_trainer.metrics import read_steps, read_validation
from ritrova_trainer.recipes import RECIPES, compact_stage2
from ritrova_trainer.views import ViewsConfig

READY = ("towers.levels=0", "towers.side=0", "towers.fit=crop", "towers.views.crops=0")  # what ready features are of
QUICK = (
    "--set",
    "batch=8",
    "--set",
    "epochs=2",
    "--set",
    "loop.workers=0",
    "--set",
    "validation=0.25",
    "--threads",
    "1",
)


def run(recipe: str, out: Path, *more: str) -> int:
    return main(("run", recipe, "--out", str(out), *QUICK, *more), Catalogue("en"))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_the_published_recipe_runs_in_its_two_stages(drawings: Path, tiny_towers: Path, tmp_path: Path) -> None:
    data = ("--data", str(drawings))
    assert run("clip_italian_stage1", tmp_path / "1", *data, "--backbones", str(tiny_towers)) == 0
    assert run("clip_italian_stage2", tmp_path / "2", *data, "--model", str(tmp_path / "1" / "model")) == 0
    steps = read_steps(tmp_path / "2")
    assert [line.step for line in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].loss < steps[0].loss + 1
    manifest = bundle.read(tmp_path / "2" / "model")
    encoder = open_folder(tmp_path / "2" / "model", manifest, EncodingSettings(device="cpu"))
    assert encoder.encode_texts(["un cerchio rosso"]).shape == (1, 16)


def test_the_second_compact_stage_moves_both_towers(drawings: Path, tiny_model: Path, tmp_path: Path) -> None:
    changes = ("trained.text_layers=1", "trained.image_stages=2", "optimiser.learning_rate=0.01", "epochs=6")
    more = [part for change in changes for part in ("--set", change)]
    assert run("compact_stage2", tmp_path / "run", "--data", str(drawings), "--model", str(tiny_model), *more) == 0
    moved = _moved(tiny_model, tmp_path / "run" / "model")
    assert {name.split(".")[0] for name in moved} >= {"image_tower", "image_head", "text_tower", "text_head"}
    steps = read_steps(tmp_path / "run")
    assert steps[-1].loss < steps[0].loss


def test_heads_learn_from_views_and_levels_of_the_photos(
    drawings: Path, backbones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["towers.levels=3", "towers.views.crops=1", "heads.hidden=64", "heads.dimension=16", "epochs=20"]
    small += ["towers.side=96", "towers.fit=squash"]
    given = ("--data", str(drawings), "--backbones", str(backbones), "--set", "batch=16", "--threads", "1")
    changes = [part for change in small for part in ("--set", change)]
    assert main(("run", "compact_stage1", "--out", str(tmp_path / "run"), *given, *changes), Catalogue("en")) == 0
    assert losses(tmp_path / "run")[-1] < losses(tmp_path / "run")[0]
    told = capsys.readouterr().err
    assert "photos seen" in told
    export = ("export", str(tmp_path / "run"), "--release", "ritrova-small-it", "--out", str(tmp_path / "model"))
    assert main((*export, *given[:4], "--threads", "1"), Catalogue("en")) == 0
    model = compact.load(tmp_path / "model")
    assert model.config.levels == 3
    assert model.config.pixels == PixelSpec(96, 96, "squash")
    assert model.config.image_features == compact.feature_width(model.config)
    again = ("run", "compact_stage1", "--out", str(tmp_path / "crop"), *given, *changes)
    assert main((*again, "--set", "towers.fit=crop", "--set", "epochs=1"), Catalogue("en")) == 0
    assert len(list(tmp_path.glob("image-states-*"))) == 4  # nothing of what was seen in another way is taken


class Impatient(io.StringIO):
    """A terminal whose person presses Ctrl-C when the first photos were seen."""

    def write(self, text: str) -> int:
        if "photos seen" in text and "photos seen" not in self.getvalue():
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


def test_ctrl_c_ends_what_is_computed_before_the_first_step_and_keeps_it(
    drawings: Path, backbones: Path, tmp_path: Path
) -> None:
    small = ("towers.levels=2", "towers.views.crops=1", "heads.hidden=16", "heads.dimension=8", "epochs=1", "batch=8")
    changes = [part for change in small for part in ("--set", change)]
    given = ("--data", str(drawings), "--backbones", str(backbones), "--out", str(tmp_path / "run"), "--threads", "1")
    command = ("run", "compact_stage1", *given, *changes)
    told, again = Impatient(), io.StringIO()
    with contextlib.redirect_stderr(told):
        assert main(command, Catalogue("en")) == 130
    assert "The same command goes on" in told.getvalue()
    assert not (tmp_path / "run").exists()
    with contextlib.redirect_stderr(again):
        assert main(command, Catalogue("en")) == 0
    seen = [line for line in again.getvalue().splitlines() if "photos seen" in line]
    assert len(seen) == 1  # the validation photos; those to train on were kept


def test_photos_of_which_none_can_be_read_are_no_bug_of_ours(
    data: Path, backbones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--data", str(data), "--backbones", str(backbones), "--threads", "1", "--set", "towers.levels=3")
    assert main(("run", "compact_stage1", "--out", str(tmp_path / "run"), *given), Catalogue("en")) == 2
    assert "There are 0 photos to train on" in capsys.readouterr().err


def written(folder: Path, name: str, **changes: Any) -> str:
    """A file of the second compact stage, in full precision, as the tiny model can bear it."""
    recipe = compact_stage2()
    small: dict[str, Any] = {
        "trained": replace(recipe.trained, image_stages=2, text_layers=1),
        "optimiser": replace(recipe.optimiser, learning_rate=0.01),
        "loop": LoopConfig(),
    }
    write_toml(replace(recipe, **(small | changes)), folder / f"{name}.toml")
    return str(folder / f"{name}.toml")


def losses(run_folder: Path) -> list[float]:
    return [line.loss for line in read_steps(run_folder)]


def test_cached_photos_teach_what_the_photos_themselves_teach(drawings: Path, tiny_model: Path, tmp_path: Path) -> None:
    given = ("--data", str(drawings), "--model", str(tiny_model))
    live = written(tmp_path, "live", cached_images=False, augment=AugmentConfig(steps=()))
    assert run(live, tmp_path / "live", *given) == 0
    assert run(written(tmp_path, "cached", views=ViewsConfig()), tmp_path / "cached", *given) == 0
    assert len(losses(tmp_path / "live")) == 8
    assert losses(tmp_path / "cached") == pytest.approx(losses(tmp_path / "live"), rel=2e-3)
    found = [read_validation(tmp_path / name)[-1].figures["sentence"]["mrr_10"] for name in ("live", "cached")]
    assert found[0] == pytest.approx(found[1], abs=0.1)
    moved = _moved(tiny_model, tmp_path / "cached" / "model")
    assert {name.split(".")[2] for name in moved if name.startswith("image_tower.blocks")} == {"3", "4"}


def test_targets_on_photos_are_soft_where_captions_are_cached(drawings: Path, tiny_model: Path, tmp_path: Path) -> None:
    given = ("--data", str(drawings), "--model", str(tiny_model), "--set", "epochs=1")
    recipe = written(tmp_path, "soft", loss=LossConfig(scale=20.0, soft_share=0.5, soft_sharpness=1.0))
    assert run(recipe, tmp_path / "soft", *given) == 0
    assert run(recipe, tmp_path / "hard", *given, "--set", "loss.soft_share=0") == 0
    assert losses(tmp_path / "soft")[0] != pytest.approx(losses(tmp_path / "hard")[0], rel=1e-3)


def test_towers_move_by_their_share_of_the_learning_rate(drawings: Path, tiny_model: Path, tmp_path: Path) -> None:
    more = ("--set", "optimiser.tower_rate=0.001", "--set", "epochs=1", "--set", "optimiser.weight_decay=0")
    given = ("--data", str(drawings), "--model", str(tiny_model))
    assert run(written(tmp_path, "slow"), tmp_path / "run", *given, *more) == 0
    before, after = (load_weights(folder) for folder in (tiny_model, tmp_path / "run" / "model"))
    furthest = {"tower": 0.0, "head": 0.0}
    for name, value in after.items():
        side = name.split(".")[0].split("_")[-1]
        furthest[side] = max(furthest[side], (value.float() - before[name].float()).abs().max().item())
    assert furthest["head"] > 0.005
    assert furthest["tower"] < 0.005  # as far as float16 tells


def test_fine_tuning_on_a_persons_words_leaves_photos_where_they_were(
    drawings: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "library.jsonl"
    lines: list[object] = [{"format": "ritrova-library-export", "version": 1}]
    for number, line in enumerate(drawings.read_text().splitlines()):
        told = json.loads(line)
        path = drawings.parent / told["image_path"]
        marks = [{"query": told["captions"][1], "fits": True}]
        lines.append({"path": str(path), "hash": f"{number:064x}", "captions": told["captions"][:1], "marks": marks})
    export.write_text("".join(json.dumps(line) + "\n" for line in lines))
    more = ("--data", str(export), "--model", str(tiny_model), "--set", "optimiser.learning_rate=0.01")
    before = {path: path.read_bytes() for path in tiny_model.iterdir()}
    assert run("finetune_local", tmp_path / "run", *more) == 0
    assert {path: path.read_bytes() for path in tiny_model.iterdir()} == before
    assert {name.split(".")[0] for name in _moved(tiny_model, tmp_path / "run" / "model")} == {"text_head"}
    shown = capsys.readouterr().out
    assert "before" in shown
    assert "after" in shown
    record = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert record["before"].keys() == record["figures"].keys()


def test_the_folder_of_a_run_tells_what_happened(drawings: Path, tiny_model: Path, tmp_path: Path) -> None:
    assert run("smoke", tmp_path / "run", "--data", str(drawings), "--model", str(tiny_model)) == 0
    config = read_toml(tmp_path / "run" / "config.toml")
    assert (config.batch, config.epochs) == (8, 2)
    steps, validation = read_steps(tmp_path / "run"), read_validation(tmp_path / "run")
    assert [line.step for line in steps] == list(range(1, len(steps) + 1))
    assert [line.epoch for line in validation] == [0, 1, 2]  # before the first step, and after each epoch
    with Image.open(tmp_path / "run" / "curves.png") as picture:
        assert picture.format == "PNG"
    record = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert record["photos"] + record["figures"]["sentence"]["gallery"] == 48
    told = json.loads((tmp_path / "run" / "data.json").read_bytes())
    assert told["photos"] == record["photos"]
    assert told["cleaning"]["captions"] == 96


def test_the_sample_photos_are_what_smoke_trains_on(tiny_model: Path, tmp_path: Path) -> None:
    assert run("smoke", tmp_path / "run", "--model", str(tiny_model), "--set", "epochs=1") == 0
    assert json.loads((tmp_path / "run" / "data.json").read_bytes())["split"]["sources"].keys() == {"samples"}


def test_missing_and_broken_photos_are_counted_and_passed_over(
    drawings: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "data"
    copy.mkdir()
    for path in drawings.parent.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "rosso-cerchio-grigio.png").unlink()
    for name in ("rosso-cerchio-rosa.png", "verde-cerchio-rosa.png", "blu-cerchio-rosa.png", "nero-cerchio-rosa.png"):
        (copy / name).write_bytes((copy / name).read_bytes()[:60])
    assert run("smoke", tmp_path / "run", "--data", str(copy / drawings.name), "--model", str(tiny_model)) == 0
    assert json.loads((tmp_path / "run" / "data.json").read_bytes())["missing photos"] == 1
    unread = json.loads((tmp_path / "run" / "run.json").read_bytes())["unread"]
    assert 1 <= unread <= 4  # those of the validation photos are not counted here
    assert f"{unread} photos could not be read" in capsys.readouterr().err


def test_recipes_are_listed_and_one_is_shown_as_a_file_that_runs(
    drawings: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recipes"], Catalogue("en")) == 0
    shown = capsys.readouterr().out
    assert all(f"{name}: " in shown for name in RECIPES)
    assert main(["recipes", "smoke"], Catalogue("en")) == 0
    file = tmp_path / "mine.toml"
    file.write_text(capsys.readouterr().out.replace("epochs = 4", "epochs = 1"))
    assert run(str(file), tmp_path / "run", "--data", str(drawings), "--model", str(tiny_model)) == 0


def load_weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def _moved(before: Path, after: Path) -> set[str]:
    ours, theirs = load_weights(before), load_weights(after)
    return {name for name in ours if not torch.equal(ours[name], theirs[name])}


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (("--set", "batch=64"), 2, "fewer than one batch of 64"),
        (("--set", "augment.step=flip"), 2, "augment.step"),
        (("--set", "trained.text_layers=9"), 2, "text_layers is 9"),
        (("--set", "start.kind=towers"), 2, "start"),
        (("--set", "validation=0.0001"), 2, "0 to measure with"),
        (("--set", "loop.precision=fp16"), 3, "graphics card"),
        (("--model", "nowhere"), 3, "nowhere"),
        (("--data", "nowhere.jsonl"), 3, "nowhere.jsonl"),
        (("--resume",), 2, "no checkpoint"),
    ],
)
def test_a_wrong_run_on_photos_ends_with_a_clear_error_and_leaves_nothing(
    drawings: Path,
    tiny_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    given = ("--data", str(drawings), "--model", str(tiny_model), "--cache", str(tmp_path / "cache"))
    assert run("smoke", tmp_path / "run", *given, *more) == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--features", "ready.safetensors", "--set", "trained.image_stages=2"), "whole image tower"),
        (("--set", "trained.image_stages=6"), "Only the last stages of the image tower"),
        (("--set", "trained.image_stages=-1"), "cached_images"),
        (("--set", "cached_texts=false", "--set", "loss.soft_share=0.5"), "soft_share"),
    ],
)
def test_what_cannot_be_cached_is_refused(
    drawings: Path,
    tiny_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    told: str,
) -> None:
    given = ("--data", str(drawings), "--model", str(tiny_model), "--set", "trained.text_layers=1")
    assert run("compact_stage2", tmp_path / "run", *given, *more) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_stages_of_other_models_are_not_cached(
    drawings: Path, tiny_towers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--backbones", str(tiny_towers), "--set", "cached_images=true", "--set", "trained.image_stages=1")
    assert run("clip_italian_stage1", tmp_path / "run", "--data", str(drawings), *more) == 2
    assert "Only the last stages of the image tower of compact models" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_a_graphics_card_that_is_not_there_is_told(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("smoke", tmp_path / "run", "--model", str(tiny_model), "--device", "cuda") == 3
    assert "cuda" in capsys.readouterr().err


def test_features_that_are_no_numbers_are_told_by_their_photo(
    data: Path, backbones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = shutil.copytree(data, tmp_path / "data")
    path = spoilt / "features-efficientnet-lite2.safetensors"
    arrays = load_arrays(path)
    first = json.loads((spoilt / "train.jsonl").read_text().splitlines()[0])["image_path"]
    names = path.with_suffix(".ids").read_text().split()
    arrays["features"][names.index(Path(first).stem), 3] = np.nan
    save_arrays(arrays, path)
    given = ("--data", str(spoilt), "--backbones", str(backbones), "--set", "batch=44", "--threads", "1")
    ready = (part for change in READY for part in ("--set", change))
    assert main(("run", "compact_stage1", "--out", str(tmp_path / "run"), *given, *ready), Catalogue("en")) == 3
    assert f"1 photos have features that are no numbers (NaN), {Path(first).stem}" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_without_what_training_needs_it_is_said_how_to_install_it() -> None:
    code = "import sys; sys.modules['accelerate'] = None; from ritrova_trainer.cli import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code, "recipes"],
        env=os.environ | {"RITROVA_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "accelerate" in done.stderr
    assert "ritrova[train]" in done.stderr
