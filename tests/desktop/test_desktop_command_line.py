"""`ritrova-desktop` on the command line."""

from pathlib import Path

import pytest

from ritrova.text import Catalogue
from ritrova_desktop.command_line import Options, parse

ENGLISH = Catalogue("en")


def test_nothing_said_means_the_persons_own_window() -> None:
    assert parse([], ENGLISH) == Options()


def test_everything_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    looks = ["--language", "en", "--theme", "dark", "--hidden", "--screenshots", "/s"]
    assert parse(["--library", "/l", "--demo", *looks, "a.jpg", "/b.jpg"], ENGLISH) == Options(
        library=Path("/l"),
        demo=True,
        language="en",
        theme="dark",
        hidden=True,
        screenshots=Path("/s"),
        files=(str(tmp_path / "a.jpg"), "/b.jpg"),
    )


@pytest.mark.parametrize(("language", "word"), [("it", "Trova le foto"), ("en", "Finds the photos")])
def test_help_speaks_the_persons_language(capsys: pytest.CaptureFixture[str], language: str, word: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--help"], Catalogue(language))  # type: ignore[arg-type]
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert word in said
    assert "usage" not in said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--no-such"], "Non c'è un'opzione --no-such."),
        (["--theme", "pink"], "L'opzione --theme non si usa così."),
        (["--library"], "L'opzione --library non si usa così."),
        (["--demo=3"], "L'opzione --demo non si usa così."),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_persons_language(
    said: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(said, Catalogue("it"))
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{told}\nVedi ritrova-desktop --help.\n"
