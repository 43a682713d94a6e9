"""The exact index gives what comparing everything gives, whatever happened to its files."""

import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ritrova.errors import OurBug
from ritrova.index.exact import ExactIndex
from ritrova.index.source import ArraySource
from ritrova.progress import Cancellation, Progress
from ritrova.text import Message

Make = Callable[[int], NDArray[np.float32]]
Brute = Callable[[ArraySource, NDArray[np.float32], int], list[int]]


class Watch:
    """Notes what it is told; cancels after `patience` reports."""

    def __init__(self, patience: int = 10**9) -> None:
        self.cancellation = Cancellation()
        self.notices: list[str] = []
        self.seen: list[Progress] = []
        self._patience = patience

    def progress(self, progress: Progress) -> None:
        self.seen.append(progress)
        if len(self.seen) >= self._patience:
            self.cancellation.cancel()

    def notice(self, message: Message) -> None:
        self.notices.append(str(message))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_finds_what_comparing_everything_finds(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    index = ExactIndex(folder)
    assert index.sync(source).added == len(index) == 1000
    for query in make_vectors(20):
        ids, scores = index.search(query, 10)
        assert ids.tolist() == brute(source, query, 10)
        assert scores == pytest.approx(sorted(scores, reverse=True))
        assert scores.max() <= 1 + 1e-6


@pytest.mark.parametrize(("k", "found"), [(0, 0), (1, 1), (1000, 1000), (5000, 1000)])
def test_gives_as_many_as_there_are(folder: Path, source: ArraySource, make_vectors: Make, k: int, found: int) -> None:
    index = ExactIndex(folder)
    index.sync(source)
    assert len(index.search(make_vectors(1)[0], k)[0]) == found


def test_an_empty_library_gives_nothing(folder: Path, make_vectors: Make) -> None:
    index = ExactIndex(folder)
    index.sync(ArraySource("model-a", 32))
    query = make_vectors(1)[0]
    assert len(index.search(query, 5)[0]) == len(index.search_among(query, np.array([1, 2]), 5)[0]) == 0
    assert list(index.ranked(query)) == []
    assert ExactIndex(folder).sync(ArraySource("model-a", 32)).rebuilt is None


@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
def test_searches_among_given_photos(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute, share: float
) -> None:
    index = ExactIndex(folder)
    source.delete(np.arange(1, 1000, 7))
    index.sync(source)
    among = np.arange(1, int(1000 * share) + 1)  # deleted ones included
    query = make_vectors(1)[0]
    expected = [i for i in brute(source, query, 1000) if i <= among[-1]][:10]
    assert index.search_among(query, np.append(among, 10**6), 10)[0].tolist() == expected


def test_ranks_all_photos_best_first(folder: Path, source: ArraySource, make_vectors: Make, brute: Brute) -> None:
    index = ExactIndex(folder)
    source.delete(np.array([3, 500]))
    index.sync(source)
    query = make_vectors(1)[0]
    chunks = list(index.ranked(query))
    assert len(chunks) > 1
    assert np.concatenate([ids for ids, _ in chunks]).tolist() == brute(source, query, 1000)


def test_what_was_indexed_is_read_back_and_only_the_tail_is_added(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    ExactIndex(folder).sync(source)
    source.add(make_vectors(50))
    source.delete(np.array([1, 2, 1050]))
    index = ExactIndex(folder)
    synced = index.sync(source)
    assert (synced.added, synced.removed, synced.rebuilt) == (49, 2, None)
    again = ExactIndex(folder)
    assert again.sync(source).added == 0
    query = make_vectors(1)[0]
    assert again.search(query, 20)[0].tolist() == index.search(query, 20)[0].tolist() == brute(source, query, 20)


def test_files_are_rewritten_when_many_photos_were_deleted(folder: Path, source: ArraySource) -> None:
    index = ExactIndex(folder)
    index.sync(source)
    before = sum(map(len, files(folder).values()))
    source.delete(np.arange(1, 501))
    assert "deleted" in str(index.sync(source).rebuilt)
    assert sum(map(len, files(folder).values())) < 0.6 * before
    assert index.ids.tolist() == list(range(501, 1001))


@pytest.mark.parametrize("suffix", [".f32", ".ids", ".dead", ".json"])
@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "garbage", "removed"])
def test_damaged_files_are_built_anew(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute, suffix: str, damage: str
) -> None:
    index = ExactIndex(folder)
    index.sync(source)
    source.delete(np.array([5, 9]))
    index.sync(source)
    path = next(folder.glob(f"*{suffix}"))
    whole = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :]
        path.write_bytes({"flipped": flipped, "truncated": whole[:-3], "empty": b"", "garbage": b"PNG" * 99}[damage])
    fresh = ExactIndex(folder)
    assert fresh.sync(source).rebuilt is not None
    query = make_vectors(1)[0]
    assert fresh.search(query, 10)[0].tolist() == brute(source, query, 10)
    assert ExactIndex(folder).sync(source).rebuilt is None


