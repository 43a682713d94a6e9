"""Photos whose folder is gone while its disk is there: nobody is offered to open them, and they come back."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ritrova.engine.events import Notice
from ritrova.engine.replies import DetailsOf, Folders
from ritrova.engine.requests import Details, ListFolders, Preview, RelocateFolder
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
