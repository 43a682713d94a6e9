"""What the documents say is so."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

import ritrova
from ritrova.cli.main import build_app
from ritrova.text import Catalogue
from ritrova_desktop.command_line import parse

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:ritrova|ritrova-desktop|make) [^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def shown(program: str) -> Iterator[list[str]]:
    """Every command line of `program` in the documents, in its parts, comments left out."""
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        lines = [line.removeprefix("$ ") for block in FENCE.findall(text) for line in block.splitlines()]
        for line in [*lines, *INLINE.findall(FENCE.sub("", text))]:
            if line.startswith(f"{program} "):
                yield shlex.split(line, comments=True)[1:]


def anchors(document: Path) -> set[str]:
    """The anchors that a Markdown page gives to its headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def app() -> TyperGroup:
    command = typer.main.get_command(build_app(Catalogue("en")))
    assert isinstance(command, TyperGroup)
    return command


def resolve(group: TyperGroup, words: list[str]) -> tuple[TyperCommand | TyperGroup, list[str]]:
    """The command that the words call, and its arguments."""
    command = group.commands.get(words[0]) if words else None
    assert isinstance(command, TyperCommand | TyperGroup), f"no such command: {shlex.join(words)}"
    if isinstance(command, TyperGroup) and words[1:]:
        return resolve(command, words[1:])
    return command, words[1:]


def test_each_make_command_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wanted = {words[0] for words in shown("make")}
    assert {"demo", "test", "check", "run", "bench"} <= wanted
    assert wanted <= targets


def test_each_ritrova_command_that_is_shown_exists_with_its_options(app: TyperGroup) -> None:
    command_lines = list(shown("ritrova"))
    assert len(command_lines) > 10
    for words in command_lines:
        command, arguments = resolve(app, words)
        known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
        assert {word for word in arguments if word.startswith("--")} <= known, shlex.join(words)


def test_each_option_of_the_window_that_is_shown_exists() -> None:
    command_lines = list(shown("ritrova-desktop"))
    assert command_lines
    for words in command_lines:
        parse(words, Catalogue("en"))  # ends the test where it makes no sense


def test_each_command_is_in_the_readme(app: TyperGroup) -> None:
    text = README.read_text(encoding="utf-8")
    shown = [name for name, command in app.commands.items() if not command.hidden]
    assert [name for name in shown if f"ritrova {name}" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        page = document.parent / file if file else document
        assert page.exists(), f"{name_of(document)} links to {target}"
        assert not anchor or anchor in anchors(page), f"{name_of(document)} links to {target}"


def test_the_changelog_is_one_and_agrees_with_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = [(version, date.fromisoformat(day)) for version, day in RELEASE.findall(text)]
    headings = re.findall(r"^## .*$", text, re.MULTILINE)
    assert headings[0] == "## [Unreleased]"
    assert len(headings) == len(releases) + 1, "a heading is neither Unreleased nor a version with its date"
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= KINDS
    assert [day for _, day in releases] == sorted((day for _, day in releases), reverse=True)
    assert releases[0][0] == ritrova.__version__


def test_the_program_has_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == ritrova.__version__


@pytest.mark.parametrize("page", ["settings_page.py"])
def test_generated_pages_are_up_to_date(page: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / page), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_license_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
