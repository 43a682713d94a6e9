"""`ritrova-train evaluate`, from folders to tables, JSON and a page; with small models that were never trained."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ritrova.encoding import bundle, compact
from ritrova.text import Catalogue
from ritrova_trainer.cli import main
from ritrova_trainer.config import TrainConfig
from ritrova_trainer.config_file import with_changes
from ritrova_trainer.evaluation.report import Evaluation, read_json
from ritrova_trainer.recipes import compact_stage1
from ritrova_trainer.towers import compact_config, with_backbones

COLOURS = {"rosso": (200, 30, 30), "verde": (30, 160, 50), "azzurro": (40, 90, 210), "giallo": (230, 210, 40)}


def make_model(folder: Path, backbones: Path, *, seed: int) -> Path:
    """A model with random heads."""
    config = with_changes(
        compact_stage1(), {"heads.dimension": "256", "heads.queries": "0", "towers.levels": "0", "towers.side": "0"}
    )
    assert isinstance(config, TrainConfig)
    model_config = compact_config(config, backbones)
    torch.manual_seed(seed)
    model = with_backbones(model_config, config, backbones)
    folder.mkdir(parents=True)
    compact.save(model, folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(backbones / "e5-small-it" / name, folder / name)
    bundle.seal(folder, bundle.Manifest(name="casuale", version="3", dimension=model_config.dimension))
    return folder


@pytest.fixture(scope="module")
def models(backbones: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("models")
    return [make_model(root / str(seed) / "casuale", backbones, seed=seed) for seed in (0, 1)]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen small photos with captions, one broken and one missing besides; three sentences ask for each."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    lines = []
    for colour, value in COLOURS.items():
        for number in range(4):
            name = f"{colour}-{number}"
            picture = np.clip(np.array(value) + random.normal(0, 40, (60, 80, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(picture).save(folder / f"{name}.jpg")
            captions = [f"un gatto {colour} vicino a un mare", f"{colour} mare", f"gatto {colour}"]
            lines.append({"image_path": f"{name}.jpg", "captions": captions})
    (folder / "rotta.jpg").write_bytes(b"not a picture")
    lines += [{"image_path": name, "captions": ["un cane"]} for name in ("rotta.jpg", "assente.jpg")]
    (folder / "tutte.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def evaluate(*arguments: object, language: str = "en") -> int:
    catalogue = Catalogue("it" if language == "it" else "en")
    return main(["evaluate", *map(str, arguments), "--threads", "1"], catalogue)


@pytest.fixture(scope="module")
def evaluated(models: list[Path], photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JSON and the page of two models, with labels."""
    out = tmp_path_factory.mktemp("out")
    rows = [("n01", "un gatto rosso"), ("n02", "un cane"), ("n03", "un gatto rosso")]
    head = "set_id\tquery_short_translated\tclass_id\n"
    table = "".join(f"{wnid}\t{text}\t{place}\n" for place, (wnid, text) in enumerate(rows, start=1))
    (out / "labels.tsv").write_text(head + table)
    (out / "named.tsv").write_text("rosso-0.jpg\tn01\nrosso-1.jpg\t3\nrotta.jpg\tn02\n")
    naming = ("--labels", out / "labels.tsv", "--labelled", out / "named.tsv", "--photos", photos)
    files = ("--json", out / "found.json", "--page", out / "page.html")
    assert evaluate(*models, "--data", photos / "tutte.jsonl", *naming, *files, language="it") == 0
    return out


@pytest.fixture(scope="module")
def found(evaluated: Path) -> Evaluation:
    return read_json(evaluated / "found.json")


def test_missing_and_broken_photos_are_left_out_and_counted(found: Evaluation) -> None:
    assert (found.photos, found.left_out) == (16, 2)
    assert found.texts == 48
    assert found.kinds == {"all": 48, "sentence": 16, "other view": 16, "short query": 16}


def test_every_figure_has_an_interval_around_it(found: Evaluation) -> None:
    for model in found.models:
        assert set(model.figures) == set(found.kinds)
        for figures in model.figures.values():
            assert set(figures) == {"mrr_1", "mrr_5", "mrr_10", "recall_1", "recall_5", "recall_10"}
            assert figures["mrr_1"] == figures["recall_1"]
            assert all(0 <= one.low <= one.mean <= one.high <= 1 for one in figures.values())


