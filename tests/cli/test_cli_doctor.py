"""The doctor looks at everything and never falls ill itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NAMES = ["versions", "devices", "formats", "decoders", "index", "library", "disk", "database", "folders", "model"]


def settings(library: Path, text: str = '{"encoding": {"model": "fake"}}') -> None:
    library.mkdir(mode=0o700, exist_ok=True)
    (library / "settings.json").write_text(text)


def checks(result: Any) -> dict[str, Any]:
    return {check["name"]: check for check in json.loads(result.stdout)["checks"]}


def test_a_sound_computer(ritrova: Callable[..., Any], library: Path, tmp_path: Path) -> None:
    settings(library)
    ritrova("add", tmp_path)

    result = ritrova("doctor", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["ok"] is True
    assert list(checks(result)) == NAMES
    assert {check["grade"] for check in checks(result).values()} <= {"good", "warning"}
    assert checks(result)["versions"]["facts"]["python"]
    assert "cpu" in checks(result)["devices"]["facts"]["devices"]
    assert checks(result)["folders"]["facts"] == {"folders": 1, "unreachable": []}


def test_before_there_is_a_library_only_the_model_can_be_missing(ritrova: Callable[..., Any], library: Path) -> None:
    found = checks(ritrova("doctor", "--json"))

    assert not [name for name, check in found.items() if check["grade"] == "bad" and name != "model"]
    assert not library.exists()


def test_a_damaged_database_is_found(ritrova: Callable[..., Any], library: Path) -> None:
    settings(library)
    (library / "library.sqlite3").write_bytes(b"no database" * 1_000)

    result = ritrova("doctor", language="it")

    assert result.exit_code == 3
    assert "✗\tDatabase\t" in result.stdout
    assert "Qualcosa richiede la tua attenzione." in result.stdout


@pytest.mark.parametrize("text", ["{", '{"encoding": {"model": "none"}}'])
def test_settings_or_a_model_that_make_no_sense_are_found(
    ritrova: Callable[..., Any], library: Path, text: str
) -> None:
    settings(library, text)

    result = ritrova("doctor", "--json")

    assert result.exit_code == 3
    assert checks(result)["model"]["grade"] == "bad"


def test_a_library_that_others_can_read_is_a_warning(ritrova: Callable[..., Any], library: Path) -> None:
    settings(library)
    library.chmod(0o755)

    result = ritrova("doctor", "--json")

    assert result.exit_code == 0
    assert checks(result)["library"]["grade"] == "warning"


def test_a_file_in_the_librarys_place_is_found_and_left_alone(
    ritrova: Callable[..., Any], library: Path, tmp_path: Path
) -> None:
    library.write_bytes(b"mine")

    assert checks(ritrova("doctor", "--json"))["library"]["grade"] == "bad"
    added = ritrova("add", tmp_path)

    assert added.exit_code == 3
    assert f"This is a file, not a folder: {library}" in added.stderr
    assert "Choose another library folder." in added.stderr
    assert library.read_bytes() == b"mine"


def test_a_folder_that_is_gone_is_a_warning(ritrova: Callable[..., Any], library: Path, tmp_path: Path) -> None:
    settings(library)
    (tmp_path / "foto").mkdir()
    ritrova("add", tmp_path / "foto")
    (tmp_path / "foto").rmdir()

    found = checks(ritrova("doctor", "--json"))["folders"]

    assert found["grade"] == "warning"
    assert found["facts"]["unreachable"] == [str(tmp_path / "foto")]
