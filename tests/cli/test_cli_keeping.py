"""Backup, restore, check and forget-missing at the command line; and small slips that are told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ritrova.text import Catalogue, msg


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def photos(tmp_path: Path, library: Path, ritrova: Callable[..., Any]) -> Path:
    """Two photos, indexed."""
    folder = tmp_path / "foto"
    folder.mkdir()
    for name, colour in (("rosso", (220, 30, 30)), ("blu", (30, 50, 200))):
        Image.new("RGB", (64, 48), colour).save(folder / f"{name}.jpg")
    library.mkdir(mode=0o700)
    (library / "settings.json").write_text('{"encoding": {"model": "fake"}, "decoding": {"workers": 1}}')
    assert ritrova("add", folder).exit_code == 0
    assert ritrova("index").exit_code == 0
    return folder


def test_a_backup_is_written_and_brought_back(ritrova: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    saved = ritrova("backup", tmp_path, "--json")
    assert saved.exit_code == 0, saved.stderr
    (one,) = objects(saved.stdout)
    assert Path(one["path"]).parent == tmp_path
    assert one["photos"] == 2
    assert ritrova("remove", photos).exit_code == 0

    refused = ritrova("restore", one["path"])
    restored = ritrova("restore", one["path"], "--yes", "--json")

    assert (refused.exit_code, restored.exit_code) == (2, 0)
    assert "--yes" in refused.stderr
    (told,) = objects(restored.stdout)
    assert Path(told["kept"]).is_dir()
    assert objects(ritrova("folders", "--json").stdout)[0]["photos"] == 2
    assert len(objects(ritrova("search", "rosso", "--json").stdout)) == 2


def test_restoring_into_nothing_asks_nothing(
    ritrova: Callable[..., Any], photos: Path, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copia.zip"
    assert ritrova("backup", file).exit_code == 0
    library.rename(tmp_path / "perduta")

    assert ritrova("restore", file).exit_code == 0
    assert objects(ritrova("status", "--json").stdout)[0]["photos"] == 2


def test_a_sound_library_is_called_so_and_a_spoilt_one_is_repaired(
    ritrova: Callable[..., Any], photos: Path, library: Path
) -> None:
    assert ritrova("check").exit_code == 0
    next((library / "thumbnails").rglob("*.webp")).unlink()

    before, during, after = ritrova("check", "--json"), ritrova("check", "--repair", "--json"), ritrova("check")

    assert (before.exit_code, during.exit_code, after.exit_code) == (3, 0, 0)
    states = {part["name"]: part["state"] for part in objects(during.stdout)[0]["parts"]}
    assert states["thumbnails"] == "repaired"
    assert set(states.values()) == {"good", "repaired"}


def test_photos_that_are_gone_are_forgotten_when_asked(ritrova: Callable[..., Any], photos: Path) -> None:
    (photos / "blu.jpg").unlink()
    ritrova("index")

    refused = ritrova("forget-missing")
    done = ritrova("forget-missing", "--yes", "--json")

    assert (refused.exit_code, done.exit_code) == (2, 0)
    assert "1 photo that is gone" in refused.stderr
    assert objects(done.stdout) == [{"forgotten": 1}]
    assert objects(ritrova("status", "--json").stdout)[0]["missing"] == 0
    assert ritrova("forget-missing").exit_code == 0  # nothing to ask for


def test_an_empty_library_option_is_refused(ritrova: Callable[..., Any]) -> None:
    result = ritrova("--library", "", "status")

    assert result.exit_code == 2
    assert "--library" in result.stderr


def test_a_condition_on_an_unwatched_folder_says_so(ritrova: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    other = ritrova("search", "rosso", "--folder", tmp_path / "altrove")
    near = ritrova("search", "rosso", "--folder", f"{photos}x")
    for inside in (photos, photos / "mare", tmp_path):
        assert "not watched" not in ritrova("search", "rosso", "--folder", inside).stderr

    assert (other.exit_code, other.stdout) == (0, "")
    assert str(tmp_path / "altrove") in other.stderr
    assert "not watched" in other.stderr
    assert "not watched" in near.stderr


def test_an_empty_database_is_not_called_old(ritrova: Callable[..., Any], photos: Path, library: Path) -> None:
    for side in library.glob("library.sqlite3-*"):
        side.unlink()
    (library / "library.sqlite3").write_bytes(b"")

    result = ritrova("status")

    assert result.exit_code == 3
    assert "older Ritrova" not in result.stderr
    assert "empty" in result.stderr


@pytest.mark.parametrize("words", [["niente"], ["a/b/c"], ["a/b", "--name", "../x"]])
def test_a_model_that_cannot_be_one_is_refused_before_anything_is_said(
    ritrova: Callable[..., Any], words: list[str]
) -> None:
    result = ritrova("models", "download", *words)

    assert result.exit_code == 2
    assert "Downloading" not in result.stderr


def test_numbers_are_written_as_the_language_does(ritrova: Callable[..., Any], photos: Path) -> None:
    message = msg("{n}, {d} numbers each", n=12345, d=1234.56)
    assert Catalogue("it").render(message).startswith("12.345, 1.234,6")
    assert Catalogue("en").render(message).startswith("12,345, 1,234.6")
    (last,) = [line for line in ritrova("index", language="it").stdout.splitlines() if "foto/s" in line]
    assert last.split(" s,")[0].replace(",", "").isdigit()
    assert "0.1 MB" not in ritrova("status", language="it").stdout
    assert "," in ritrova("search", "rosso", "--top", "1", language="it").stdout.split("\t")[3]
