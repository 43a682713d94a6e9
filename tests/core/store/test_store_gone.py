"""A library whose folder is taken away is written no more."""

from pathlib import Path

import pytest

from ritrova.errors import LibraryError
from ritrova.store.store import Store


def test_nothing_is_written_into_a_database_that_is_gone(tmp_path: Path) -> None:
    root = tmp_path / "library"
    root.mkdir()
    store = Store(root / "library.sqlite3", write=True)
    try:
        root.rename(tmp_path / "elsewhere")
        for transaction in (store.typing, store.writing):
            with pytest.raises(LibraryError), transaction():
                pass
        (tmp_path / "elsewhere").rename(root)
        with store.typing():
            pass
    finally:
        store.close()
