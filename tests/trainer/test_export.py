"""The folder that is published: the trained model in one of two sizes, with all that it must say of itself."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import TypeAdapter

from ritrova.encoding import bundle, compact
from ritrova.encoding.loading import open_folder
from ritrova.encoding.weights import Storage
from ritrova.errors import OurBug
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings
from ritrova.text import Catalogue
from ritrova_trainer.card import render_licences
from ritrova_trainer.cli import main
from ritrova_trainer.config import PhotosConfig, TrainConfig
from ritrova_trainer.config_file import with_changes
from ritrova_trainer.corpus import Corpus
from ritrova_trainer.evaluation.calibration import Calibration
from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.export import Trained
from ritrova_trainer.heads import Heads
from ritrova_trainer.parity import require_parity
from ritrova_trainer.recipes import compact_stage1, compact_stage2
from ritrova_trainer.releases import RELEASES, RITROVA_SMALL_IT
from ritrova_trainer.runs import HEADS_FILE, MODEL_FOLDER, PhotosRecord, Record, read_any_record
from ritrova_trainer.towers import compact_config

ROOT = Path(__file__).parents[2]
SENTENCES = ["un gatto rosso vicino a un bosco", "mare azzurro cane"]


def config_of(seed: int) -> TrainConfig:
    changes = {
        "heads.dimension": "32",
        "heads.hidden": "64",
        "heads.queries": "0",
        "towers.levels": "0",
        "towers.side": "0",
    }
    changed = with_changes(compact_stage1(seed=seed), changes)
    assert isinstance(changed, TrainConfig)
    return changed


@pytest.fixture(scope="module")
def runs(backbones: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs as training leaves them, with heads that learned nothing."""
    folders = []
    for seed in (0, 1):
        folder = tmp_path_factory.mktemp("runs") / f"seed-{seed}"
        folder.mkdir()
        config = config_of(seed)
        torch.manual_seed(seed)
        Heads(compact_config(config, backbones)).save(folder / HEADS_FILE)
        record = Record(
            recipe="compact_stage1",
            config=config,
            photos=176,
            figures={
                kind: Retrieval(40, 40, 0.1 + seed / 10, 0.2, 0.3, 0.2)
                for kind in ("sentence", "other view", "short query")
            },
            losses=[1.0],
            seconds=1.0,
            threads=1,
            versions={},
        )
        (folder / "run.json").write_bytes(TypeAdapter(Record).dump_json(record))
        folders.append(folder)
    return folders


def export(runs: list[Path], backbones: Path, data: Path, out: Path, *more: str) -> int:
    places = ("--data", str(data), "--backbones", str(backbones), "--out", str(out))
    names = [str(run) for run in runs]
    return main(["export", *names, "--release", "ritrova-small-it", *places, "--threads", "1", *more], Catalogue("en"))


