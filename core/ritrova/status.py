"""What a library holds, and how it searches."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ritrova.paths import LibraryPaths
from ritrova.search import Indexes
from ritrova.store.database import SCHEMA
from ritrova.store.records import ModelRecord
from ritrova.store.store import Store
from ritrova.text import Message
from ritrova.watched import FolderInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts and sizes."""

    photos: int  # files that are present
    searchable: int  # those of them that the model in use has seen
    missing: int
    forgettable: int  # those of them whose folder is there
    failed: int
    model: str
    index: str  # exact, hnsw
    index_reason: Message
    database_bytes: int
    index_bytes: int
    schema: str
    models: list[ModelRecord]


def status_of(paths: LibraryPaths, store: Store, folders: Sequence[FolderInfo], indexes: Indexes, model: str) -> Status:
    """Of a library that uses `model` and watches `folders`."""
    choice = indexes.choice(filtered=False)
    return Status(
        photos=sum(folder.photos for folder in folders),
        searchable=store.count_searchable(indexes.source.model),
        missing=sum(folder.missing for folder in folders),
        forgettable=sum(folder.forgettable for folder in folders),
        failed=sum(folder.failed for folder in folders),
        model=model,
        index=choice.kind,
        index_reason=choice.why,
        database_bytes=bytes_of([paths.database]),
        index_bytes=bytes_of(paths.index.rglob("*")),
        schema=SCHEMA,
        models=store.models(),
    )


def bytes_of(paths: Iterable[Path]) -> int:
    """Of the files among these; what a cache loses while it is counted does not count."""
    total = 0
    for path in paths:
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total
