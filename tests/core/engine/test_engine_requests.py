"""A window asks, the engine answers: every request, against a real process with the fake encoder."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from PIL import Image

from ritrova.engine.curation_requests import (
    AddToAlbum,
    DeleteAlbum,
    MakeAlbum,
    RemoveFromAlbum,
    RenameAlbum,
    SetFavourite,
    SetKeywords,
    SetRating,
)
from ritrova.engine.events import IndexEnded, IndexingState, ModelReady, Progress
from ritrova.engine.query import Query, Scope
from ritrova.engine.replies import (
    Albums,
    Changed,
    DetailsOf,
    Diagnosis,
    Done,
    Exported,
    Failures,
    Folders,
    ModelsOf,
    Picture,
    SettingsOf,
    StatusOf,
    Trashed,
    Unfolded,
)
from ritrova.engine.requests import (
    AddFolder,
    Apply,
    ChangeSettings,
    Details,
    Doctor,
    ExportCopies,
    GetSettings,
    GetStatus,
    Index,
    IndexModel,
    ListAlbums,
    ListFailures,
    ListFolders,
    ListModels,
    Pause,
    PictureOf,
    Preview,
    RemoveFolder,
    Resume,
    RetryFailures,
    Search,
    SetPatterns,
    Thumbnail,
    Trash,
    Unfold,
    UseModel,
)
from ritrova.photo import Filters

MakePhoto = Callable[..., Path]
Window: TypeAlias = Any  # of conftest.py


@pytest.fixture
def window(open_window: Any, folder: Path, make_photo: MakePhoto) -> Window:
    """A window on a library of three photos: rosso.jpg, verde.jpg, mare/blu.jpg."""
    make_photo("rosso.jpg", "rosso")
    make_photo("verde.jpg", "verde")
    make_photo("mare/blu.jpg", "blu", size=(32, 48))
    window: Window = open_window()
    assert window.hello.first_run
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_until_indexed(added=3)
    return window


def test_ratings_favourites_and_keywords_are_kept_found_and_taken_back(shared: Window) -> None:
    _, [columns] = shared.search("rosso")
    files = columns.files
    rated = shared.ask(SetRating(files=files[:2], rating=4), Changed)
    assert rated.photos == 2
    assert shared.ask(SetFavourite(files=files[:1], favourite=True), Changed).photos == 1
    worded = shared.ask(SetKeywords(files=files, add=("mare",)), Changed)
    assert len(shared.found(Query(filters=Filters(rating_min=4)))) == 2
    assert shared.found(Query(scope=Scope(kind="favourites"))) == ["rosso.jpg"]
    assert len(shared.found(Query(filters=Filters(keywords=("MARE",))))) == 3
    _, [columns] = shared.search("rosso")
    assert columns.marks[0] == 8 + 4
    details = shared.ask(Details(files=files[:1]), DetailsOf).photos[0]
    assert (details.rating, details.favourite, details.keywords) == (4, True, ("mare",))
    redo = shared.ask(Apply(steps=(*rated.undo, *worded.undo)), Changed)
    assert shared.found(Query(filters=Filters(rating_min=1))) == []
    assert shared.found(Query(filters=Filters(keywords=("mare",)))) == []
    assert redo.photos == 3
    undo = shared.ask(Apply(steps=redo.undo), Changed).undo
    assert len(shared.found(Query(filters=Filters(rating_min=4, keywords=("mare",))))) == 2
    shared.ask(Apply(steps=(*undo, SetFavourite(files=files, favourite=False))), Changed)


def test_albums_are_filled_ordered_deleted_and_brought_back(shared: Window) -> None:
    _, [columns] = shared.search("")
    one, two, three = columns.files
    made = shared.ask(MakeAlbum(name="Estate", files=(two, one)), Changed)
    assert made.album is not None
    album = Query(scope=Scope(kind="album", album=made.album), fold=False)
    order = shared.search(album)[1][0].files
    assert order == (two, one)
    shared.ask(AddToAlbum(album=made.album, files=(three, one), at=0), Changed)
    assert shared.search(album)[1][0].files == (three, two, one)
    taken = shared.ask(RemoveFromAlbum(album=made.album, files=(two,)), Changed)
    shared.ask(Apply(steps=taken.undo), Changed)
    assert shared.search(album)[1][0].files == (three, two, one)
    shared.ask(RenameAlbum(album=made.album, name="Inverno"), Changed)
    deleted = shared.ask(DeleteAlbum(album=made.album), Changed)
    assert shared.ask(ListAlbums(), Albums).albums == ()
    shared.ask(Apply(steps=deleted.undo), Changed)
    [listed] = shared.ask(ListAlbums(), Albums).albums
    assert (listed.id, listed.name, listed.photos) == (made.album, "Inverno", 3)
    shared.ask(DeleteAlbum(album=made.album), Changed)
    assert shared.refused(DeleteAlbum(album=99)).error.type == "UsageError"


def test_two_albums_never_have_the_same_name(shared: Window) -> None:
    made = shared.ask(MakeAlbum(name="Città", query=Query(text="rosso")), Changed)
    other = shared.ask(MakeAlbum(name="Mare"), Changed)
    clash = " CITTA\u0300 "  # the accent apart, in another case: it looks the same
    for request in (MakeAlbum(name=clash), RenameAlbum(album=other.album or 0, name=clash)):
        error = shared.refused(request).error
        assert (error.whose, error.title.params) == ("usage", {"name": "Città"})
        assert error.remedy is not None
    shared.ask(RenameAlbum(album=made.album or 0, name="città"), Changed)  # its own name, written otherwise
    deleted = shared.ask(DeleteAlbum(album=other.album or 0), Changed)
    newer = shared.ask(MakeAlbum(name="mare"), Changed)
    shared.ask(Apply(steps=deleted.undo), Changed)  # what was deleted comes back in any case
    assert [each.name for each in shared.ask(ListAlbums(), Albums).albums] == ["città", "mare", "Mare (2)"]
    for album in (made.album, other.album, newer.album):
        shared.ask(DeleteAlbum(album=album or 0), Changed)


def test_a_saved_search_is_an_album_that_fills_itself(shared: Window) -> None:
    query = Query(text="verde", filters=Filters(orientation="landscape"))
    made = shared.ask(MakeAlbum(name="Prati", query=query), Changed)
    assert shared.found(Query(scope=Scope(kind="album", album=made.album))) == ["verde.jpg", "rosso.jpg"]
    [listed] = shared.ask(ListAlbums(), Albums).albums
    assert listed.query == query
    refusal = shared.refused(AddToAlbum(album=made.album or 0, files=(1,)))
    assert refusal.error.whose == "usage"
    shared.ask(Apply(steps=made.undo), Changed)
    assert shared.ask(ListAlbums(), Albums).albums == ()


def test_several_steps_are_all_done_or_none(shared: Window) -> None:
    _, [columns] = shared.search("")
    shared.refused(Apply(steps=(SetRating(files=columns.files, rating=5), DeleteAlbum(album=99))))
    assert shared.found(Query(filters=Filters(rating_min=5))) == []


def test_folders_are_listed_restricted_and_removed(window: Window, folder: Path) -> None:
    path = os.fsencode(folder)
    [listed] = window.ask(ListFolders(), Folders).folders
    assert (listed.path, listed.photos, listed.state) == (path, 3, "watched")
    window.ask(SetPatterns(path=path, include=("r*.jpg",), exclude=("mare",)), Folders)
    window.wait_until_indexed(missing=2)
    assert window.found("rosso") == ["rosso.jpg"]
    assert window.refused(AddFolder(path=path)).error.type == "UsageError"
    assert window.ask(RemoveFolder(path=path), Folders).folders == ()
    assert window.search("rosso")[0].total == 0
    assert (folder / "rosso.jpg").exists()


def test_indexing_is_paused_over_a_new_start_and_resumed(
    window: Window, open_window: Any, make_photo: MakePhoto
) -> None:
    window.ask(Pause(), Done)
    window.wait_for(IndexingState, lambda event: event.state == "paused")
    window.close()
    make_photo("giallo.jpg", "giallo")
    again: Window = open_window()
    again.wait_for(IndexingState, lambda event: event.state == "paused")
    again.ask(Index(), Done)
    assert again.search("giallo")[0].total == 3
    again.ask(Resume(), Done)
    again.wait_until_indexed(added=1)
    assert again.found("giallo")[0] == "giallo.jpg"


def test_what_cannot_be_read_is_listed_and_tried_again_when_asked(window: Window, folder: Path) -> None:
    bad = folder / "rotta.jpg"
    bad.write_bytes(b"\xff\xd8\xff" + bytes(100))
    window.ask(Index(), Done)
    window.wait_for(IndexEnded, lambda event: event.report is not None and event.report.failed == 1)
    [failure] = window.ask(ListFailures(), Failures).failures
    assert failure.path == os.fsencode(bad)
    attempts = failure.attempts
    before = len(window.events)
    window.ask(RetryFailures(paths=(failure.path,)), Done)
    window.wait_for(IndexEnded, lambda event: event.report is not None and event.report.read == 1, before)
    assert window.ask(ListFailures(), Failures).failures[0].attempts == attempts + 1


def test_photos_are_shown_upright_from_a_bounded_cache(window: Window, folder: Path, root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200), (130, 40, 170)).save(folder / "viola.jpg", exif=exif)
    window.ask(Index(), Done)
    window.wait_until_indexed(added=4)
    _, [columns] = window.search("viola")
    picture = window.ask(Preview(file=columns.files[0], side=150), Picture)
    assert (picture.width, picture.height, picture.full) == (200, 300, False)
    assert picture.path is not None
    with Image.open(os.fsdecode(picture.path)) as image:
        assert (image.format, image.size) == ("JPEG", (100, 150))
    full = window.ask(Preview(file=columns.files[0]), Picture)
    assert full.full
    with Image.open(os.fsdecode(full.path or b"")) as image:
        assert image.size == (200, 300)
    assert Path(os.fsdecode(picture.path)).is_relative_to(root)
    (folder / "viola.jpg").unlink()
    assert window.refused(Preview(file=columns.files[0], side=150)).error.type == "DecodeFailure"


def test_any_photo_on_the_disk_can_be_shown_small(shared: Window, tmp_path: Path) -> None:
    elsewhere = tmp_path / "altrove.jpg"
    Image.new("RGB", (640, 480), (130, 40, 170)).save(elsewhere)
    asked = PictureOf(path=os.fsencode(elsewhere), side=64)
    picture = shared.ask(asked, Picture)
    with Image.open(os.fsdecode(picture.path)) as shown:
        assert (shown.size, picture.width, picture.height) == ((64, 48), 640, 480)
    assert shared.ask(asked, Picture).path == picture.path
    elsewhere.write_text("no photo")
    assert shared.refused(asked).error.path == os.fsencode(elsewhere)


def test_thumbnails_that_were_deleted_are_made_again(shared: Window) -> None:
    _, [columns] = shared.search("rosso")
    first = shared.ask(Thumbnail(content=columns.hash(0)), Picture)
    assert first.path is not None
    Path(os.fsdecode(first.path)).unlink()
    assert shared.ask(Thumbnail(content=columns.hash(0)), Picture).path == first.path
    assert Path(os.fsdecode(first.path)).exists()
    assert shared.ask(Thumbnail(content=bytes(32)), Picture).path is None
    path = Path(os.fsdecode(first.path or b""))
    path.write_bytes(b"RIFF no picture")
    assert shared.ask(Thumbnail(content=columns.hash(0), anew=True), Picture).path == first.path
    assert path.read_bytes()[8:12] == b"WEBP"


def test_copies_never_take_the_place_of_a_file(shared: Window, tmp_path: Path) -> None:
    target = tmp_path / "copie"
    target.mkdir()
    (target / "rosso.jpg").write_bytes(b"mine")
    _, [columns] = shared.search("rosso")
    exported = shared.ask(ExportCopies(files=columns.files[:1], folder=os.fsencode(target)), Exported)
    assert exported.files[0].to == os.fsencode(target / "rosso (2).jpg")
    assert (target / "rosso.jpg").read_bytes() == b"mine"
    assert shared.refused(ExportCopies(files=(1,), folder=b"/no/such")).error.whose == "usage"


def test_the_trash_takes_photos_out_of_what_is_found(window: Window, folder: Path, tmp_path: Path) -> None:
    _, [columns] = window.search("rosso")
    trashed = window.ask(Trash(files=columns.files[:1]), Trashed)
    assert trashed.files[0].ok, trashed
    assert not (folder / "rosso.jpg").exists()
    assert [path.name for path in (tmp_path / "data/Trash/files").iterdir()] == ["rosso.jpg"]
    assert len(window.found("rosso")) == 2
    again = window.ask(Trash(files=columns.files[:1]), Trashed)
    assert not again.files[0].ok
    assert again.files[0].why is not None


def test_settings_are_described_changed_and_refused(shared: Window) -> None:
    settings = shared.ask(GetSettings(), SettingsOf)
    assert settings.values["backups"]["keep"] > 3
    assert "properties" in settings.json_schema
    changed = shared.ask(ChangeSettings(values={"backups": {"keep": 3}}), SettingsOf)
    assert changed.values["backups"] == settings.values["backups"] | {"keep": 3}
    refusal = shared.refused(ChangeSettings(values={"backups": {"keep": "many"}, "indexing": {"paused": True}}))
    assert refusal.error.whose == "usage"
    assert shared.ask(GetSettings(), SettingsOf).values["indexing"]["paused"] is False


def test_the_state_the_models_and_the_doctor_are_told(shared: Window) -> None:
    status = shared.ask(GetStatus(), StatusOf)
    assert (status.photos, status.searchable, status.model, status.indexing) == (3, 3, "fake", "idle")
    models = {model.name: model for model in shared.ask(ListModels(), ModelsOf).models}
    assert models["fake"].in_use
    assert models["fake"].seen == 3
    assert shared.refused(UseModel(name="none")).error.whose == "usage"
    assert shared.refused(IndexModel(name="none")).error.whose == "usage"
    findings = shared.ask(Doctor(), Diagnosis).findings
    assert {finding.name for finding in findings} >= {"versions", "database", "model"}


def test_twins_fold_into_one_tile_and_unfold_again(window: Window, make_photo: MakePhoto) -> None:
    make_photo("rosso2.jpg", "rosso", size=(96, 64))
    window.ask(Index(), Done)
    window.wait_until_indexed(added=4)
    number = window.send(Search(spec=Query(text="rosso")))
    reply: Any = window.answer(number)
    columns = reply.body.columns
    assert reply.body.total == 3
    assert columns.folded[0] == 1
    unfolded = window.ask(Unfold(search=number, content=columns.hash(0)), Unfolded)
    assert len(unfolded.columns) == 2
    assert window.refused(Unfold(search=number - 1, content=columns.hash(0))).error.type == "Superseded"


def test_progress_is_told_while_indexing(window: Window, make_photo: MakePhoto) -> None:
    for number in range(150):
        make_photo(f"n/{number}.jpg", "nero", size=(16 + number, 16))
    before = len(window.events)
    window.ask(Index(), Done)
    window.wait_until_indexed(added=153)
    assert any(isinstance(event, Progress) for event in window.events[before:])


def test_what_changes_in_a_watched_folder_is_found_by_itself(
    window: Window, folder: Path, make_photo: MakePhoto
) -> None:
    make_photo("nuova/viola.jpg", "viola")
    window.wait_until_indexed(added=4)
    assert window.found("viola")[0] == "viola.jpg"
    (folder / "nuova" / "viola.jpg").unlink()
    window.wait_until_indexed(missing=1)
    assert "viola.jpg" not in window.found("viola")


def test_a_second_model_sees_the_photos_beside_the_first_and_is_used_when_it_is_complete(window: Window) -> None:
    before = len(window.events)
    window.ask(IndexModel(name="ritrova-small-it", use=True), Done)
    assert window.found("rosso")[0] == "rosso.jpg"  # meanwhile the first one answers
    window.wait_for(ModelReady, lambda event: event.model == "ritrova-small-it", before)
    [used] = [model for model in window.ask(ListModels(), ModelsOf).models if model.in_use]
    assert (used.name, used.seen, used.total) == ("ritrova-small-it", 3, 3)
    assert window.search("una foto rossa")[0].total == 3
    window.ask(UseModel(name="fake"), ModelsOf)
    assert window.found("rosso")[0] == "rosso.jpg"
