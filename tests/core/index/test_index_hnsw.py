"""The graph finds nearly all of what comparing everything finds, and is never trusted blindly."""

import copy
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ritrova.errors import DiskFull, OurBug
from ritrova.index.cosine import unit
from ritrova.index.exact import ExactIndex
from ritrova.index.hnsw import HnswIndex, available
from ritrova.index.protocol import VectorIndex
from ritrova.index.source import ArraySource
from ritrova.progress import Cancellation, Progress
from ritrova.settings import IndexSettings
from ritrova.text import Message

Make = Callable[[int], NDArray[np.float32]]
Brute = Callable[[ArraySource, NDArray[np.float32], int], list[int]]
SMALL = IndexSettings(m=8, ef_construction=40, ef_search=64)  # quick to build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def never() -> VectorIndex:
    raise AssertionError("the exact index was asked")


def graph(folder: Path, settings: IndexSettings = SMALL, exact: Callable[[], VectorIndex] = never) -> HnswIndex:
    return HnswIndex(folder, settings, exact, threads=1)


def saved(folder: Path, source: ArraySource, settings: IndexSettings = SMALL) -> HnswIndex:
    index = graph(folder, settings)
    index.sync(source)
    assert index.save()
    return index


def recall(index: VectorIndex, source: ArraySource, queries: NDArray[np.float32], brute: Brute, k: int = 10) -> float:
    shared = [len(set(index.search(query, k)[0].tolist()) & set(brute(source, query, k))) for query in queries]
    return float(np.mean(shared)) / k


def test_finds_nearly_all_that_comparing_everything_finds(folder: Path, make_vectors: Make, brute: Brute) -> None:
    source = ArraySource("model-a", 32)
    source.add(make_vectors(3000))
    index = graph(folder, IndexSettings())
    assert index.sync(source).added == 3000
    assert recall(index, source, make_vectors(100), brute) >= 0.95


def test_a_wider_search_finds_more_after_loading_too(folder: Path, brute: Brute) -> None:
    source, random = ArraySource("model-a", 32), np.random.default_rng(3)
    source.add(random.normal(size=(2000, 32)))  # without clusters: hard
    settings = IndexSettings(m=4, ef_construction=16, ef_search=16)
    saved(folder, source, settings)
    found = []
    for ef in (20, 400):
        index = graph(folder, settings.model_copy(update={"ef_search": ef}))
        assert index.sync(source).rebuilt is None
        found.append(recall(index, source, unit(random.normal(size=(30, 32))), brute))
    assert found[0] + 0.2 < found[1]


def test_gives_true_cosines_best_first(folder: Path, source: ArraySource, make_vectors: Make) -> None:
    index, exact = saved(folder, source), ExactIndex(folder)
    exact.sync(source)
    query = make_vectors(1)[0]
    ids, scores = index.search(query, 10)
    truth = dict(zip(*(column.tolist() for column in exact.search(query, 1000)), strict=True))
    assert scores.tolist() == pytest.approx([truth[i] for i in ids.tolist()], abs=1e-5)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


@pytest.mark.parametrize("k", [0, 1, 200, 1000, 5000])
def test_gives_as_many_as_there_are(folder: Path, source: ArraySource, make_vectors: Make, k: int) -> None:
    def exact() -> ExactIndex:
        index = ExactIndex(folder)
        index.sync(source)
        return index

    index = graph(folder, exact=exact)
    index.sync(source)
    source.delete(np.arange(1, 101))
    index.sync(source)
    assert len(index.search(make_vectors(1)[0], k)[0]) == min(k, 900)


def test_the_exact_index_answers_where_the_graph_cannot_reach_enough(folder: Path, make_vectors: Make) -> None:
    asked: list[int] = []

    def exact() -> ExactIndex:
        asked.append(1)
        index = ExactIndex(folder)
        index.sync(source)
        return index

    source = ArraySource("model-a", 32)
    source.add(np.repeat(make_vectors(2), 600, axis=0))  # two knots of equal photos: the graph falls apart
    index = graph(folder, IndexSettings(m=4, ef_construction=16, ef_search=16), exact)
    index.sync(source)
    query = make_vectors(1)[0]
    ids, scores = index.search(query, 1200)
    assert asked
    assert sorted(ids.tolist()) == list(range(1, 1201))
    assert scores[0] == pytest.approx(scores[599], abs=1e-6)


