"""Photos whose folder or disk is not there: nobody is offered to open them, and they come back."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from ritrova.engine.base import Text
from ritrova.engine.events import LibraryChanged, Notice
from ritrova.engine.replies import AWAY, DetailsOf, Folders
from ritrova.engine.requests import Details, ListFolders, Preview, RelocateFolder
from ritrova.folders.states import OFFLINE
from ritrova.library import Library

MakePhoto = Callable[..., Path]
Open = Callable[[], Any]


def test_they_are_not_offered_and_are_found_again_where_they_are_now(
    library: Library, make_photo: MakePhoto, open_window: Open, folder: Path
) -> None:
    make_photo("rosso.jpg", "rosso")
    library.index()
    library.close()
    window = open_window()
    results, [columns] = window.search("rosso")
    assert results.total == 1
    file = columns.files[0]
    assert window.ask(Details(files=(file,)), DetailsOf).photos[0].present

    now = folder.rename(folder.with_name("altrove"))
    told = window.wait_for(Notice, lambda notice: notice.action == "folders")
    assert str(folder) in str(told.message.message())
    window.wait_until_indexed(missing=1)
    assert window.search("rosso")[0].total == 0
    [photo] = window.ask(Details(files=(file,)), DetailsOf).photos
    assert not photo.present
    assert photo.why is not None
    assert window.refused(Preview(file=file, side=256)).error.title == photo.why
    [state] = window.ask(ListFolders(), Folders).folders
    assert (state.state, state.photos, state.missing) == ("vanished", 0, 1)
    assert state.remedy is not None

    window.ask(RelocateFolder(path=os.fsencode(folder), to=os.fsencode(now)), Folders)
    window.wait_until_indexed(returned=1)
    results, [columns] = window.search("rosso")
    assert (results.total, columns.files) == (1, (file,))
    [photo] = window.ask(Details(files=(file,)), DetailsOf).photos
    assert (photo.present, photo.path) == (True, os.fsencode(now / "rosso.jpg"))


def test_those_of_a_disk_that_is_not_there_are_found_and_marked(
    library: Library, make_photo: MakePhoto, open_window: Open
) -> None:
    make_photo("rosso.jpg", "rosso")
    library.index()
    library.close()
    with closing(sqlite3.connect(library.paths.database)) as connection, connection:
        connection.execute("UPDATE volume SET identity = 'uuid:pulled-out'")
    window = open_window()
    window.wait_for(LibraryChanged, lambda change: change.what == "folders")
    results, [columns] = window.search("rosso")
    assert results.total == 1
    assert list(columns.marks) == [AWAY]
    [photo] = window.ask(Details(files=columns.files), DetailsOf).photos
    assert OFFLINE.reason is not None
    assert (photo.present, photo.why) == (False, Text.of(OFFLINE.reason))
    [state] = window.ask(ListFolders(), Folders).folders
    assert (state.state, state.photos, state.missing) == ("offline", 1, 0)