def test_what_a_killed_process_appended_does_not_count(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    ExactIndex(folder).sync(source)
    for suffix in (".f32", ".ids", ".dead"):
        with next(folder.glob(f"*{suffix}")).open("ab") as file:
            file.write(b"half a row")
    (folder / ".exact.json.abc.part").write_bytes(b"half a manifest")
    source.add(make_vectors(10))
    source.delete(np.array([8]))
    synced = ExactIndex(folder).sync(source)
    assert (synced.added, synced.removed, synced.rebuilt) == (10, 1, None)
    index = ExactIndex(folder)
    assert index.sync(source).rebuilt is None
    query = make_vectors(1)[0]
    assert index.search(query, 10)[0].tolist() == brute(source, query, 10)


def test_a_reader_writes_nothing(folder: Path, source: ArraySource, make_vectors: Make, brute: Brute) -> None:
    ExactIndex(folder).sync(source)
    before = files(folder)
    source.add(make_vectors(30))
    source.delete(np.array([4]))
    reader = ExactIndex(folder, writable=False)
    synced = reader.sync(source)
    assert (synced.added, synced.removed, synced.rebuilt) == (30, 1, None)
    query = make_vectors(1)[0]
    assert reader.search(query, 10)[0].tolist() == brute(source, query, 10)
    assert files(folder) == before


def test_a_reader_keeps_its_view_while_the_writer_goes_on(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    writer = ExactIndex(folder)
    writer.sync(source)
    reader = ExactIndex(folder, writable=False)
    reader.sync(source)
    query = make_vectors(1)[0]
    seen = brute(source, query, 10)
    source.delete(np.arange(1, 900))
    source.add(make_vectors(200))
    writer.sync(source)  # rewrites the files
    assert reader.search(query, 10)[0].tolist() == seen


def test_a_folder_that_cannot_be_written_serves_from_memory(
    tmp_path: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    (tmp_path / "file").write_bytes(b"not a folder")
    index, watch = ExactIndex(tmp_path / "file" / "index"), Watch()
    assert index.sync(source, watch).added == 1000
    assert len(watch.notices) == 1
    query = make_vectors(1)[0]
    assert index.search(query, 10)[0].tolist() == brute(source, query, 10)


def test_a_disk_that_fills_up_serves_from_memory(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    ExactIndex(folder).sync(source)
    source.add(make_vectors(2000))
    index, watch = ExactIndex(folder), Watch()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        index.sync(source, watch)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(watch.notices) == 1
    query = make_vectors(1)[0]
    assert index.search(query, 10)[0].tolist() == brute(source, query, 10)
    assert ExactIndex(folder).sync(source).rebuilt is None  # what was there before is still whole


def test_a_cancelled_run_goes_on_where_it_stopped(folder: Path, make_vectors: Make) -> None:
    source = ArraySource("model-a", 32)
    source.add(make_vectors(20_000))
    watch = Watch(patience=1)
    index = ExactIndex(folder)
    first = index.sync(source, watch, watch.cancellation)
    assert not first.complete
    assert 0 < first.added == len(index) == watch.seen[0].done < 20_000
    assert len(index.search(make_vectors(1)[0], 5)[0]) == 5
    second = ExactIndex(folder).sync(source)
    assert (second.rebuilt, second.complete, first.added + second.added) == (None, True, 20_000)


def test_another_model_or_library_is_built_anew(folder: Path, source: ArraySource, make_vectors: Make) -> None:
    ExactIndex(folder).sync(source)
    vectors = make_vectors(1000)
    for model, seed in (("model-b", 0), ("model-a", 1)):
        other = ArraySource(model, 32, seed=seed)
        other.add(vectors)
        index = ExactIndex(folder)
        assert index.sync(other).rebuilt is not None
        assert index.search(vectors[10], 1)[0].tolist() == [11]
    wider = ArraySource("model-a", 64, seed=1)
    wider.add(np.hstack([vectors, vectors]))
    assert ExactIndex(folder).sync(wider).added == 1000


def test_a_zero_vector_is_far_from_all_and_nan_is_refused(folder: Path, make_vectors: Make) -> None:
    source = ArraySource("model-a", 32)
    source.add(np.vstack([make_vectors(3), np.zeros((1, 32), np.float32)]))
    index = ExactIndex(folder)
    index.sync(source)
    ids, scores = index.search(make_vectors(1)[0], 4)
    assert scores[ids == 4].tolist() == [0.0]
    with pytest.raises(OurBug):
        index.search(np.full(32, np.nan, np.float32), 1)
    source.add(np.full((1, 32), np.nan))
    with pytest.raises(OurBug):
        index.sync(source)