def test_a_library_whose_photos_all_went_gives_nothing(folder: Path, source: ArraySource, make_vectors: Make) -> None:
    index = graph(folder)
    index.sync(ArraySource("model-a", 32))
    assert len(index.search(make_vectors(1)[0], 3)[0]) == 0
    index = saved(folder, source)
    source.delete(source.ids(1000))
    index.sync(source)
    assert len(index) == len(index.search(make_vectors(1)[0], 3)[0]) == 0
    index.save()
    source.add(make_vectors(20))
    index = graph(folder)
    index.sync(source)
    assert len(index.search(make_vectors(1)[0], 20)[0]) == 20


def test_a_saved_graph_answers_the_same_and_learns_what_came_since(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute
) -> None:
    first = saved(folder, source)
    second = graph(folder)
    synced = second.sync(source)
    assert (synced.added, synced.removed, synced.rebuilt) == (0, 0, None)
    queries = make_vectors(30)
    for query in queries:  # `ef` is not in the file: forgotten, it would be 10 and the answers worse
        assert second.search(query, 10)[0].tolist() == first.search(query, 10)[0].tolist()
    assert not second.save()  # nothing changed
    source.delete(np.arange(1, 60))
    source.add(make_vectors(40))
    synced = second.sync(source)  # takes the places of deleted ones: the leave to do so is not in the file either
    assert (synced.added, synced.removed, synced.rebuilt) == (40, 59, None)
    assert second.ids.tolist() == source.ids(2000).tolist()
    assert recall(second, source, queries, brute) >= 0.95
    assert second.save()
    third = graph(folder)
    assert third.sync(source).rebuilt is None
    assert third.ids.tolist() == second.ids.tolist()


def test_tells_what_is_missing_before_it_is_loaded(folder: Path, source: ArraySource, make_vectors: Make) -> None:
    assert graph(folder).missing(source) == 1000
    saved(folder, source)
    source.add(make_vectors(30))
    index = graph(folder)
    assert index.missing(source) == 30
    index.sync(source)
    assert index.missing(source) == 0
    other = ArraySource("model-b", 32)
    other.add(make_vectors(10))
    assert graph(folder).missing(other) == 10


def test_the_places_of_deleted_photos_are_used_again(folder: Path, source: ArraySource, make_vectors: Make) -> None:
    index = saved(folder, source)
    size = next(folder.glob("*.bin")).stat().st_size
    for _ in range(4):
        source.delete(source.ids(10**9)[:50])
        index.sync(source)
        source.add(make_vectors(50))
        assert index.sync(source).rebuilt is None
    index.save()
    assert next(folder.glob("*.bin")).stat().st_size == size


def test_deleted_photos_are_never_found(folder: Path, source: ArraySource, make_vectors: Make, brute: Brute) -> None:
    index = saved(folder, source)
    query = make_vectors(1)[0]
    gone = np.sort(np.array(brute(source, query, 100)))
    source.delete(gone)
    assert index.sync(source).removed == 100
    found = index.search(query, 10)[0].tolist()
    assert found == brute(source, query, 10)


def test_is_built_anew_when_many_photos_were_deleted(folder: Path, source: ArraySource) -> None:
    index = saved(folder, source)
    source.delete(np.arange(1, 200))
    assert index.sync(source).rebuilt is None  # under a fifth
    source.delete(np.arange(200, 260))
    assert "deleted" in str(index.sync(source).rebuilt)
    assert index.ids.tolist() == list(range(260, 1001))


def test_grows_far_beyond_its_first_size(folder: Path, source: ArraySource, make_vectors: Make, brute: Brute) -> None:
    index = saved(folder, source)
    for _ in range(3):
        source.add(make_vectors(700))
        assert index.sync(source).rebuilt is None
    assert len(index) == 3100
    assert recall(index, source, make_vectors(30), brute) >= 0.95


def test_one_thread_gives_the_same_graph_each_time(tmp_path: Path, source: ArraySource) -> None:
    graphs = []
    for name in ("first", "second"):
        saved(tmp_path / name, source)
        graphs.append(next((tmp_path / name).glob("*.bin")).read_bytes())
    assert graphs[0] == graphs[1]


@pytest.mark.parametrize("suffix", [".bin", ".json"])
@pytest.mark.parametrize("damage", ["flipped", "truncated", "longer", "empty", "garbage", "removed"])
def test_a_damaged_file_is_built_anew(
    folder: Path, source: ArraySource, make_vectors: Make, brute: Brute, suffix: str, damage: str
) -> None:
    saved(folder, source)
    path = next(folder.glob(f"*{suffix}"))
    whole = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :]
        path.write_bytes(
            {
                "flipped": flipped,
                "truncated": whole[:-3],
                "longer": whole + b"more",
                "empty": b"",
                "garbage": b"PNG" * 99,
            }[damage]
        )
    index = graph(folder)
    assert index.sync(source).rebuilt is not None
    assert recall(index, source, make_vectors(20), brute) >= 0.95
    assert index.save()
    assert graph(folder).sync(source).rebuilt is None


