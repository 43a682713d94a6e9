"""Help and complaints speak the person's language, Typer's own words too."""

import pytest
from typer.testing import CliRunner

from ritrova.cli.main import COMMANDS, build_app
from ritrova.cli.models import COMMANDS as MODEL_COMMANDS
from ritrova.cli.words import usage_message
from ritrova.text import Catalogue

ENGLISH = ("Usage", "Options", "OPTIONS", "Commands", "COMMAND", "Arguments", "Show this", "required", "default:")
EVERY_COMMAND = [
    [],
    ["models"],
    *([command.name] for command in COMMANDS),
    *(["models", command.name] for command in MODEL_COMMANDS),
]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_help_is_wholly_italian(command: list[str]) -> None:
    result = CliRunner().invoke(build_app(Catalogue("it")), [*command, "--help"], prog_name="ritrova")

    assert result.exit_code == 0
    assert "Uso: ritrova" in result.stdout
    assert not [word for word in ENGLISH if word in result.stdout]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_help_in_english(command: list[str]) -> None:
    result = CliRunner().invoke(build_app(Catalogue("en")), [*command, "--help"], prog_name="ritrova")

    assert result.exit_code == 0
    assert "Usage: ritrova" in result.stdout
    assert result.stdout.rstrip().endswith("Show this help.")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["trova"], "Non c'è un comando «trova»."),
        (["search", "--tap", "3"], "Non c'è un'opzione --tap."),
        (["search", "--top", "0", "mare"], "--top deve essere almeno 1."),
        (["search", "--top", "tanti", "mare"], "--top vuole un numero intero."),
        (["search", "--rating", "9", "mare"], "--rating può essere al massimo 5."),
        (["search", "--orientation", "storta", "mare"], "--orientation può essere 'portrait', 'landscape', 'square'."),
        (["search", "--top"], "--top vuole un valore."),
        (["search", "--json=si", "mare"], "--json non vuole un valore."),
        (["add"], "Manca CARTELLA."),
        (["similar"], "Manca FOTO."),
        (["index", "presto"], "Questo è di troppo: presto"),
    ],
)
def test_a_wrong_command_line_is_explained_in_italian(arguments: list[str], complaint: str) -> None:
    result = CliRunner().invoke(build_app(Catalogue("it")), arguments, prog_name="ritrova")

    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == f"Errore: {complaint}"
    assert not result.stdout


def test_no_command_at_all_shows_the_help_as_wrong_use() -> None:
    result = CliRunner().invoke(build_app(Catalogue("it")), [], prog_name="ritrova")

    assert result.exit_code == 2
    assert "Uso: ritrova" in result.stderr


def test_an_unknown_complaint_is_passed_on_as_it_is() -> None:
    assert Catalogue("it").render(usage_message("Something {new} went wrong")) == "Something {new} went wrong"


def test_an_option_name_with_control_characters_does_not_reach_the_terminal() -> None:
    result = CliRunner().invoke(build_app(Catalogue("it")), ["--\x1b[31mrosso"], prog_name="ritrova")

    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
