"""The settings file: older ones are read, damaged ones are named."""

import json
from pathlib import Path

import pytest

from ritrova.errors import EnvironmentFault
from ritrova.settings import Settings, load, save


def test_a_file_of_an_older_version_is_read_without_what_the_window_keeps_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"index": {"m": 32}, "window": {"theme": "dark", "notifications": False}}))
    settings = load(path)
    assert settings.index.m == 32
    save(settings, path)
    assert "window" not in json.loads(path.read_bytes())


def test_what_no_version_ever_knew_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"windows": {}}))
    with pytest.raises(EnvironmentFault):
        load(path)
    assert load(tmp_path / "none.json") == Settings()