def test_a_graph_of_other_settings_model_size_or_library_is_built_anew(
    tmp_path: Path, source: ArraySource, make_vectors: Make
) -> None:
    vectors = make_vectors(300)
    wide = np.hstack([vectors, vectors])
    others = [ArraySource("model-b", 32), ArraySource("model-a", 32, seed=1), ArraySource("model-a", 64)]
    for name, other in zip(("model", "library", "size"), others, strict=True):
        folder = tmp_path / name
        saved(folder, source)
        other.add(wide[:, : other.dimension])
        index = graph(folder)
        assert index.sync(other).rebuilt is not None
        assert index.search(wide[9, : other.dimension], 1)[0].tolist() == [10]
    folder = tmp_path / "settings"
    saved(folder, source)
    for settings in (SMALL.model_copy(update={"m": 9}), SMALL.model_copy(update={"ef_construction": 41})):
        assert "settings" in str(graph(folder, settings).sync(source).rebuilt)
    assert graph(folder, SMALL.model_copy(update={"ef_search": 99})).sync(source).rebuilt is None


def test_a_process_killed_while_saving_leaves_the_graph_before(folder: Path, source: ArraySource) -> None:
    saved(folder, source)
    (folder / "graph-0123456789abcdef.bin").write_bytes(b"written, but not yet named by the manifest")
    (folder / ".graph-0123.bin.x.part").write_bytes(b"half")
    index = graph(folder)
    assert index.sync(source).rebuilt is None
    source.delete(np.array([1]))
    index.sync(source)
    assert index.save()
    assert len(list(folder.iterdir())) == 2


def test_a_full_disk_is_told_and_leaves_the_graph_before(folder: Path, source: ArraySource, make_vectors: Make) -> None:
    index = saved(folder, source)
    source.delete(np.array([1]))
    index.sync(source)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DiskFull):
            index.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    again = graph(folder)
    assert again.sync(source).rebuilt is None
    assert len(again.search(make_vectors(1)[0], 10)[0]) == 10
    assert len(list(folder.iterdir())) == 2


def test_a_cancelled_build_goes_on_where_it_stopped(folder: Path, make_vectors: Make) -> None:
    class StopsAtOnce:
        def progress(self, progress: Progress) -> None:
            assert progress.total == 12_000
            cancellation.cancel()

        def notice(self, message: Message) -> None: ...

    cancellation = Cancellation()
    source = ArraySource("model-a", 32)
    source.add(make_vectors(12_000))
    settings = IndexSettings(m=4, ef_construction=16)
    index = graph(folder, settings)
    first = index.sync(source, StopsAtOnce(), cancellation)
    assert not first.complete
    index.save()
    second = graph(folder, settings).sync(source)
    assert (second.rebuilt, second.complete, first.added + second.added) == (None, True, 12_000)


def test_a_deletion_that_a_power_cut_undid_is_noticed(folder: Path, source: ArraySource) -> None:
    before = copy.deepcopy(source)
    source.delete(np.array([700]))
    saved(folder, source)
    ExactIndex(folder).sync(source)
    for index in (graph(folder), ExactIndex(folder)):
        assert index.sync(before).rebuilt is not None
        assert 700 in index.ids


def test_a_zero_vector_is_far_from_all_and_nan_is_refused(folder: Path, make_vectors: Make) -> None:
    source = ArraySource("model-a", 32)
    source.add(np.vstack([make_vectors(3), np.zeros((1, 32), np.float32)]))
    index = graph(folder)
    index.sync(source)
    ids, scores = index.search(make_vectors(1)[0], 4)
    assert scores[ids == 4].tolist() == [0.0]
    with pytest.raises(OurBug):
        index.search(np.full(32, np.nan, np.float32), 1)
    source.add(np.full((1, 32), np.nan))
    with pytest.raises(OurBug):
        index.sync(source)


def test_the_program_says_so_where_hnswlib_cannot_be_loaded() -> None:
    assert available() is None
    script = (
        "import sys; sys.modules['hnswlib'] = None\n"  # what an import that fails looks like
        "from ritrova.index.hnsw import available; print(available())"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "hnswlib cannot be loaded" in told
