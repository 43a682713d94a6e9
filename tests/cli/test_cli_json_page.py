"""docs/json.md describes what the commands print: the same names in the same order, every command, every kind."""

import json
import re
from pathlib import Path

import pytest

from ritrova.backup.archive import Contents
from ritrova.backup.restoring import Restored
from ritrova.checking import Finding
from ritrova.cli import contract
from ritrova.cli.main import COMMANDS
from ritrova.cli.models import COMMANDS as MODEL_COMMANDS
from ritrova.encoding.models import ModelInfo
from ritrova.errors import FailureKind
from ritrova.folders.volumes import Presence
from ritrova.photo import Failure, Hit, IndexReport
from ritrova.status import Status
from ritrova.store.records import ModelRecord
from ritrova.text import msg
from ritrova.watched import FolderInfo

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]

HIT = Hit(rank=1, path=b"/a.jpg", score=0.31, strength=None, taken_at=None, width=4, height=3, content=b"\0" * 32)
MODEL = ModelInfo(
    name="prova", version="1", path=Path("/m"), bundled=True, dimension=4, fingerprint="0" * 16, licence="MIT", size=1,
    figures={},
)  # fmt: skip
STATUS = Status(
    photos=1, searchable=1, missing=0, forgettable=0, failed=0, model="prova", index="exact", index_reason=msg("Model"),
    database_bytes=1, index_bytes=1, schema="0001", models=[ModelRecord("0" * 16, "prova", 4, 1)],
)  # fmt: skip
CONTENTS = Contents.model_validate(
    {"program": "1", "made_at": "2026-11-25T16:30:00+00:00", "schema_version": "0002", "photos": 1, "files": {}}
)
FINDING = Finding(name="database", title=msg("Database"), state="good", found=msg("It is whole."))


@pytest.mark.parametrize(
    "thing",
    [
        contract.index_object(IndexReport(added=1, seconds=2.0)),
        contract.hit_object("mare", HIT),
        contract.failure_object(Failure(path=b"/a.jpg", kind=FailureKind.CORRUPT, reason="broken", attempts=1)),
        contract.folder_object(FolderInfo(b"/foto", 1, 0, 0, Presence.HERE, "home")),
        contract.model_object(MODEL, in_use=True),
        contract.status_object(Path("/library"), STATUS),
        contract.backup_object(Path(__file__), CONTENTS),
        contract.restore_object(Path("/library"), Restored(CONTENTS, None)),
        contract.check_object([FINDING]),
    ],
    ids=lambda thing: "-".join(list(thing)[:2]),
)
def test_the_page_shows_each_object_with_all_its_names(thing: contract.Object) -> None:
    same = [example for example in EXAMPLES if list(example) == list(thing)]

    assert len(same) == 1
    json.dumps(thing, allow_nan=False)
    for name, value in thing.items():
        shown = same[0][name]
        assert None in (value, shown) or isinstance(value, type(shown)), name


def test_the_page_names_every_command() -> None:
    for command in COMMANDS:
        if command.hidden:
            continue
        assert f"`ritrova {command.name}`" in PAGE
    for command in MODEL_COMMANDS:
        assert f"`{command.name}`" in PAGE


def test_the_page_names_every_kind_of_failure() -> None:
    for kind in FailureKind:
        assert f"`{kind.value}`" in PAGE
