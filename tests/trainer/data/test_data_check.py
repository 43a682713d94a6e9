"""`ritrova-train data check`: what a person is told of a data set before training on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from ritrova.cli.words import command_class, group_class
from ritrova.errors import DecodeFailure
from ritrova.images.limits import DecodeLimits
from ritrova.text import Catalogue
from ritrova_trainer import cli_data
from ritrova_trainer.data import CleaningRules, SplitRule
from ritrova_trainer.data.check import Findings, Inspector, Sample, check
from ritrova_trainer.data.proper_nouns import CapitalLetters

if TYPE_CHECKING:
    from trainer.data.conftest import DataSet

MODES = {
    "L": ".jpg",
    "RGB": ".jpg",
    "CMYK": ".jpg",
    "P": ".png",
    "RGBA": ".png",
    "LA": ".png",
    "1": ".png",
    "I;16": ".tif",
}
Run = Callable[..., None]


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector(DecodeLimits()) as inspector:
        yield inspector


@pytest.fixture
def run() -> Run:
    """The `data` commands, in English."""
    catalogue = Catalogue("en")
    app = typer.Typer(cls=group_class(catalogue), add_completion=False, rich_markup_mode=None)
    app.callback()(lambda: None)
    for command in cli_data.COMMANDS:
        app.command(command.name, cls=command_class(catalogue), help=command.help.key)(command.run)

    def run(*arguments: str | Path) -> None:
        app(args=[str(argument) for argument in arguments], obj=catalogue, standalone_mode=False)

    return run


def whole_data_set(made: DataSet) -> Path:
    """Good photos of every mode, one missing, one broken, one that is no photo, and a line cut in half."""
    lines = []
    for mode, suffix in MODES.items():
        made.photo(f"{mode}{suffix}", mode)
        lines.append({"image_path": f"{mode}{suffix}", "captions": [f"foto in {mode}", "Giuseppe Garibaldi"]})
    whole = made.photo("whole.png").read_bytes()
    made.write("broken.png", whole[: len(whole) // 2])
    made.write("text.png", "no picture")
    for name in ("broken.png", "text.png", "missing.png"):
        lines.append({"image_path": name, "captions": ["una foto che non si vede"]})
    return made.write("train.jsonl", "\n".join(map(json.dumps, lines)) + '\n{"image_pa')


def look_over(made: DataSet, path: Path, inspector: Inspector, look_at: int | None = None) -> Findings:
    return check(
        made.read(path),
        rules=CleaningRules(),
        split=SplitRule(),
        tagger=CapitalLetters(),
        inspector=inspector,
        look_at=look_at,
    )


def test_images_of_every_mode_are_good_and_bad_ones_are_counted(made: DataSet, inspector: Inspector) -> None:
    found = look_over(made, whole_data_set(made), inspector)
    assert (found.pairs, found.present) == (len(MODES) + 3, len(MODES) + 2)
    assert (found.images.looked, found.images.broken) == (len(MODES) + 2, 2)
    assert {key for key, _ in found.images.examples} == {"broken.png", "text.png"}


def test_images_in_shards_are_looked_at_too(made: DataSet, inspector: Inspector) -> None:
    photo = made.photo("a.jpg").read_bytes()
    path = made.shard("a.tar", {"0.jpg": photo, "0.txt": b"uno", "1.jpg": photo[:200], "1.txt": b"due"})
    images = look_over(made, path, inspector).images
    assert (images.looked, images.broken) == (2, 1)


def test_some_images_are_drawn_by_the_seed(made: DataSet) -> None:
    class Counting(Inspector):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def look(self, image: Any) -> DecodeFailure | None:
            self.seen.append(image.key)
            return None

    lines = [json.dumps({"image_path": f"{number}.jpg", "captions": ["una foto"]}) for number in range(500)]
    for number in range(400):
        made.write(f"{number}.jpg", "")
    path = made.write("train.jsonl", "\n".join(lines))
    first, second = Counting(), Counting()
    found = look_over(made, path, first, look_at=20)
    assert look_over(made, path, second, look_at=20).examples == found.examples
    assert first.seen == second.seen
    assert len(set(first.seen)) == 20
    assert all(int(Path(key).stem) < 400 for key in first.seen)  # of those that are there
    assert found.present == 400
    assert len({pair.image.key for pair in found.examples}) == 10
    assert (found.train + found.validation).total() == 500


def test_every_item_is_drawn_as_often_as_any_other() -> None:
    drawn = [0] * 20
    for seed in range(2000):
        sample: Sample[int] = Sample(5, seed)
        for item in range(20):
            sample.offer(item)
        for item in sample.items:
            drawn[item] += 1
    assert min(drawn) > 400
    assert max(drawn) < 600


def test_lengths_are_told_by_share() -> None:
    found = Findings()
    assert found.length_at(0.5) == 0
    found.lengths.update({3: 50, 7: 45, 40: 5})
    assert [found.length_at(share) for share in (0, 0.5, 0.51, 0.95, 1)] == [3, 3, 7, 7, 40]


def test_the_table(made: DataSet, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("check", whole_data_set(made))
    told = capsys.readouterr()
    table = dict(line.split("\t") for line in told.out.splitlines())
    assert table["pairs (an image with its captions)"] == "11"
    assert table["captions"] == "19"
    assert table["images found"] == "10"
    assert table["images missing"] == "1"
    assert table["images decoded"] == "10"
    assert table["images broken"] == "2"
    assert table["captions left out: little but proper nouns"] == "8"
    assert table["passed over: not whole JSON"] == "1"
    assert table["proper nouns found by"] == "capital letters"
    assert len([key for key in table if key.endswith((".png", ".jpg", ".tif"))]) == 10  # ten examples of eleven
    assert "Line 12 cannot be used" in told.err


def test_the_json_says_the_same(made: DataSet, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    path = whole_data_set(made)
    run("check", path, "--json", "--seed", "3", "--source", "album")
    found = json.loads(capsys.readouterr().out)
    assert found["images"]["broken"] == 2
    assert found["images"]["failures"] == {"corrupt": 1, "unsupported": 1}
    assert found["caption_words"] == {"least": 2, "median": 3, "percentile_95": 6, "most": 6}
    assert found["passed_over"]["not_json"]["count"] == 1
    assert found["cleaning"]["captions"] == 19 == found["cleaning"]["captions_kept"] + 8
    assert found["split"]["seed"] == 3
    assert found["split"]["sources"].keys() == {"album"}
    assert len(found["examples"]) == 10


def test_captions_without_photos_can_be_looked_over(
    made: DataSet, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"image_id": "1", "id": 1, "caption": "due barche\x1b[2J nel porto"}],
    }
    path = made.write("captions.dat", json.dumps(content))
    run("check", path, "--format", "coco", "--decode", "0", "--photos", made.folder)
    out = capsys.readouterr().out
    assert "images decoded\t0" in out
    assert "images missing\t1" in out
    assert "\x1b" not in out
    assert "due barche" in out