def test_models_of_one_name_are_told_apart_and_compared_with_the_first(found: Evaluation, models: list[Path]) -> None:
    assert [model.name for model in found.models] == [str(folder) for folder in models]
    (comparison,) = found.comparisons
    assert (comparison.model, comparison.against) == (str(models[1]), str(models[0]))
    first, second = found.models
    for kind, differences in comparison.differences.items():
        for name, one in differences.items():
            expected = second.figures[kind][name].mean - first.figures[kind][name].mean
            assert one.gain.mean == pytest.approx(expected, abs=1e-9)
            assert 0 < one.p_value <= 1


def test_photos_are_named_as_far_as_they_can_be_seen(found: Evaluation) -> None:
    for model in found.models:
        assert model.zero_shot is not None
        assert (model.zero_shot.photos, model.zero_shot.classes, model.zero_shot.texts) == (2, 3, 2)
        assert model.zero_shot.together[5] == 1


def test_what_a_model_costs_is_told(found: Evaluation, models: list[Path]) -> None:
    for model, folder in zip(found.models, models, strict=True):
        assert model.cost.bytes == sum(path.stat().st_size for path in folder.iterdir())
        assert model.cost.query_ms > 0
        assert model.cost.photos_per_second > 0
        assert (model.cost.dimension, model.cost.threads, model.version) == (256, 1, "3")


class Tags(HTMLParser):
    """Counts what a page holds, and collects what it would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.outside: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset") and value is not None:
                (self.pictures if value.startswith("data:image/webp;base64,") else self.outside).append(value)


def test_the_page_stands_alone_and_shows_the_photos(evaluated: Path) -> None:
    text = (evaluated / "page.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.outside == []
    assert "script" not in tags.tags
    assert re.search(r"url\(|@import|http", text) is None
    assert len(tags.pictures) > 10
    assert '<html lang="it">' in text
    assert "un gatto verde vicino a un mare" in text


def test_numbers_on_the_page_are_written_as_in_its_language(evaluated: Path, found: Evaluation) -> None:
    text = (evaluated / "page.html").read_text(encoding="utf-8")
    assert f"{100 * found.models[0].figures['sentence']['recall_10'].mean:.1f}".replace(".", ",") in text


def test_captions_cannot_write_into_the_page(models: list[Path], photos: Path, tmp_path: Path) -> None:
    captions = ["<script>alert(1)</script> gatto & cane", "un cane"]
    lines = [
        {"image_path": f"{name}.jpg", "captions": [caption]}
        for name, caption in zip(("rosso-0", "verde-0"), captions, strict=True)
    ]
    (tmp_path / "odd.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    page = tmp_path / "page.html"
    assert evaluate(models[0], "--data", tmp_path / "odd.jsonl", "--photos", photos, "--page", page) == 0
    assert "<script>" not in page.read_text(encoding="utf-8")


def test_ready_features_stand_in_for_the_photos(
    models: list[Path], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(models[0], "--data", data, "--json", tmp_path / "found.json") == 0
    found = read_json(tmp_path / "found.json")
    assert (found.photos, found.left_out) == (40, 0)
    sentence = found.models[0].figures["sentence"]["recall_10"]
    assert "\t40\t" in capsys.readouterr().out
    assert sentence.mean < 0.7  # an untrained model


def test_features_of_another_tower_are_refused(
    models: list[Path], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = shutil.copytree(models[0], tmp_path / "moved")
    manifest = bundle.read(moved)
    bundle.seal(moved, manifest.model_copy(update={"figures": {"image_tower_trained": True}}))
    assert evaluate(moved, "--data", data) == 2
    assert "--photos" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--data", "nowhere.jsonl"), 3, "nowhere.jsonl"),
        (("--data", "tutte.jsonl", "--photos", "nowhere"), 2, "--photos"),
        (("--data", "tutte.jsonl", "--labels", "labels.tsv"), 2, "--labelled"),
        (("--data", "one.jsonl"), 2, "1 can be seen"),
        (("--data", "none.jsonl"), 3, "`ritrova-train data check`"),
    ],
)
def test_a_wrong_call_ends_with_a_clear_error(
    models: list[Path],
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(photos)
    Path("one.jsonl").write_text('{"image_path": "rosso-0.jpg", "captions": ["un gatto"]}\n')
    Path("none.jsonl").write_text('{"image": "rosso-0.jpg", "captions": ["un gatto"]}\n')
    assert evaluate(models[0], *arguments) == code
    assert told in capsys.readouterr().err


def test_an_altered_model_is_not_measured(models: list[Path], photos: Path, tmp_path: Path) -> None:
    altered = shutil.copytree(models[0], tmp_path / "altered")
    config = json.loads((altered / "config.json").read_text())
    (altered / "config.json").write_text(json.dumps({**config, "scale": 21.0}))
    assert evaluate(altered, "--data", photos / "tutte.jsonl") == 3
