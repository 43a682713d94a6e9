"""Trained heads get a bank of captions, which lowers photos that fit any text."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from ritrova.encoding import bundle, compact
from ritrova.text import Catalogue
from ritrova_trainer.balancing import balanced
from ritrova_trainer.cli import main
from ritrova_trainer.config import TrainConfig
from ritrova_trainer.config_file import with_changes
from ritrova_trainer.heads import Heads
from ritrova_trainer.pairs import FeatureSet
from ritrova_trainer.recipes import compact_stage1
from ritrova_trainer.runs import read_heads, read_record
from ritrova_trainer.towers import compact_config

SMALL = ("heads.dimension=15", "heads.hidden=64", "heads.queries=50", "batch=32", "epochs=20")
READY = ("towers.levels=0", "towers.side=0", "towers.fit=crop", "towers.views.crops=0")


def changed(*changes: str) -> list[str]:
    return [part for change in changes for part in ("--set", change)]


def small_config() -> TrainConfig:
    config = with_changes(compact_stage1(), dict(change.split("=") for change in (*SMALL, *READY)))
    assert isinstance(config, TrainConfig)
    return config


def some_features(width: int, text_width: int) -> FeatureSet:
    random = torch.Generator().manual_seed(0)
    texts = torch.randn(30, 3, text_width, generator=random)
    return FeatureSet(torch.randn(30, width, generator=random).half(), texts, torch.ones(30, 3, dtype=torch.bool))


def test_the_bank_holds_the_means_of_like_captions(backbones: Path) -> None:
    config = compact_config(small_config(), backbones)
    data = some_features(config.image_features, config.text.hidden_size)
    torch.manual_seed(0)
    plain = Heads(config.model_copy(update={"hubs": None})).eval()
    one, again, other = (balanced(plain, config, data, seed=seed) for seed in (1, 1, 2))
    with torch.inference_mode():
        captions = functional.normalize(plain.text_head.unscaled(data.texts.flatten(0, 1)), dim=1)
    bank = one.image_head.bank
    assert bank is not None
    assert bank.texts.shape == (50, 15)
    shares = bank.shares.exp()
    torch.testing.assert_close(shares @ bank.texts, captions.mean(dim=0))  # every caption is in one group
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    alone = shares.isclose(torch.tensor(1 / 90))
    torch.testing.assert_close((bank.texts[alone] @ captions.T).amax(dim=1), torch.ones(int(alone.sum())))
    assert torch.equal(bank.texts, again.state_dict()["image_head.bank.texts"])
    assert not torch.equal(bank.texts, other.state_dict()["image_head.bank.texts"])


def test_heads_of_a_recipe_without_bank_stay_as_they_are(backbones: Path) -> None:
    config = compact_config(small_config(), backbones).model_copy(update={"hubs": None})
    data = some_features(config.image_features, config.text.hidden_size)
    plain = Heads(config).eval()
    images, texts = balanced(plain, config, data, seed=0)(data.images.float(), data.texts[:, 0])
    assert images.shape == texts.shape == (30, 15)
    assert torch.equal(images, plain.image_head(data.images.float()))


def test_a_run_ends_with_a_bank_and_joint_heads_have_one_too(data: Path, backbones: Path, tmp_path: Path) -> None:
    given = ("--data", str(data), "--backbones", str(backbones), "--threads", "1")
    folders = [tmp_path / "0", tmp_path / "1"]
    for seed, folder in enumerate(folders):
        command = ("run", "compact_stage1", *given, "--out", str(folder), "--seed", str(seed))
        assert main((*command, *changed(*SMALL, *READY)), Catalogue("en")) == 0
    assert main(("join", *map(str, folders), *given, "--out", str(tmp_path / "joint")), Catalogue("en")) == 0
    config = compact_config(read_record(folders[0]).config, backbones)
    wide = compact_config(read_record(tmp_path / "joint").config, backbones)
    banks = [read_heads(folders[0], config).image_head.bank, read_heads(tmp_path / "joint", wide).image_head.bank]
    assert all(bank is not None and 0.5 < bank.texts.norm(dim=1).max() < 1.01 for bank in banks)
    export = ("export", str(tmp_path / "joint"), "--release", "ritrova-small-it", "--out", str(tmp_path / "model"))
    assert main((*export, *given), Catalogue("en")) == 0
    assert bundle.read(tmp_path / "model").dimension == 16
    assert compact.read_config(tmp_path / "model").width == 16
