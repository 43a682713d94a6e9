"""What a person says of photos stands in the sidecars beside them, and what others wrote there is never lost."""

import os
import shutil
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from ritrova.curation import Changes, changing
from ritrova.images.metadata import sidecar as parse
from ritrova.images.xmp_writing import EMPTY, Edit, edited, is_favourite, rejected
from ritrova.library import Library
from ritrova.photo import Filters, Metadata
from ritrova.sidecars import Obstacle, Refused, SidecarWriter
from ritrova.store import browsing, sidecars
from ritrova.store.searching import passing

MakePhoto = Callable[..., Path]
TODAY = date(2026, 11, 25)


class Person:
    """Says things of photos, with sidecars on."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.library, self.folder = library, folder
        self.writer = SidecarWriter(library.store)
        self.news: set[bytes] = set()

    def file(self, name: str) -> int:
        (watched,) = self.library.store.watched()
        directory, base = os.path.split(os.fsencode(name))
        return self.library.store.files_in(watched, directory)[base].id

    def does(self, change: Callable[[Changes], object]) -> list[Refused]:
        """One change; the sidecars that were not written."""
        with changing(self.library.store) as changes:
            change(changes)
        refused, self.news = self.writer.write(changes.said, (), lambda: None)
        return refused

    def rates(self, name: str, stars: int | None) -> list[Refused]:
        return self.does(lambda changes: changes.rate([self.file(name)], stars))

    def adds(self, name: str, *words: str) -> list[Refused]:
        return self.does(lambda changes: changes.describe([self.file(name)], words, ()))

    def removes(self, name: str, *words: str) -> list[Refused]:
        return self.does(lambda changes: changes.describe([self.file(name)], (), words))

    def stars(self, at_least: int) -> set[str]:
        """The names of the photos that have so many stars."""
        store = self.library.store
        paths = browsing.paths_of(store, passing(store, Filters(rating_min=at_least)))
        return {os.path.basename(os.fsdecode(path)) for found in paths.values() for path in found}


@pytest.fixture
def person(library: Library, folder: Path, make_photo: MakePhoto) -> Person:
    """With two photos that are indexed."""
    make_photo("a.jpg", "rosso")
    make_photo("mare/b.jpg", "blu")
    library.index()
    return Person(library, folder)


def written(path: Path, rating: int | None = None, words: tuple[str, ...] = (), more: bytes = b"") -> Path:
    """A sidecar by another program."""
    packet = edited(EMPTY, Edit(stars=True, rating=rating, add=words)) or EMPTY
    path.write_bytes(packet.replace(b'rdf:about=""', b'rdf:about="" xmlns:crs="urn:crs" crs:Exposure="+0.45"' + more))
    os.utime(path, ns=(0, os.stat(path).st_mtime_ns - 10**9))
    return path


def says(path: Path) -> Metadata:
    return parse(path.read_bytes(), TODAY)


def photos(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*.jpg")}


def test_a_new_sidecar_is_named_after_the_whole_photo_and_photos_are_never_written(person: Person) -> None:
    before = photos(person.folder)
    assert not person.does(lambda changes: changes.rate([person.file("a.jpg"), person.file("mare/b.jpg")], 4))
    assert not person.does(lambda changes: changes.favour([person.file("a.jpg")], True))
    assert not person.adds("a.jpg", "città", "nonna")
    sidecar = person.folder / "a.jpg.xmp"
    assert (says(sidecar).rating, says(sidecar).keywords) == (4, ("città", "nonna"))
    assert is_favourite(sidecar.read_bytes())
    assert says(person.folder / "mare" / "b.jpg.xmp").rating == 4
    assert photos(person.folder) == before
    names = sorted(os.listdir(person.folder))
    assert names == ["a.jpg", "a.jpg.xmp", "mare"]
    assert sidecar.stat().st_mode & 0o777 == (person.folder / "a.jpg").stat().st_mode & 0o666


@pytest.mark.parametrize("name", ["a.xmp", "A.JPG.xmp"])
def test_the_sidecar_that_is_there_is_used_and_keeps_its_rights_and_all_else(person: Person, name: str) -> None:
    sidecar = written(person.folder / name, 2, ("mare",))
    sidecar.chmod(0o664)
    person.library.index()
    assert not person.rates("a.jpg", 5)
    assert not person.adds("a.jpg", "sole")
    assert sorted(each for each in os.listdir(person.folder) if each.lower().endswith(".xmp")) == [name]
    assert (says(sidecar).rating, says(sidecar).keywords) == (5, ("mare", "sole"))
    assert b'crs:Exposure="+0.45"' in sidecar.read_bytes()
    assert sidecar.stat().st_mode & 0o777 == 0o664


def test_what_is_taken_back_is_as_others_had_said_it(person: Person) -> None:
    sidecar = written(person.folder / "a.jpg.xmp", 2, ("mare", "sole"))
    person.library.index()
    before = sidecar.read_bytes()
    person.rates("a.jpg", 5)
    person.adds("a.jpg", "nonna")
    person.removes("a.jpg", "sole")
    assert person.stars(5) == {"a.jpg"}
    assert says(sidecar).keywords == ("mare", "nonna")
    person.adds("a.jpg", "sole")
    person.removes("a.jpg", "nonna")
    person.rates("a.jpg", None)
    assert person.stars(2) == {"a.jpg"}
    assert person.stars(3) == set()
    assert says(sidecar) == parse(before, TODAY)
    assert not person.rates("a.jpg", None)


def test_a_photo_that_another_program_rejected_is_so_again_after_an_undo(person: Person) -> None:
    sidecar = written(person.folder / "a.jpg.xmp", -1)
    person.adds("a.jpg", "sole")
    assert rejected(sidecar.read_bytes())
    person.rates("a.jpg", 3)
    assert says(sidecar).rating == 3
    person.rates("a.jpg", None)
    assert rejected(sidecar.read_bytes())


def test_our_own_writing_is_nothing_new_to_a_scan(person: Person) -> None:
    written(person.folder / "mare" / "b.xmp", 1)
    person.library.index()
    for name in ("a.jpg", "mare/b.jpg"):
        person.rates(name, 3)
    report = person.library.index()
    assert (report.noted, report.read, report.embedded, report.unchanged) == (0, 0, 0, 2)


def test_the_persons_word_counts_before_what_others_write_later(person: Person) -> None:
    person.rates("a.jpg", 3)
    written(person.folder / "a.jpg.xmp", 5, ("altro",))
    report = person.library.index()
    assert (report.noted, report.read) == (1, 0)
    assert (person.stars(3), person.stars(4)) == ({"a.jpg"}, set())
    person.adds("a.jpg", "mio")  # only what is changed is written
    assert says(person.folder / "a.jpg.xmp").rating == 5
    assert says(person.folder / "a.jpg.xmp").keywords == ("altro", "mio")
    person.rates("a.jpg", None)
    assert person.stars(5) == {"a.jpg"}
    assert says(person.folder / "a.jpg.xmp").rating == 5


def test_what_others_wrote_since_the_last_scan_is_read_before_it_is_changed(person: Person) -> None:
    person.library.index()
    written(person.folder / "a.jpg.xmp", 4, ("altro",))
    person.adds("a.jpg", "mio")
    assert person.news
    assert person.stars(4) == {"a.jpg"}
    assert says(person.folder / "a.jpg.xmp").keywords == ("altro", "mio")
    assert person.library.index().noted == 0


def test_all_copies_of_a_photo_get_their_sidecars(person: Person) -> None:
    shutil.copy2(person.folder / "a.jpg", person.folder / "mare" / "copia.jpg")
    person.library.index()
    person.rates("a.jpg", 2)
    assert says(person.folder / "mare" / "copia.jpg.xmp").rating == 2


def test_keywords_in_the_photo_itself_begin_a_new_list(library: Library, folder: Path, make_photo: MakePhoto) -> None:
    own = edited(EMPTY, Edit(add=("mare", "neve")))
    Image.new("RGB", (40, 30)).save(folder / "a.jpg", xmp=own)
    library.index()
    person = Person(library, folder)
    person.removes("a.jpg", "neve")
    assert says(folder / "a.jpg.xmp").keywords == ("mare",)


def test_a_sidecar_that_cannot_be_understood_is_left_alone(person: Person) -> None:
    broken = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    (person.folder / "a.jpg.xmp").write_bytes(broken)
    assert [each.why for each in person.rates("a.jpg", 3)] == [Obstacle.BROKEN]
    assert (person.folder / "a.jpg.xmp").read_bytes() == broken
    assert person.stars(3) == {"a.jpg"}
    (person.folder / "a.jpg.xmp").unlink()
    (person.folder / "elsewhere.xmp").write_bytes(EMPTY)
    (person.folder / "a.jpg.xmp").symlink_to(person.folder / "elsewhere.xmp")
    assert [each.why for each in person.rates("a.jpg", 4)] == [Obstacle.BROKEN]
    assert (person.folder / "elsewhere.xmp").read_bytes() == EMPTY


def test_what_may_not_be_written_is_said_and_the_change_stays(person: Person) -> None:
    sidecar = written(person.folder / "a.jpg.xmp", 1)
    sidecar.chmod(0o444)
    before = sidecar.read_bytes()
    (refused,) = person.rates("a.jpg", 3)
    assert (refused.why, refused.path) == (Obstacle.CLOSED, os.fsencode(person.folder / "a.jpg"))
    assert sidecar.read_bytes() == before
    if os.geteuid():
        (person.folder / "mare").chmod(0o555)
        (refused,) = person.rates("mare/b.jpg", 3)
        (person.folder / "mare").chmod(0o755)
        assert refused.why == Obstacle.CLOSED
    assert "a.jpg" in person.stars(3)


def test_nothing_is_written_where_the_disk_or_the_photo_is_gone(person: Person, tmp_path: Path) -> None:
    shutil.move(person.folder, tmp_path / "unplugged")
    refused = person.does(lambda changes: changes.rate([person.file("a.jpg"), person.file("mare/b.jpg")], 3))
    assert {each.why for each in refused} == {Obstacle.AWAY}
    assert not person.folder.exists()
    shutil.move(tmp_path / "unplugged", person.folder)
    photo = person.folder / "a.jpg"
    photo.write_bytes(photo.read_bytes() + b"another disk's photo of the same name")
    assert [each.why for each in person.rates("a.jpg", 4)] == [Obstacle.AWAY]
    photo.unlink()
    assert [each.why for each in person.rates("a.jpg", 5)] == [Obstacle.AWAY]
    assert os.listdir(person.folder) == ["mare"]


def test_a_sidecar_that_another_program_saves_at_the_same_moment_is_not_overwritten(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidecar = written(person.folder / "a.jpg.xmp", 1)
    times = 0

    def other_program_saves(packet: bytes, edit: Edit) -> bytes | None:
        nonlocal times
        times += 1
        if times == 1:
            sidecar.write_bytes(packet.replace(b"+0.45", b"+0.99"))
        return edited(packet, edit)

    monkeypatch.setattr("ritrova.sidecars.edited", other_program_saves)
    assert not person.rates("a.jpg", 3)
    assert b"+0.99" in sidecar.read_bytes()
    assert says(sidecar).rating == 3


def test_a_scan_beside_much_writing_takes_nothing_of_ours_for_anothers_word(
    library: Library, folder: Path, make_photo: MakePhoto
) -> None:
    names = [f"{n}.jpg" for n in range(24)]
    for n, name in enumerate(names):
        make_photo(name, size=(40 + n, 30))
        written(folder / f"{name}.xmp", 1 + n % 2)
    library.index()
    person = Person(library, folder)
    files = [person.file(name) for name in names]
    end = threading.Event()
    noted = []

    def scan() -> None:
        while not end.is_set():
            noted.append(library.index().noted)

    scanning = threading.Thread(target=scan)
    scanning.start()
    for stars in (5, None, 4, None):
        person.does(lambda changes, stars=stars: changes.rate(files, stars))  # type: ignore[misc]
    end.set()
    scanning.join()
    assert len(noted) > 1
    assert sum(noted) == 0
    assert [says(folder / f"{name}.xmp").rating for name in names] == [1 + n % 2 for n in range(24)]
    assert person.stars(2) == set(names[1::2])


steps = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.none() | st.integers(0, 5)),
        st.tuples(st.just("favour"), st.booleans()),
        st.tuples(st.just("add"), st.sampled_from(["mare", "sole", "a & b", " è "])),
        st.tuples(st.just("remove"), st.sampled_from(["mare", "sole", "altro", "è"])),
        st.tuples(st.just("other"), st.sampled_from(["mare", "altro"])),
        st.tuples(st.just("scan"), st.none()),
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
@example([("rate", 4), ("other", "mare")])
def test_after_any_changes_the_sidecar_says_what_the_library_says(
    person: Person, steps: list[tuple[str, object]]
) -> None:
    """`other` is another program that writes a word of its own and stars, beside its settings."""
    sidecar = person.folder / "a.jpg.xmp"
    sidecar.unlink(missing_ok=True)
    file, store = person.file("a.jpg"), person.library.store
    person.library.index()
    person.does(lambda changes: (changes.rate([file], None), changes.favour([file], False)))
    person.does(lambda changes: changes.describe([file], (), ["mare", "sole", "a & b", "è", "altro", "fine"]))
    said: set[str] = set()
    for step, value in steps:
        match step:
            case "rate":
                person.does(lambda changes, stars=value: changes.rate([file], stars))  # type: ignore[misc]
            case "favour":
                person.does(lambda changes, yes=value: changes.favour([file], yes))  # type: ignore[misc]
            case "add":
                person.adds("a.jpg", str(value))
            case "remove":
                person.removes("a.jpg", str(value))
            case "other":
                written(sidecar, 2, (str(value),))
                person.library.index()
            case _:
                assert person.library.index().noted == 0
        said.add(step)
    person.adds("a.jpg", "fine")
    person.does(lambda changes: changes.rate([file], 3))  # what the library says already is no change to be written
    person.does(lambda changes: changes.rate([file], 4))
    (found,) = sidecars.words_about(store, [browsing.facts(store, [file])[0].hash]).values()
    assert says(sidecar).rating == 4
    assert set(says(sidecar).keywords) == found.keywords
    if said >= {"favour"} and "other" not in said:
        assert is_favourite(sidecar.read_bytes()) == found.said.favourite
    if "other" in said:
        assert b'crs:Exposure="+0.45"' in sidecar.read_bytes()
