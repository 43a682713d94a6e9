"""Pretrained towers come from the hub when a person asks, to where the recipes look for them."""

import shutil
from fnmatch import fnmatch
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ritrova.encoding.fetch import Downloader
from ritrova.errors import ModelError, UsageError
from ritrova.text import Catalogue
from ritrova_trainer.cli import main
from ritrova_trainer.cli_fetch import fetch_tower
from ritrova_trainer.config import PhotosConfig, StartConfig
from ritrova_trainer.photo_run import Sources, starting_model
from ritrova_trainer.recipes import RECIPES

CLIP, BERT = "openai/clip-vit-base-patch32", "dbmdz/bert-base-italian-xxl-uncased"


def hub_of(models: dict[str, Path]) -> Downloader:
    """A hub that holds these folders."""

    def downloader(hub_id: str, into: Path, patterns: tuple[str, ...]) -> None:
        for file in models[hub_id].iterdir():
            if any(fnmatch(file.name, pattern) for pattern in patterns):
                shutil.copy(file, into / file.name)

    return downloader


def pickled(folder: Path, tmp_path: Path) -> Path:
    """The same model as older repositories hold it."""
    old = shutil.copytree(folder, tmp_path / "old")
    torch.save(load_file(old / "model.safetensors"), old / "pytorch_model.bin")
    (old / "model.safetensors").unlink()
    return old


def test_the_published_recipe_starts_from_what_was_fetched(
    clip_folder: Path, bert_folder: Path, tmp_path: Path
) -> None:
    config = RECIPES["clip_italian_stage1"](seed=0)
    assert isinstance(config, PhotosConfig)
    assert config.start == StartConfig(kind="towers", image=CLIP, text=BERT)
    sources = Sources(model=tmp_path, backbones=tmp_path, cache=tmp_path)
    with pytest.raises(UsageError) as caught:
        starting_model(config, sources)
    assert caught.value.remedy is not None
    assert f"ritrova-train fetch {CLIP}" in Catalogue("en").render(caught.value.remedy)
    hub = hub_of({CLIP: clip_folder, BERT: bert_folder})
    for name in (CLIP, BERT):
        assert fetch_tower(name, tmp_path, downloader=hub) == tmp_path / name
    assert starting_model(config, sources).dimension == 24
    with pytest.raises(UsageError):
        fetch_tower(CLIP, tmp_path, downloader=hub)
    assert {path.name for path in tmp_path.iterdir()} == {"openai", "dbmdz"}


def test_pickled_weights_are_brought_only_where_one_asks_and_are_gone_after(bert_folder: Path, tmp_path: Path) -> None:
    hub = hub_of({BERT: pickled(bert_folder, tmp_path)})
    with pytest.raises(ModelError):
        fetch_tower(BERT, tmp_path / "new", downloader=hub)
    assert not (tmp_path / "new" / BERT).exists()
    folder = fetch_tower(BERT, tmp_path / "new", may_convert=True, downloader=hub)
    assert not list(folder.glob("*.bin"))
    weights = load_file(folder / "model.safetensors")
    assert all(
        torch.equal(weights[name], tensor) for name, tensor in load_file(bert_folder / "model.safetensors").items()
    )


def test_what_is_no_name_on_the_hub_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    assert main(["fetch", "clip", "--backbones", str(tmp_path / "towers")], Catalogue("en")) == 2
    assert not (tmp_path / "towers").exists()
