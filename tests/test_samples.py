"""The sample photos: many, small, and each with its author, source and licence."""

import json
from pathlib import Path

import pytest
from PIL import Image

from ritrova.paths import resource

SAMPLES = resource("samples")
PHOTOS = sorted((SAMPLES / "photos").iterdir())
FREE_LICENSES = {
    "CC0-1.0",
    "CC-BY-1.0",
    "CC-BY-2.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-2.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "GPL-2.0-or-later",
    "LGPL-3.0",
    "MIT",
    "public domain",
}


def test_there_are_40_to_60_in_6_megabytes() -> None:
    assert 40 <= len(PHOTOS) <= 60
    assert sum(photo.stat().st_size for photo in PHOTOS) <= 6_000_000


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda photo: photo.name)
def test_each_is_a_plain_small_jpeg(photo: Path) -> None:
    with Image.open(photo) as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert picture.mode == "RGB"
        assert max(picture.size) <= 640


def test_each_has_its_author_source_and_free_license_in_both_lists() -> None:
    facts = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (SAMPLES / "LICENSES.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| 0")
    ]
    assert [fact["file"] for fact in facts] == [photo.name for photo in PHOTOS]
    assert [(f["file"], f["author"], f["package"], f["license"]) for f in facts] == [
        (file, author, package, license_) for file, author, package, _path, license_, _note in table
    ]
    assert all(fact["author"] and fact["package"] and fact["about"] for fact in facts)
    assert {fact["license"] for fact in facts} <= FREE_LICENSES


def test_the_texts_of_the_licenses_that_ask_for_it_are_beside_them() -> None:
    texts = {path.stem for path in (SAMPLES / "licenses").iterdir()}
    assert {"GPL-2.0", "GPL-3.0", "LGPL-3.0"} <= texts
