"""`ritrova models`: which there are, which is used, and that their files are the right ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ritrova.encoding.bundle import Manifest, seal
from ritrova.images.samples import sample_photos
from ritrova.photo import PixelSpec

Ritrova = Callable[..., Any]


@pytest.fixture
def model(library: Path) -> Path:
    """An imported model `prova` whose files nobody loads."""
    folder = library / "models" / "prova"
    folder.mkdir(parents=True)
    (library / "settings.json").write_text('{"encoding": {"model": "fake"}}')
    (folder / "model.safetensors").write_bytes(b"weights")
    seal(folder, Manifest(name="prova", version="7", dimension=4, licence="MIT"))
    return folder


def listed(ritrova: Ritrova) -> dict[str, Any]:
    return {each["name"]: each for each in map(json.loads, ritrova("models", "list", "--json").stdout.splitlines())}


def test_models_are_listed_also_without_a_library(ritrova: Ritrova, library: Path) -> None:
    result = ritrova("models", "list", "--json")

    assert result.exit_code == 0
    assert not library.exists()


def test_an_imported_model_is_listed(ritrova: Ritrova, model: Path) -> None:
    found = listed(ritrova)["prova"]

    assert list(found) == [
        *("name", "version", "in_use", "bundled", "path", "dimension", "fingerprint", "licence", "size_bytes"),
        "figures",
    ]
    assert found["path"] == str(model)
    assert (found["version"], found["dimension"], found["licence"], found["size_bytes"]) == ("7", 4, "MIT", 7)
    assert (found["in_use"], found["bundled"]) == (False, False)
    assert "prova\t7\t" in ritrova("models", "list", language="it").stdout


def test_the_model_in_use_is_remembered_and_cannot_be_removed(ritrova: Ritrova, model: Path, library: Path) -> None:
    (library / "settings.json").write_text('{"encoding": {"model": "prova"}}')
    assert listed(ritrova)["prova"]["in_use"] is True

    refused = ritrova("models", "remove", "prova")
    used = ritrova("models", "use", "fake", "--json")
    removed = ritrova("models", "remove", "prova")

    assert (refused.exit_code, used.exit_code, removed.exit_code) == (2, 0, 0)
    assert json.loads(used.stdout) == {"model": "fake"}
    assert not model.exists()
    assert "prova" not in listed(ritrova)


def test_verify_names_the_file_that_was_altered(ritrova: Ritrova, model: Path) -> None:
    assert ritrova("models", "verify").exit_code == 0
    assert json.loads(ritrova("models", "verify", "prova", "--json").stdout)["ok"] is True

    (model / "model.safetensors").write_bytes(b"WEIGHTS")
    result = ritrova("models", "verify", "prova", language="it")

    assert result.exit_code == 3
    assert str(model / "model.safetensors") in result.stderr
    assert "Importa di nuovo il modello" in result.stderr


def test_a_model_whose_manifest_is_damaged_is_not_passed_over_in_silence(ritrova: Ritrova, model: Path) -> None:
    (model / "ritrova.json").write_text("{")

    shown = ritrova("models", "list")

    assert shown.exit_code == 0
    assert "prova" not in shown.stdout
    assert shown.stderr == "The model prova cannot be used; why: ritrova models verify prova\n"
    assert ritrova("models", "verify").exit_code == 3


def test_a_pickle_is_not_imported(ritrova: Ritrova, tmp_path: Path) -> None:
    (tmp_path / "pickle").mkdir()
    (tmp_path / "pickle" / "pytorch_model.bin").write_bytes(b"whatever")

    result = ritrova("models", "import", tmp_path / "pickle")

    assert result.exit_code == 3
    assert "ritrova models convert" in result.stderr


def test_what_is_no_model_is_not_imported(ritrova: Ritrova, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert ritrova("models", "import", tmp_path / "empty").exit_code == 3
    assert ritrova("models", "import", tmp_path / "none").exit_code == 2


def test_old_weights_are_converted_on_request(ritrova: Ritrova, tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2)}, tmp_path / "pytorch_model.bin")

    result = ritrova("models", "convert", tmp_path, "--json")

    assert json.loads(result.stdout) == {"path": str(tmp_path / "model.safetensors")}
    assert (tmp_path / "model.safetensors").exists()
    assert ritrova("models", "convert", tmp_path / "none").exit_code == 2


def test_a_download_wants_a_name_on_the_hub(ritrova: Ritrova) -> None:
    assert ritrova("models", "download", "clip").exit_code == 2


def test_an_imported_models_bank_is_made_of_the_shipped_photos() -> None:
    pictures = sample_photos(PixelSpec(side=16, resize=16))

    assert pictures.dtype == np.uint8
    assert pictures.shape[1:] == (16, 16, 3)
    assert len(pictures) >= 40
