"""Writes docs/settings.md from the settings themselves.

python tools/settings_page.py           write the page
python tools/settings_page.py --check   change nothing; fail where the page is out of date
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ritrova.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """\
# Settings

Each library keeps its settings in `settings.json` in its own folder; what the file does not name has its default.
A name or a value that is not in this list is refused when the library is opened.
This page is made from `ritrova.settings` (`make settings-page`), and a test compares them.
"""
SIGNS = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}


def allowed(field: FieldInfo) -> str:
    """The values that the field takes."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    bounds = [f"{sign} {getattr(bound, name):g}" for bound in field.metadata for sign, name in [SIGNS[type(bound)]]]
    return ", ".join([_type_name(field.annotation), *bounds])


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is tuple:
        return f"list of {_type_name(get_args(annotation)[0])}"
    if isinstance(annotation, UnionType):
        return " or ".join(_type_name(part) for part in get_args(annotation))
    return {int: "whole number", float: "number", str: "text", bool: "true or false", type(None): "null"}[annotation]


def rows(section: type[BaseModel]) -> Iterator[str]:
    """The lines of one section's table."""
    yield "| name | values | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in section.model_fields.items():
        default = json.dumps(field.default, ensure_ascii=False)
        yield f"| `{name}` | {allowed(field)} | `{default}` | {field.description} |"


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for name, field in Settings.model_fields.items():
        section = type(field.default)
        lines += [f"## `{name}`", "", section.__doc__ or "", "", *rows(section), ""]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the page is out of date")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        print("docs/settings.md is out of date: run make settings-page")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
