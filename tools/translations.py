"""The one catalogue of texts for people: gathers the keys from the code and compiles the translations.

    python tools/translations.py           gather the keys into the .po files, compile the .mo files
    python tools/translations.py --check   change nothing; fail where either is out of date

`msg` and `msg_n` mark the keys. Both files are kept in git: the program reads the .mo, people write the .po.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from ritrova.settings import Settings

ROOT = Path(__file__).parents[1]
SOURCES = ("core/ritrova", "desktop/ritrova_desktop", "trainer/ritrova_trainer")
TRANSLATIONS = ROOT / "resources/ritrova_resources/translations"
LANGUAGES = ("it",)
KEYWORDS = {"msg": None, "msg_n": (1, 2)}


def gathered(root: Path = ROOT) -> Catalog:
    """Every key in the code, with the files that use it."""
    template = Catalog(domain="ritrova", fuzzy=False)
    for source in SOURCES:
        found = extract_from_dir(root / source, [("**.py", "python")], keywords=KEYWORDS)
        for file, _line, key, _comments, _context in found:
            template.add(key, locations=[(f"{source}/{file}", 0)])
    for explanation in explanations(Settings.model_json_schema()):
        template.add(explanation, locations=[("core/ritrova/settings.py", 0)])
    return template


def explanations(schema: dict[str, Any]) -> Iterator[str]:
    """What the settings mean: the preferences show it, from the schema."""
    for section in schema["$defs"].values():
        yield from (field["description"] for field in section.get("properties", {}).values() if "description" in field)


def po_path(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "ritrova.po"


def mo_path(language: str) -> Path:
    return po_path(language).with_suffix(".mo")


def translated(language: str) -> Catalog:
    """The translations as they are kept."""
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language, domain="ritrova")


def compiled(language: str) -> Catalog:
    """The translations as the program reads them."""
    with mo_path(language).open("rb") as file:
        return read_mo(file)


def updated(language: str) -> Catalog:
    """The translations for the keys that the code has now: new ones empty, unused ones gone, nothing guessed."""
    kept = translated(language)
    catalog = Catalog(
        locale=language,
        domain="ritrova",
        project="Ritrova",
        version="1",
        header_comment=f"# Texts of Ritrova for people ({language}).",
        copyright_holder="the Ritrova authors",
        msgid_bugs_address="",
        last_translator="the Ritrova authors",
        language_team="the Ritrova authors",
        creation_date=kept.creation_date,
        revision_date=kept.creation_date,
        fuzzy=False,
    )
    for message in gathered():
        if message.id:
            before = kept.get(message.id)
            catalog.add(message.id, before.string if before else "", locations=message.locations)
    return catalog


def texts(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Keys (with their plural) to translations (with theirs); what the program sees of a catalogue."""
    return {_forms(message.id): _forms(message.string) for message in catalog if message.id}


def untranslated(catalog: Catalog) -> list[str]:
    """Keys without a translation, or without one of its plurals."""
    return [key[0] for key, translation in texts(catalog).items() if not all(translation)]


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def po_bytes(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, sort_output=True, include_lineno=False)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a file is out of date")
    check = parser.parse_args().check
    wrong = False
    for language in LANGUAGES:
        catalog = updated(language)
        for key in untranslated(catalog):
            wrong = True
            print(f"not translated into {language}: {key!r}")
        if not check:
            po_path(language).write_bytes(po_bytes(catalog))
            mo_path(language).write_bytes(mo_bytes(catalog))
        elif texts(catalog) != texts(translated(language)) or texts(catalog) != texts(compiled(language)):
            wrong = True
            print(f"out of date: {language}; run tools/translations.py")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
