"""Who can only read, for another process writes, writes when that one has ended."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ritrova.engine.events import Notice
from ritrova.engine.replies import Folders, StatusOf
from ritrova.engine.requests import AddFolder, GetStatus
from ritrova.errors import LibraryReadOnly
from ritrova.library import Library

MakePhoto = Callable[..., Path]
Open = Callable[[], Any]


def test_a_reader_becomes_the_writer_with_all_that_the_writer_left(
    library: Library, make_photo: MakePhoto, root: Path
) -> None:
    make_photo("rosso.jpg", "rosso")
    library.index()
    with Library.open(root) as reader:
        assert len(reader.search("rosso")) == 1
        assert not reader.become_writer()
        make_photo("verde.jpg", "verde")
        library.index()
        changed = library.settings.model_copy(deep=True)
        changed.backups.automatic = False
        library.change_settings(changed)
        with pytest.raises(LibraryReadOnly):
            reader.index()
        library.close()

        assert reader.become_writer()
        assert not reader.settings.backups.automatic
        assert len(reader.browser.catalogue) == 2
        make_photo("blu.jpg", "blu")
        assert reader.index().added == 1
        assert len(reader.search("blu")) == 3
        assert reader.damage() == []


def test_the_window_is_told_and_can_change_the_library(
    library: Library, make_photo: MakePhoto, open_window: Open, tmp_path: Path
) -> None:
    make_photo("rosso.jpg", "rosso")
    window = open_window()
    assert window.hello.read_only
    library.close()

    window.ask(GetStatus(), StatusOf)  # someone is there
    hello = window.next_hello()
    assert not hello.read_only
    assert hello.writer is None
    window.wait_for(Notice, lambda notice: "again" in notice.message.key)
    window.wait_until_indexed(added=1)  # it follows its folders now
    (tmp_path / "altre").mkdir()
    window.ask(AddFolder(path=os.fsencode(tmp_path / "altre")), Folders)


def test_photos_that_only_an_older_version_of_the_model_saw_are_seen_again_by_themselves(
    library: Library, make_photo: MakePhoto, open_window: Open
) -> None:
    """As after an update of the program: the model has the same name and is another one."""
    make_photo("rosso.jpg", "rosso")
    make_photo("verde.jpg", "verde")
    library.index()
    database = library.paths.database
    library.close()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE model SET fingerprint = 'fa4e000000000000'")
    window = open_window()
    window.wait_until_indexed(embedded=2)
    assert window.found("rosso") == ["rosso.jpg", "verde.jpg"]
