"""Whatever happens to the library and to the process, the indexes hold what the library holds."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ritrova.index.cosine import unit
from ritrova.index.exact import ExactIndex
from ritrova.index.hnsw import HnswIndex
from ritrova.index.source import ArraySource
from ritrova.settings import IndexSettings

DIMENSION = 6
SETTINGS = IndexSettings(m=8, ef_construction=40, ef_search=64)


class Agreement(RuleBasedStateMachine):
    """Adds, deletes, synchronises, saves and kills in any order, on a library of up to some hundred photos."""

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.random = np.random.default_rng(seed)
        self.source = ArraySource("model", DIMENSION, seed=seed)
        self.source.add(self.random.normal(size=(150, DIMENSION)))
        self.start_process()
        self.sync()
        self.graph.save()

    def start_process(self) -> None:
        """What a process knows: nothing but the folder and the library."""
        self.exact = ExactIndex(self.folder)
        self.graph = HnswIndex(self.folder, SETTINGS, lambda: self.exact, threads=1)
        self.synced = False

    @rule(n=st.sampled_from([0, 1, 10, 60]), zero=st.booleans(), equal=st.booleans(), sync=st.booleans())
    def add(self, n: int, zero: bool, equal: bool, sync: bool) -> None:
        vectors = self.random.normal(size=(n, DIMENSION))
        if zero:
            vectors[: n // 8] = 0
        if equal:
            vectors[n // 2 :] = 1
        self.source.add(vectors)
        self.synced = False
        if sync:
            self.sync()

    @rule(share=st.sampled_from([0.05, 0.1, 0.5, 1.0]), sync=st.booleans())
    def delete(self, share: float, sync: bool) -> None:
        ids = self.source.ids(10**9)
        self.source.delete(ids[self.random.random(len(ids)) < share])
        self.synced = False
        if sync:
            self.sync()

    @rule()
    def sync(self) -> None:
        self.exact.sync(self.source)
        self.graph.sync(self.source)
        self.synced = True

    @rule()
    def save(self) -> None:
        self.graph.save()

    @rule()
    def kill(self) -> None:
        self.start_process()

    @rule(suffix=st.sampled_from(["f32", "ids", "dead"]), n=st.integers(1, 100))
    def kill_while_appending(self, suffix: str, n: int) -> None:
        for path in self.folder.glob(f"*.{suffix}"):
            with path.open("ab") as file:
                file.write(self.random.bytes(n))
        self.start_process()

    @rule(data=st.data())
    def damage(self, data: st.DataObject) -> None:
        paths = sorted(path for path in self.folder.iterdir() if path.stat().st_size)
        if paths:
            path = data.draw(st.sampled_from(paths))
            whole = bytearray(path.read_bytes())
            whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
            path.write_bytes(whole)
            self.start_process()

    @precondition(lambda self: self.synced)
    @invariant()
    def holds_what_the_library_holds(self) -> None:
        ids, vectors = self.source.vectors(0, 10**9)
        for index in (self.exact, self.graph):
            assert index.ids.tolist() == ids.tolist()
            assert len(index) == len(ids)
        query = unit(self.random.normal(size=DIMENSION))
        truth = dict(zip(ids.tolist(), (unit(vectors) @ query).tolist(), strict=True))
        expected = sorted(truth.values(), reverse=True)[:10]
        found, scores = self.exact.search(query, 10)
        np.testing.assert_allclose(scores, expected, atol=1e-5)
        np.testing.assert_allclose(scores, [truth[i] for i in found.tolist()], atol=1e-5)
        near, scores = self.graph.search(query, 10)
        assert len(set(near.tolist())) == min(10, len(ids))
        np.testing.assert_allclose(scores, [truth[i] for i in near.tolist()], atol=1e-5)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


Agreement.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestAgreement = Agreement.TestCase


_CHILD = """
import sys
from pathlib import Path
import numpy as np
from ritrova.index.exact import ExactIndex
from ritrova.index.hnsw import HnswIndex
from ritrova.index.source import ArraySource
from ritrova.settings import IndexSettings

source, folder, random = ArraySource("model", 6), Path(sys.argv[1]), np.random.default_rng(0)
exact = ExactIndex(folder)
graph = HnswIndex(folder, IndexSettings(m=8, ef_construction=40), lambda: exact, threads=1)
for _ in range(100_000):
    source.add(random.normal(size=(50, 6)))
    source.delete(source.ids(50)[:1])
    exact.sync(source)
    graph.sync(source)
    graph.save()
"""


def _stamp(path: Path) -> dict[str, int]:
    """The stamp that an index left, or that of an empty one."""
    if not path.exists():
        return {"last_id": 0}
    stamp: dict[str, int] = json.loads(path.read_bytes().partition(b"\n")[2])["stamp"]
    return stamp


@pytest.mark.parametrize("delay", [0.0, 0.07, 0.21])
def test_a_process_killed_at_any_moment_leaves_files_that_serve(tmp_path: Path, delay: float) -> None:
    """The child's library is made again, one batch further than the indexes got: nothing may need a rebuild."""
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)])
    while not (tmp_path / "graph.json").exists():
        assert child.poll() is None
        time.sleep(0.002)
    time.sleep(delay)
    child.kill()
    child.wait()
    reached = max(_stamp(tmp_path / f"{kind}.json")["last_id"] for kind in ("exact", "graph"))
    source, random = ArraySource("model", DIMENSION), np.random.default_rng(0)
    while source.stamp().last_id <= reached:
        source.add(random.normal(size=(50, DIMENSION)))
        source.delete(source.ids(50)[:1])
    exact = ExactIndex(tmp_path)
    graph = HnswIndex(tmp_path, SETTINGS, lambda: exact, threads=1)
    for index in (exact, graph):
        assert index.sync(source).rebuilt is None
        assert index.ids.tolist() == source.ids(10**9).tolist()
