"""A person at the command line: runs `ritrova` in this process, in a language of their choice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ritrova.cli.main import build_app
from ritrova.text import Catalogue, Language

Ritrova = Callable[..., Any]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def ritrova(library: Path) -> Ritrova:
    """`ritrova("search", "rosso")` in English, over a library of its own; the result has exit_code, stdout, stderr."""

    def run(*arguments: object, language: Language = "en", stdin: bytes | None = None) -> Any:
        app = build_app(Catalogue(language))
        return CliRunner().invoke(
            app, ["--library", str(library), *map(str, arguments)], input=stdin, prog_name="ritrova"
        )

    return run
