"""Sidecars beside the photos, as the engine writes them: only where the person wants it, aside, and with a word."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from ritrova.engine.channel import Sender
from ritrova.engine.curation_requests import SetFavourite, SetKeywords, SetRating
from ritrova.engine.events import IndexEnded, Notice
from ritrova.engine.outlet import Outlet
from ritrova.engine.query import Query
from ritrova.engine.replies import Changed, DetailsOf, Folders, SettingsOf
from ritrova.engine.requests import AddFolder, Apply, ChangeSettings, Details
from ritrova.engine.sidecars import Sidecars
from ritrova.images.metadata import sidecar as parse
from ritrova.images.xmp_writing import EMPTY, Edit, edited
from ritrova.library import Library
from ritrova.progress import Courtesy
from ritrova.sidecars import SidecarWriter
from ritrova.store.marks import Touched

MakePhoto = Callable[..., Path]
Window: TypeAlias = Any  # of conftest.py
WAIT_S = 60.0


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def stars(path: Path) -> int | None:
    return parse(path.read_bytes()).rating if path.exists() else None


def test_sidecars_follow_the_person_once_they_are_wanted(open_window: Any, folder: Path, make_photo: MakePhoto) -> None:
    photo = make_photo("a.jpg")
    make_photo("b.jpg", "blu")
    make_photo("c.jpg", "verde")
    (folder / "b.xmp").write_text("<broken>")
    window: Window = open_window()
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_until_indexed(added=3)
    _, (columns,) = window.search(Query(order="oldest"))
    paths = {
        os.path.basename(each.path): each.file for each in window.ask(Details(files=columns.files), DetailsOf).photos
    }
    file, broken = paths[b"a.jpg"], paths[b"b.jpg"]
    sidecar = folder / "a.jpg.xmp"

    packet = edited(EMPTY, Edit(stars=True, rating=2))
    assert packet is not None
    (folder / "c.xmp").write_bytes(packet)  # another program's stars are shown as soon as they are seen
    at = columns.files.index(paths[b"c.jpg"])
    eventually(lambda: window.search(Query(order="oldest"))[1][0].marks[at] == 2)
    window.wait_for(IndexEnded, lambda event: event.report is not None and event.report.noted == 1)

    window.ask(SetFavourite(files=(file,), favourite=True), Changed)
    window.ask(SetRating(files=(file, broken), rating=5), Changed)
    window.ask(ChangeSettings(values={"sidecars": {"write": True}}), SettingsOf)
    assert not sidecar.exists()  # what was said before is not written by itself

    bytes_before, after = photo.read_bytes(), len(window.events)
    undo = window.ask(SetRating(files=(file, broken), rating=4), Changed).undo
    notice = window.wait_for(Notice, after=after)
    assert notice.message.params["path"] == os.fsdecode(folder / "b.xmp")
    assert notice.remedy is not None
    eventually(lambda: stars(sidecar) == 4)
    window.ask(SetKeywords(files=(file,), add=("nonna",)), Changed)
    eventually(lambda: parse(sidecar.read_bytes()).keywords == ("nonna",))
    window.ask(Apply(steps=undo), Changed)
    eventually(lambda: stars(sidecar) == 5)
    (told,) = window.ask(Details(files=(file,)), DetailsOf).photos
    assert (told.rating, told.keywords, told.metadata.rating) == (5, ("nonna",), None)

    window.wait_for(IndexEnded, lambda event: event.report is not None, after=after)  # the watch saw our writing
    reports = [each.report for each in window.events[after:] if isinstance(each, IndexEnded) and each.report]
    assert [(report.read, report.embedded, report.noted) for report in reports] == [(0, 0, 0)] * len(reports)
    assert photo.read_bytes() == bytes_before
    window.ask(SetRating(files=(file,), rating=1), Changed)
    window.close()  # what waits is written before the end
    assert stars(sidecar) == 1
    assert (folder / "b.xmp").read_text() == "<broken>"


def test_a_thousand_changes_return_at_once_and_wait_for_searches(library: Library, make_photo: MakePhoto) -> None:
    make_photo("a.jpg")
    library.index()
    library.settings.sidecars.write = True
    hash_ = next(iter(library.store.hashes()))
    courtesy = Courtesy()
    with open(os.devnull, "wb") as nowhere:
        sidecars = Sidecars(library, Outlet(Sender(nowhere)), courtesy)
        (folder,) = library.store.watched().values()
        sidecar = Path(os.fsdecode(folder)) / "a.jpg.xmp"
        with library.store.typing() as connection:
            connection.exec_driver_sql("INSERT INTO mark (hash, rating, favourite) VALUES (?, 3, 0)", (hash_,))
        with courtesy.before_others():  # a search is under way
            begun = time.monotonic()
            sidecars.write({hash_: Touched(rating=True)} | {os.urandom(32): Touched(rating=True) for _ in range(1000)})
            assert time.monotonic() - begun < 0.2
            time.sleep(0.1)
            assert not sidecar.exists()
        eventually(sidecar.exists)
        sidecars.close()
    assert stars(sidecar) == 3


def test_what_a_killed_engine_had_still_to_write_is_written_at_the_next_start(
    open_window: Any, root: Path, folder: Path, make_photo: MakePhoto
) -> None:
    photo = make_photo("0.jpg")
    photos = [photo, *(Path(shutil.copy(photo, folder / f"{n}.jpg")) for n in range(1, 200))]
    window: Window = open_window()
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_until_indexed(added=len(photos))
    window.ask(ChangeSettings(values={"sidecars": {"write": True}}), SettingsOf)
    window.ask(SetRating(files=window.search("")[1][0].files[:1], rating=4), Changed)
    window.process.kill()
    window.process.wait(WAIT_S)
    sidecars = [photo.with_name(f"{photo.name}.xmp") for photo in photos]
    assert (root / "sidecars.json").exists()
    assert not all(sidecar.exists() for sidecar in sidecars)

    again: Window = open_window()
    eventually(lambda: all(stars(sidecar) == 4 for sidecar in sidecars))
    eventually(lambda: not (root / "sidecars.json").exists())
    again.close()


def test_what_a_kill_left_half_written_beside_a_photo_goes_with_the_next_writing(
    library: Library, make_photo: MakePhoto
) -> None:
    photo = make_photo("a.jpg")
    library.index()
    (hash_,) = library.store.hashes()
    half, others = photo.with_name(".a.jpg.xmp.0_abcxyz.part"), photo.with_name(".b.jpg.xmp.0_abcxyz.part")
    half.write_text("<x:xmpm")
    others.write_text("of a program that is still writing")
    with library.store.typing() as connection:
        connection.exec_driver_sql("INSERT INTO mark (hash, rating, favourite) VALUES (?, 3, 0)", (hash_,))

    SidecarWriter(library.store).write({hash_: Touched(rating=True)}, (), lambda: None)

    assert stars(photo.with_name("a.jpg.xmp")) == 3
    assert not half.exists()
    assert others.exists()


def test_a_kill_between_the_promise_and_the_writing_loses_nothing(library: Library, make_photo: MakePhoto) -> None:
    sidecar = make_photo("a.jpg").with_name("a.jpg.xmp")
    library.index()
    library.settings.sidecars.write = True
    (hash_,) = library.store.hashes()
    with open(os.devnull, "wb") as nowhere:
        killed = Sidecars(library, Outlet(Sender(nowhere)), Courtesy())
        killed.promise({hash_: Touched(rating=True, words={"nonna"})})
        killed.close()
        with library.store.typing() as connection:
            connection.exec_driver_sql("INSERT INTO mark (hash, rating, favourite) VALUES (?, 3, 0)", (hash_,))
        assert not sidecar.exists()
        following = Sidecars(library, Outlet(Sender(nowhere)), Courtesy())
        following.resume()
        eventually(lambda: stars(sidecar) == 3)
        following.close()
        assert not library.paths.pending_sidecars.exists()

        library.paths.pending_sidecars.write_text("{damaged")
        last = Sidecars(library, Outlet(Sender(nowhere)), Courtesy())
        last.resume()  # nothing is known of it then, and nothing breaks
        last.close()
