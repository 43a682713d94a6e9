"""The library as a whole: searching, filters, similar photos, its state, and what it refuses."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ritrova.errors import DiskFull, LibraryLocked, UsageError
from ritrova.images.thumbnails import Thumbnails
from ritrova.library import Library
from ritrova.photo import Filters, Hit
from ritrova.search import Strengths, probably_absent
from ritrova.text import msg

MakePhoto = Callable[..., Path]


def names(hits: list[Hit]) -> list[str]:
    return [os.path.basename(os.fsdecode(hit.path)) for hit in hits]


def test_hits_come_best_first_with_ranks_from_one(library: Library, make_photo: MakePhoto) -> None:
    for colour in ("rosso", "verde", "blu", "giallo"):
        make_photo(f"{colour}.jpg", colour)
    library.index()
    hits = library.search("verde", top=3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert names(hits)[0] == "verde.jpg"
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert library.search("verde", top=0) == []
    assert len(library.search("verde", top=10**6)) == 4


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_sentence_is_refused(library: Library, text: str) -> None:
    with pytest.raises(UsageError):
        library.search(text)


@pytest.mark.parametrize("text", ["🏄", "parola " * 5000, "'\" OR 1=1 --", "\x00"])
def test_odd_sentences_are_searched_all_the_same(library: Library, make_photo: MakePhoto, text: str) -> None:
    make_photo("a.jpg")
    library.index()
    assert names(library.search(text)) == ["a.jpg"]


def test_an_empty_library_finds_nothing_and_says_no_error(library: Library) -> None:
    assert library.search("rosso") == []
    library.index()
    assert library.search("rosso") == []
    assert library.status().photos == 0


@pytest.mark.parametrize("narrow", [0, 2000])
def test_filters_give_the_same_photos_however_they_are_found(
    library: Library, make_photo: MakePhoto, folder: Path, monkeypatch: pytest.MonkeyPatch, narrow: int
) -> None:
    monkeypatch.setattr("ritrova.search.NARROW", narrow)  # 0: check the best; 2000: compare those that pass
    for n in range(30):
        make_photo(f"{'dentro' if n % 3 else 'fuori'}/{n}.jpg", "rosso" if n % 2 else "verde", size=(40 + n, 60))
    library.index()
    inside = Filters(folders=(os.fsencode(folder / "dentro"),), orientation="portrait")
    hits = library.search("rosso", inside, top=8)
    assert len(hits) == 8
    assert all(b"/dentro/" in hit.path and hit.height > hit.width for hit in hits)
    assert all(int(name.split(".")[0]) % 2 for name in names(hits)[:5])


def test_a_filter_that_nothing_passes_finds_nothing(library: Library, make_photo: MakePhoto) -> None:
    make_photo("a.jpg")
    library.index()
    assert library.search("rosso", Filters(date_from=date(2024, 1, 1))) == []


def test_similar_photos_do_not_hold_the_photo_itself(library: Library, make_photo: MakePhoto, tmp_path: Path) -> None:
    red = make_photo("rosso.jpg", "rosso")
    make_photo("altro rosso.jpg", "rosso", size=(50, 30))
    make_photo("blu.jpg", "blu")
    library.index()
    assert names(library.similar(red)) == ["altro rosso.jpg", "blu.jpg"]
    stranger = tmp_path / "fuori.png"
    Image.new("RGB", (64, 64), (30, 50, 200)).save(stranger)
    assert names(library.similar(stranger))[0] == "blu.jpg"


def test_a_photo_to_compare_with_that_cannot_be_read_is_a_clear_error(library: Library, tmp_path: Path) -> None:
    text = tmp_path / "nota.jpg"
    text.write_text("ciao")
    for path in (text, tmp_path / "manca.jpg"):
        with pytest.raises(UsageError) as caught:
            library.similar(path)
        assert caught.value.path == str(path)


def test_the_strength_is_the_share_of_the_bank_that_fits_less(library: Library) -> None:
    bank = np.eye(4, dtype=np.float32)
    strengths = Strengths(bank, np.array([0.8, 0.6, 0, 0], np.float32))
    assert [strengths(score) for score in (-1, 0.5, 0.7, 0.9)] == [0, 0.5, 0.75, 1]
    assert Strengths(None, bank[0])(0.5) is None
    assert not Strengths(None, bank[0]).miss(0.5, 10), "without a bank nothing can be said"


@pytest.mark.parametrize(
    ("better", "compared", "bank", "absent"),
    [
        (130, 30, 2586, True),  # photos of the bank that fit at least as well as the best of so many
        (50, 30, 2586, False),
        (60, 300, 2586, True),  # in a larger library chance finds a better one
        (9, 1_000, 2586, False),
        (20, 1_000, 2586, True),
        (2, 500_000, 2586, True),
        (1, 500_000, 2586, False),  # one photo of the bank says nothing
        (1, 500_000, 40, False),
        (2, 500_000, 40, True),
        (0, 1, 40, False),
    ],
)
def test_a_best_match_that_chance_explains_is_called_a_miss(
    better: int, compared: int, bank: int, absent: bool
) -> None:
    assert probably_absent(1 - better / bank, compared, bank) is absent


def test_the_graph_and_the_exact_index_find_the_same(library: Library, make_photo: MakePhoto) -> None:
    for n in range(60):
        make_photo(f"{n}.jpg", ("rosso", "verde", "blu")[n % 3], size=(40 + n, 60))
    library.index()
    exact = library.search("verde", top=10)
    library.settings.index.exact_up_to = 5
    library.index()
    assert library.status().index == "hnsw"
    assert [hit.score for hit in library.search("verde", top=10)] == pytest.approx([hit.score for hit in exact])


def test_who_compares_all_photos_builds_no_graph_and_a_search_goes_without(
    library: Library, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ritrova.index.choose._ADDED_AT_ONCE", 0)
    library.settings.index.exact_up_to = 5
    for n in range(8):
        make_photo(f"{n}.jpg", ("rosso", "verde")[n % 2], size=(40 + n, 60))
    library.index(graph=False)
    assert library.status().index == "exact"
    assert "lacks 8 photos" in str(library.status().index_reason)
    assert len(library.search("verde")) == 8
    library.index()
    assert library.status().index == "hnsw"


def test_a_reader_sees_what_the_writer_wrote_while_it_writes(
    library: Library, make_photo: MakePhoto, root: Path
) -> None:
    make_photo("a.jpg")
    library.index()
    with Library.open(root) as reader:
        assert reader.read_only
        assert names(reader.search("rosso")) == ["a.jpg"]
        assert reader.status().searchable == 1


def test_a_second_writer_is_refused_by_name(library: Library, root: Path) -> None:
    with pytest.raises(LibraryLocked, match=str(os.getpid())):
        Library.open(root, write=True)


def test_reading_where_there_is_no_library_makes_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Library.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_only_its_owner_can_look_into_a_library(library: Library, make_photo: MakePhoto, root: Path) -> None:
    make_photo("a.jpg")
    library.index()
    files = [path for path in root.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert {path.name for path in files if path.stat().st_mode & 0o077} == set()


def test_removing_a_folder_takes_the_thumbnails_that_a_killed_run_left(
    library: Library, make_photo: MakePhoto, folder: Path, tmp_path: Path, root: Path
) -> None:
    make_photo("a.jpg")
    library.index()
    orphan = root / "thumbnails" / "00" / "00" / f"{bytes(32).hex()}.webp"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"left behind")
    other = tmp_path / "altre"
    other.mkdir()
    library.add_folder(other)
    library.remove_folder(other)
    assert not orphan.exists()
    assert len(list(root.rglob("*.webp"))) == 1


def test_photos_are_forgotten_only_where_their_folder_is_there(library: Library, make_photo: MakePhoto) -> None:
    for name in ("a.jpg", "b.jpg"):
        make_photo(name, "rosso")
    library.index()
    folder, aside = make_photo("c.jpg", "blu").parent, make_photo("c.jpg", "blu").parent.with_name("altrove")
    folder.rename(aside)
    library.index()
    assert (library.status().missing, library.status().forgettable, library.forget_missing()) == (2, 0, 0)

    aside.rename(folder)
    (folder / "a.jpg").unlink()
    assert library.index().embedded == 1  # c.jpg: the others are known still
    assert (library.status().missing, library.status().forgettable, library.forget_missing()) == (1, 1, 1)


def test_folders_that_overlap_or_are_not_there_are_refused(library: Library, folder: Path, tmp_path: Path) -> None:
    (folder / "sub").mkdir()
    for path in (folder, folder / "sub", tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError):
            library.add_folder(path)
    with pytest.raises(UsageError):
        library.remove_folder(tmp_path / "none")
    assert len(library.folders()) == 1


def test_a_full_disk_is_a_clear_error_and_the_next_run_goes_on(
    library: Library, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        make_photo(f"{n}.jpg", size=(40 + n, 30))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(DiskFull) as caught:
        patch.setattr(Thumbnails, "put", full)
        library.index()
    assert caught.value.exit_code == 3
    assert library.index().unchanged + library.index().unchanged >= 5
    assert len(library.search("rosso")) == 5


def test_what_a_full_disk_left_uncleared_the_next_run_clears(
    root: Path, folder: Path, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> list[bytes]:
        raise DiskFull(msg("The disk is full."))

    with Library.open(root, write=True) as library:
        library.add_folder(folder)
        make_photo("a.jpg", "rosso")
        library.index()
        make_photo("a.jpg", "blu")
        with monkeypatch.context() as patch, pytest.raises(DiskFull):
            patch.setattr("ritrova.library.collect_orphans", full)
            library.index()
        assert len(library.store.hashes()) == 2
    with Library.open(root, write=True) as library:  # another process: nothing is read any more
        assert library.index().read == 0
        assert len(library.store.hashes()) == 1


def test_the_caches_may_be_deleted_at_any_moment(library: Library, make_photo: MakePhoto, root: Path) -> None:
    for n in range(5):
        make_photo(f"{n}.jpg", size=(40 + n, 30))
    library.index()
    before = library.search("rosso")
    shutil.rmtree(root / "index")
    with Library.open(root) as reader:
        assert reader.search("rosso") == before
    library.index()
    assert library.search("rosso") == before


def test_a_damaged_index_gives_no_wrong_results(library: Library, make_photo: MakePhoto, root: Path) -> None:
    for n in range(20):
        make_photo(f"{n}.jpg", ("rosso", "verde")[n % 2], size=(40 + n, 30))
    library.settings.index.exact_up_to = 5
    library.index()
    before = library.search("rosso")
    for path in (root / "index").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with Library.open(root) as reader:
        assert [hit.path for hit in reader.search("rosso")] == [hit.path for hit in before]


def test_thumbnails_are_made_for_every_photo_and_large_ones_when_asked_for(
    library: Library, make_photo: MakePhoto, root: Path
) -> None:
    path = make_photo("a.jpg", size=(1200, 800))
    library.index()
    content = library.search("rosso")[0].content

    def size(thumbnail: Path | None) -> tuple[int, int]:
        assert thumbnail is not None
        with Image.open(thumbnail) as image:
            return image.size

    assert size(library.thumbnail(content)) == (256, 171)
    assert size(library.thumbnail(content, 512)) == (512, 341)
    for thumbnail in root.rglob("*.webp"):
        thumbnail.unlink()
    assert size(library.thumbnail(content)) == (256, 171)
    path.unlink()
    assert library.thumbnail(content, 512) is None
    assert library.thumbnail(bytes(32)) is None


def test_an_unknown_model_is_refused_and_changes_nothing(library: Library) -> None:
    with pytest.raises(UsageError):
        library.use_model("nessuno")
    assert library.settings.encoding.model == "fake"


def test_another_model_embeds_the_same_photos_beside_the_first(
    library: Library, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        make_photo(f"{n}.jpg", size=(40 + n, 30))
    library.index()
    monkeypatch.setattr(library.encoder, "fingerprint", "0123456789abcdef", raising=False)
    report = library.index()
    assert (report.embedded, report.unchanged, report.added) == (5, 5, 0)
    assert [model.embeddings for model in library.status().models] == [5, 5]


PROGRAM = """
import sys
from pathlib import Path
from ritrova.library import Library
if __name__ == "__main__":
    with Library.open(Path(sys.argv[1]), write=True) as library:
        library.index()
