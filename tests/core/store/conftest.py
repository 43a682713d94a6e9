"""A store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritrova.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path, write=True)
    yield store
    store.close()