@pytest.fixture(scope="module")
def folders(
    runs: list[Path], backbones: Path, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[Storage, Path]:
    root = tmp_path_factory.mktemp("published")
    found: dict[Storage, Path] = {"float16": root / "large", "int8": root / "small"}
    for storage, out in found.items():
        assert export(runs, backbones, data, out, "--storage", storage) == 0
    return found


@pytest.mark.parametrize(("storage", "least"), [("float16", 0.9999), ("int8", 0.998)])
def test_either_size_gives_the_trained_vectors(
    folders: dict[Storage, Path], runs: list[Path], backbones: Path, storage: Storage, least: float
) -> None:
    trained = Trained.of(runs[0], read_any_record(runs[0]), backbones)
    encoder = open_folder(folders[storage], bundle.read(folders[storage]), EncodingSettings(device="cpu", threads=1))
    side = trained.model.config.side
    pixels = np.random.default_rng(0).integers(0, 256, (3, side, side, 3), np.uint8)
    normalised = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 * 2 - 1  # mean and deviation are 0.5
    with torch.inference_mode():
        expected = trained.model.encode_images(normalised).numpy()
    assert (encoder.encode_images(pixels) * expected).sum(axis=1).min() > least
    large = open_folder(folders["float16"], bundle.read(folders["float16"]), EncodingSettings(device="cpu", threads=1))
    texts = encoder.encode_texts(SENTENCES) * large.encode_texts(SENTENCES)
    assert texts.sum(axis=1).min() > least


def test_a_model_may_see_fewer_pixels_than_it_was_trained_on(
    runs: list[Path], backbones: Path, data: Path, tmp_path: Path
) -> None:
    assert export(runs, backbones, data, tmp_path / "model", "--side", "96") == 0
    assert compact.read_config(tmp_path / "model").pixels == PixelSpec(96, 96, "squash")
    encoder = open_folder(tmp_path / "model", bundle.read(tmp_path / "model"), EncodingSettings(device="cpu"))
    assert encoder.encode_images(np.zeros((1, 96, 96, 3), np.uint8)).shape == (1, 32)


def test_the_small_size_takes_less_disk_and_says_so(folders: dict[Storage, Path]) -> None:
    sizes = {storage: (folder / compact.WEIGHTS_FILE).stat().st_size for storage, folder in folders.items()}
    assert sizes["int8"] < sizes["float16"]
    assert "stored as int8" in (folders["int8"] / "README.md").read_text(encoding="utf-8")
    assert "stored as int8" not in (folders["float16"] / "README.md").read_text(encoding="utf-8")


def test_every_file_has_its_checksum(folders: dict[Storage, Path]) -> None:
    for folder in folders.values():
        manifest = bundle.read(folder)
        bundle.verify(folder, manifest)
        assert set(manifest.files) == {path.name for path in folder.iterdir()} - {bundle.MANIFEST_FILE}
        assert {"README.md", "LICENSES.md", "bank.safetensors", "model.safetensors"} < set(manifest.files)


def test_the_licences_of_all_parts_are_there_in_full(folders: dict[Storage, Path]) -> None:
    text = (folders["float16"] / "LICENSES.md").read_text(encoding="utf-8")
    for part in RITROVA_SMALL_IT.parts:
        assert f"| {part.name} | {part.source} | {part.licence} |" in text
    assert "Copyright (c) Microsoft Corporation" in text
    assert "Permission is hereby granted, free of charge" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_release_has_the_text_of_each_licence() -> None:
    for release in RELEASES.values():
        assert render_licences(release)
    ours = ROOT / "trainer/ritrova_trainer/cards/licences/Apache-2.0.txt"
    assert ours.read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_manifest_tells_how_scores_lie(folders: dict[Storage, Path], data: Path) -> None:
    folder = folders["float16"]
    told = TypeAdapter(Calibration).validate_python(bundle.read(folder).calibration)
    assert (told.photos, told.texts) == (40, 120)
    assert (told.unrelated.count, told.own.count) == (120 * 39, 120)
    encoder = open_folder(folder, bundle.read(folder), EncodingSettings(device="cpu", threads=1))
    assert encoder.bank is not None
    texts = encoder.encode_texts(
        [caption for pair in Corpus.read(data, tower="efficientnet-lite2").validation for caption in pair.captions]
    )
    scores = texts @ encoder.bank.T
    unrelated = scores[np.arange(40) != np.repeat(np.arange(40), 3)[:, None]]
    for share in (0.25, 0.5, 0.9):
        assert told.unrelated.percentile(float(np.quantile(unrelated, share))) == pytest.approx(share, abs=0.03)


def test_seeds_tell_the_spread_and_the_first_is_published(folders: dict[Storage, Path]) -> None:
    figures = bundle.read(folders["float16"]).figures
    assert figures["seeds"] == [0, 1]
    assert figures["runs"]["sentence"]["recall_1"]["mean"] == pytest.approx(0.15)
    assert figures["image_tower_trained"] is False
    assert figures["shipped"]["sentence"]["gallery"] == 40


def test_a_folder_that_gives_other_vectors_is_never_made(runs: list[Path], backbones: Path, tmp_path: Path) -> None:
    record = read_any_record(runs[0])
    trained = Trained.of(runs[0], record, backbones)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(trained.tokenizer / name, tmp_path / name)
    other = Trained.of(runs[0], record, backbones).model
    require_parity(trained.model, other, tmp_path, SENTENCES, "float16")
    with torch.no_grad():
        other.image_head.std.mul_(torch.rand(256).add(0.5))
    with pytest.raises(OurBug):
        require_parity(trained.model, other, tmp_path, SENTENCES, "float16")


def test_heads_without_their_towers_are_not_published(
    runs: list[Path], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["export", str(runs[0]), "--release", "ritrova-small-it", "--data", str(data), "--out", str(out)]
    assert main(arguments, Catalogue("en")) == 2
    assert "--backbones" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_storage_is_refused(runs: list[Path], backbones: Path, data: Path, tmp_path: Path) -> None:
    assert export(runs, backbones, data, tmp_path / "out", "--storage", "int4") == 2
    assert list(tmp_path.iterdir()) == []


def test_the_exported_manifest_is_plain_json(folders: dict[Storage, Path]) -> None:
    text = (folders["int8"] / bundle.MANIFEST_FILE).read_text(encoding="utf-8")
    assert json.loads(text)["calibration"]["version"] == 1


@pytest.fixture
def photos_run(runs: list[Path], backbones: Path, tmp_path: Path) -> Path:
    """A run that trained a whole model, its last image stages included."""
    run = tmp_path / "run"
    trained = Trained.of(runs[0], read_any_record(runs[0]), backbones)
    compact.save(trained.model, run / MODEL_FOLDER)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(trained.tokenizer / name, run / MODEL_FOLDER / name)
    heads_only = read_any_record(runs[0])
    moving_images = with_changes(compact_stage2(seed=4), {"trained.image_stages": "2"})
    assert isinstance(moving_images, PhotosConfig)
    record = PhotosRecord(
        recipe="compact_stage2",
        config=moving_images,
        photos=3,
        figures=heads_only.figures,
        losses=[1.0],
        seconds=1.0,
        threads=1,
        versions={},
        before=heads_only.figures,
        unread=0,
    )
    (run / "run.json").write_bytes(TypeAdapter(PhotosRecord).dump_json(record))
    return run


def publish(run: Path, out: Path, *data: str) -> int:
    arguments = ("--release", "ritrova-small-it", "--out", str(out), "--threads", "1", *data)
    return main(["export", str(run), *arguments], Catalogue("en"))


def test_a_trained_image_tower_is_measured_on_photos(photos_run: Path, tmp_path: Path) -> None:
    lines = []
    for number, colour in enumerate(["red", "green", "blue"]):
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{number}.png")
        lines.append(json.dumps({"image_path": f"{number}.png", "captions": ["un gatto"]}))
    (tmp_path / "val.jsonl").write_text("\n".join(lines))
    out = tmp_path / "model"
    assert publish(photos_run, out, "--data", str(tmp_path / "val.jsonl")) == 0
    manifest = bundle.read(out)
    bundle.verify(out, manifest)
    assert manifest.bank is not None
    assert manifest.bank.count == 3
    assert manifest.figures["image_tower_trained"] is True
    assert manifest.figures["seeds"] == [4]


def test_a_trained_image_tower_is_not_measured_on_the_features_of_the_old_one(
    photos_run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(photos_run, tmp_path / "model", "--data", str(data)) == 2
    assert "--photos" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
