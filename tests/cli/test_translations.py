"""Every text for people is in the catalogue, in good order, and the compiled catalogue is the one that is read."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog

from ritrova.text import Catalogue, Message

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import translations  # noqa: E402

MARKERS = {"msg": 1, "msg_n": 2}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def italian() -> Catalog:
    return translations.translated("it")


def test_every_key_in_the_code_is_translated_and_no_other(italian: Catalog) -> None:
    keys = set(translations.texts(translations.gathered()))

    assert keys - set(translations.texts(italian)) == set(), "run tools/translations.py and translate"
    assert set(translations.texts(italian)) - keys == set(), "run tools/translations.py"
    assert translations.untranslated(italian) == []


def test_nothing_is_guessed_or_left_over(italian: Catalog) -> None:
    assert not [message.id for message in italian if message.id and message.fuzzy]
    assert not italian.obsolete


def test_translations_have_the_places_of_their_keys(italian: Catalog) -> None:
    for key, translation in translations.texts(italian).items():
        wanted = set().union(*map(places, key))
        for text in translation:
            assert places(text) <= wanted, key
        assert set().union(*map(places, translation)) == wanted, key


def test_the_compiled_catalogue_is_that_of_the_translations(italian: Catalog) -> None:
    assert translations.texts(translations.compiled("it")) == translations.texts(italian)


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_text_renders_with_all_its_places_filled(italian: Catalog, language: str, number: int) -> None:
    catalogue = Catalogue("it" if language == "it" else "en")
    for key in translations.texts(italian):
        params: dict[str, object] = {name: "…" for text in key for name in places(text)}
        plural = key[1] if len(key) > 1 else None
        text = catalogue.render(Message(key[0], params, plural, number))
        assert "{" not in text, key


def test_keys_are_written_where_they_are_marked() -> None:
    """A key that is put together while the program runs would never reach the catalogue."""
    wrong = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for source in translations.SOURCES
        for file in (ROOT / source).rglob("*.py")
        for call in marked(file)
        if not all(isinstance(key, ast.Constant) for key in call.args[: MARKERS[call.func.id]])  # type: ignore[attr-defined]
    ]
    assert wrong == []


def marked(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS:
            yield node
