"""docs/training-data.md says what the readers do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ritrova_trainer.data import FaultKind, Filter, Format
from ritrova_trainer.data.library_export import Mark, read_photos

if TYPE_CHECKING:
    from trainer.data.conftest import DataSet

PAGE = (Path(__file__).parents[3] / "docs/training-data.md").read_text(encoding="utf-8")


def named_in_table(section: str) -> list[str]:
    """The first column of the section's table."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\| `(\w[\w-]*)` \|", text, re.MULTILINE)


def test_the_page_names_every_format_fault_and_filter_in_order() -> None:
    assert named_in_table("Formats") == [form.value for form in Format]
    assert named_in_table("What is wrong with data") == [kind.value for kind in FaultKind]
    assert named_in_table("Cleaning") == [name.value for name in Filter]


def test_the_example_of_an_export_is_one(made: DataSet) -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    path = made.write("export.jsonl", example)
    (photo,) = read_photos(path, made.faults.add)
    assert photo.marks == (Mark("mareggiata", True), Mark("spiaggia affollata", False))
    assert [pair.captions for pair in made.read(path)] == [("onde alte sugli scogli", "mareggiata", "mare, inverno")]
    assert made.counts() == {}