"""


def test_killed_at_any_moment_the_next_run_ends_where_an_undisturbed_one_would(
    root: Path, folder: Path, make_photo: MakePhoto, tmp_path: Path
) -> None:
    for n in range(150):
        make_photo(f"{n % 7}/{n}.jpg", ("rosso", "verde", "blu")[n % 3], size=(40 + n, 30))
    with Library.open(root, write=True) as library:
        library.add_folder(folder)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    kills = 0
    for delay in (0.6, 0.9, 1.2, 1.5):
        child = subprocess.Popen([sys.executable, program, root])
        try:
            child.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
    assert kills
    with Library.open(root, write=True) as library:
        library.index()
        assert library.damage() == []
        assert library.status().photos == library.status().searchable == 150
        assert library.index().unchanged == 150
        assert len(library.search("rosso", top=200)) == 150
    _no_decoder_outlives_its_parent()


def _no_decoder_outlives_its_parent() -> None:
    import psutil

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        orphans = [
            process.pid
            for process in psutil.process_iter(["cmdline", "ppid"])
            if process.info["ppid"] == 1 and "forkserver" in " ".join(process.info["cmdline"] or [])
        ]
        if not orphans:
            return
        time.sleep(0.1)
    raise AssertionError(f"decoders left behind: {orphans}")
