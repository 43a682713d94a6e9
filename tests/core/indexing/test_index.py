"""Indexing finds what is new, recognises what it knows, forgets nothing, and never reads a photo in vain."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ritrova.errors import FailureKind, LibraryReadOnly
from ritrova.library import Library
from ritrova.photo import Filters, IndexReport
from ritrova.progress import Cancellation, Progress, Silent

MakePhoto = Callable[..., Path]


def told(report: IndexReport) -> dict[str, int]:
    """The counts that are not zero."""
    names = ("added", "changed", "moved", "missing", "returned", "unchanged", "failed", "embedded")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def paths(library: Library, text: str = "rosso", **filters: object) -> list[str]:
    return [os.path.basename(os.fsdecode(hit.path)) for hit in library.search(text, Filters(**filters), top=100)]  # type: ignore[arg-type]


def test_new_photos_are_found_by_what_they_show(library: Library, make_photo: MakePhoto) -> None:
    for colour in ("rosso", "verde", "blu"):
        make_photo(f"{colour}/{colour}.jpg", colour)
    assert told(library.index()) == {"added": 3, "embedded": 3}
    for colour in ("rosso", "verde", "blu"):
        hits = library.search(colour, top=1)
        assert os.path.basename(hits[0].path) == os.fsencode(f"{colour}.jpg")
        assert (hits[0].rank, hits[0].width, hits[0].height) == (1, 48, 32)


def test_a_second_run_reads_nothing(library: Library, make_photo: MakePhoto) -> None:
    for n in range(3):
        make_photo(f"{n}.jpg", size=(40 + n, 30))
    library.index()
    report = library.index()
    assert told(report) == {"unchanged": 3}
    assert report.read == 0


def test_a_renamed_photo_is_not_embedded_again(library: Library, make_photo: MakePhoto) -> None:
    path = make_photo("a.jpg")
    library.index()
    (path.parent / "sub").mkdir()
    path.rename(path.parent / "sub" / "b.jpg")
    assert told(library.index()) == {"moved": 1}
    assert paths(library) == ["b.jpg"]
    assert library.folders()[0].missing == 0


def test_a_renamed_directory_is_not_embedded_again(library: Library, make_photo: MakePhoto, folder: Path) -> None:
    for n in range(4):
        make_photo(f"mare/{n}.jpg", size=(40 + n, 30))
    library.index()
    (folder / "mare").rename(folder / "estate")
    assert told(library.index()) == {"moved": 4}
    assert told(library.index()) == {"unchanged": 4}


def test_a_photo_moved_between_watched_folders_keeps_its_row(
    library: Library, make_photo: MakePhoto, tmp_path: Path
) -> None:
    other = tmp_path / "altre"
    other.mkdir()
    library.add_folder(other)
    path = make_photo("a.jpg")
    library.index()
    path.rename(other / "a.jpg")
    assert told(library.index()) == {"moved": 1}
    assert [(info.photos, info.missing) for info in library.folders()] == [(0, 0), (1, 0)]


def test_a_copy_is_another_file_of_the_same_content(library: Library, make_photo: MakePhoto) -> None:
    path = make_photo("a.jpg")
    library.index()
    shutil.copy(path, path.with_name("b.jpg"))
    assert told(library.index()) == {"added": 1, "unchanged": 1}
    assert library.status().models[0].embeddings == 1
    assert (library.status().photos, library.status().searchable) == (2, 2)
    path.unlink()
    assert told(library.index()) == {"missing": 1, "unchanged": 1}
    assert (library.status().photos, library.status().searchable) == (1, 1)
    assert paths(library) == ["b.jpg"]


def test_two_copies_of_one_vanished_photo_do_not_fight_for_its_row(library: Library, make_photo: MakePhoto) -> None:
    path = make_photo("a.jpg")
    library.index()
    shutil.copy(path, path.with_name("b.jpg"))
    path.rename(path.with_name("c.jpg"))
    report = library.index()
    assert told(report) == {"added": 1, "moved": 1}
    assert told(library.index()) == {"unchanged": 2}


def test_an_edited_photo_is_embedded_again(library: Library, make_photo: MakePhoto) -> None:
    make_photo("a.jpg", "rosso")
    library.index()
    make_photo("a.jpg", "verde", size=(50, 50))
    assert told(library.index()) == {"changed": 1, "embedded": 1}
    assert library.status().searchable == 1
    assert library.search("verde")[0].score > 0.5


def test_an_edit_that_keeps_size_and_time_is_noticed_by_the_inode(library: Library, make_photo: MakePhoto) -> None:
    path = make_photo("a.jpg", "rosso")
    library.index()
    status = path.stat()
    new = make_photo("b.jpg", "verde")
    data = new.read_bytes()[: status.st_size].ljust(status.st_size, b"\0")
    new.write_bytes(data)
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.rename(path)
    assert told(library.index()) == {"changed": 1, "embedded": 1}


def test_a_touched_photo_is_read_and_not_embedded(library: Library, make_photo: MakePhoto) -> None:
    path = make_photo("a.jpg")
    library.index()
    os.utime(path)
    assert told(library.index()) == {"unchanged": 1}
    assert library.index().read == 0


def test_a_photo_that_goes_and_comes_back_with_the_same_time_and_size_is_found_again(
    library: Library, make_photo: MakePhoto, tmp_path: Path
) -> None:
    path = make_photo("a.jpg")
    library.index()
    path.rename(tmp_path / "away.jpg")
    assert told(library.index()) == {"missing": 1}
    assert paths(library) == []
    assert told(library.index()) == {}
    (tmp_path / "away.jpg").rename(path)
    report = library.index()
    assert told(report) == {"returned": 1}
    assert report.read == 0
    assert paths(library) == ["a.jpg"]


def test_a_photo_that_comes_back_under_another_name_is_a_move(
    library: Library, make_photo: MakePhoto, tmp_path: Path
) -> None:
    path = make_photo("a.jpg")
    library.index()
    path.rename(tmp_path / "away.jpg")
    library.index()
    (tmp_path / "away.jpg").rename(path.with_name("b.jpg"))
    assert told(library.index()) == {"moved": 1}


def test_two_photos_that_swap_names_stay_two(library: Library, make_photo: MakePhoto) -> None:
    a, b = make_photo("a.jpg", "rosso"), make_photo("b.jpg", "verde", size=(50, 50))
    library.index()
    a.rename(a.with_name("c.jpg"))
    b.rename(a)
    a.with_name("c.jpg").rename(b)
    assert told(library.index()) == {"changed": 2}
    assert paths(library, "verde")[0] == "a.jpg"
    assert library.status().searchable == 2


def test_a_broken_photo_costs_one_photo_and_is_listed(library: Library, make_photo: MakePhoto, folder: Path) -> None:
    make_photo("a.jpg")
    (folder / "b.jpg").write_bytes(b"this is a text")
    (folder / "c.jpg").write_bytes(make_photo("whole.jpg", size=(900, 900)).read_bytes()[:3000])
    (folder / "d.jpg").write_bytes(b"")
    os.mkfifo(folder / "e.jpg")
    report = library.index()
    assert told(report) == {"added": 2, "failed": 4, "embedded": 2}
    kinds = {os.path.basename(failure.path): failure.kind for failure in library.failures()}
    assert kinds == {
        b"b.jpg": FailureKind.UNSUPPORTED,
        b"c.jpg": FailureKind.CORRUPT,
        b"d.jpg": FailureKind.CORRUPT,
        b"e.jpg": FailureKind.UNSUPPORTED,
    }
    again = library.index()
    assert told(again) == {"unchanged": 2, "failed": 4}
    assert again.read == 0
    make_photo("b.jpg", "blu")
    for name in ("c.jpg", "d.jpg", "e.jpg"):
        (folder / name).unlink()
    assert told(library.index()) == {"added": 1, "unchanged": 2, "missing": 3, "embedded": 1}
    assert library.failures() == []
    assert library.folders()[0].missing == 0  # of what was never read nothing could come back


def test_a_removed_folder_leaves_the_photos_and_takes_their_traces(
    library: Library, make_photo: MakePhoto, folder: Path, root: Path
) -> None:
    path = make_photo("a.jpg")
    library.index()
    assert list(root.rglob("*.webp"))
    library.remove_folder(folder)
    assert path.exists()
    assert library.search("rosso") == []
    assert not list(root.rglob("*.webp"))


def test_originals_are_left_to_the_byte_and_the_nanosecond(library: Library, make_photo: MakePhoto) -> None:
    path = make_photo("a.jpg")
    before = path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode
    path.chmod(0o444)
    library.index()
    path.chmod(before[2])
    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) == before


def test_a_sidecar_rates_a_photo_and_its_going_takes_the_stars_away(
    library: Library, make_photo: MakePhoto, folder: Path
) -> None:
    make_photo("a.jpg")
    make_photo("b.jpg", size=(30, 40))
    library.index()
    sidecar = folder / "a.xmp"
    sidecar.write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
    )
    assert told(library.index()) == {"unchanged": 2}
    assert paths(library, rating_min=4) == ["a.jpg"]
    sidecar.unlink()
    library.index()
    assert paths(library, rating_min=4) == []


def test_names_of_every_kind_are_indexed_and_found(library: Library, make_photo: MakePhoto) -> None:
    names = [b"sp ace.jpg", b"new\nline.jpg", b"\xff\xfe.jpg", "perche\u0301 \U0001f3c4.jpg".encode()]
    for n, name in enumerate(names):
        make_photo(name, size=(30 + n, 30))
    assert told(library.index()) == {"added": 4, "embedded": 4}
    assert {os.path.basename(hit.path) for hit in library.search("rosso")} == set(names)


def test_a_cancelled_run_stops_and_the_next_one_goes_on(library: Library, make_photo: MakePhoto) -> None:
    for n in range(200):
        make_photo(f"{n}.jpg", size=(40 + n, 30))
    cancellation = Cancellation()

    class Impatient(Silent):
        def progress(self, progress: Progress) -> None:
            cancellation.cancel()

    first = library.index(Impatient(), cancellation)
    assert 0 < first.added < 200
    assert first.missing == 0
    second = library.index()
    assert second.added == 200 - library.index().unchanged + second.added
    assert library.status().searchable == 200


def test_progress_counts_up_to_the_end(library: Library, make_photo: MakePhoto) -> None:
    for n in range(70):
        make_photo(f"{n}.jpg", size=(40 + n, 30))
    seen: list[Progress] = []

    class Curious(Silent):
        def progress(self, progress: Progress) -> None:
            seen.append(progress)

    library.index(Curious())
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert (seen[-1].done, seen[-1].total, seen[-1].total_final) == (70, 70, True)
    assert seen[-1].eta_s == 0


def test_a_library_opened_for_reading_is_not_indexed(library: Library, root: Path) -> None:
    with Library.open(root) as reader, pytest.raises(LibraryReadOnly):
        reader.index()
