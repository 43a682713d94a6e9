"""How fast and how well the indexes search: `python benchmarks/search.py --count 100000 --count 500000`.

Every ratio compares numbers of one run on one machine. The comparison is numpy: one product of the query with all
float32 vectors in memory, then `argpartition`. With `--tune`, recall for several `ef` on the sentences that are set
apart for choosing it; without, everything else on the other sentences.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from machine import Target, describe
from ritrova.encoding.models import Models
from ritrova.index.choose import graph_bytes
from ritrova.index.cosine import Found, unit
from ritrova.index.exact import ExactIndex
from ritrova.index.hnsw import HnswIndex
from ritrova.index.source import ArraySource
from ritrova.paths import bundled_models
from ritrova.settings import EncodingSettings, IndexSettings, cores
from vectors import multiplied, queries

K = 10
ROUNDS = 3
FILTERS = (0.5, 0.1, 0.01, 0.0001)
Search = Callable[[NDArray[np.float32]], Found]


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one search, in milliseconds."""

    median: float
    p99: float

    def __str__(self) -> str:
        return f"median {self.median:7.2f} ms   p99 {self.p99:7.2f} ms"


def timed(search: Search, texts: NDArray[np.float32]) -> Timing:
    for query in texts[:5]:
        search(query)
    times = []
    for query in np.tile(texts, (ROUNDS, 1)):
        start = time.perf_counter()
        search(query)
        times.append(time.perf_counter() - start)
    return Timing(*(float(np.quantile(times, q)) * 1e3 for q in (0.5, 0.99)))


def numpy_search(ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> Search:
    def search(query: NDArray[np.float32]) -> Found:
        scores = vectors @ query
        head = np.argpartition(scores, -K)[-K:]
        head = head[np.argsort(-scores[head])]
        return ids[head], scores[head]

    return search


def recall(search: Search, truth: Search, texts: NDArray[np.float32]) -> tuple[float, float, float]:
    """Mean recall@K, with the 95 % interval of a bootstrap over the queries."""
    shares = np.array([len(np.intersect1d(search(query)[0], truth(query)[0])) / K for query in texts])
    draws = np.random.default_rng(0).choice(shares, (10_000, len(shares))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(shares.mean()), float(low), float(high)


def top(index: ExactIndex | HnswIndex) -> Search:
    return lambda query: index.search(query, K)


def compare(title: str, source: ArraySource, exact: ExactIndex, hnsw: HnswIndex, texts: NDArray[np.float32]) -> None:
    ids, halves = source.vectors(0, 2**62)
    vectors = unit(halves)
    brute = numpy_search(ids, vectors)
    base, ours, graph = (timed(search, texts) for search in (brute, top(exact), top(hnsw)))
    print(f"{title}: {len(ids):,} vectors")
    print(f"  numpy   {base}")
    print(f"  exact   {ours}   {base.median / ours.median:5.1f} times as fast")
    print(f"  hnsw    {graph}   {base.median / graph.median:5.1f} times as fast")
    for name, index in (("exact", exact), ("hnsw", hnsw)):
        mean, low, high = recall(top(index), brute, texts)
        print(Target(f"recall@10 of {name} (95 %: {low:.4f} to {high:.4f})", mean, 0.98, at_least=True))


def filters(source: ArraySource, exact: ExactIndex, texts: NDArray[np.float32]) -> None:
    random = np.random.default_rng(1)
    ids = source.ids(2**62)
    for share in FILTERS:
        among = np.sort(random.choice(ids, max(int(share * len(ids)), 1), replace=False))
        passes = np.zeros(ids[-1] + 1, bool)
        passes[among] = True

        def listed(query: NDArray[np.float32], among: NDArray[np.int64] = among) -> Found:
            return exact.search_among(query, among, K)

        def checked(query: NDArray[np.float32], passes: NDArray[np.bool_] = passes) -> Found:
            kept_ids, kept_scores, n = [], [], 0
            for chunk, scores in exact.ranked(query):
                keep = passes[chunk]
                kept_ids.append(chunk[keep])
                kept_scores.append(scores[keep])
                n += int(keep.sum())
                if n >= K:
                    break
            return np.concatenate(kept_ids)[:K], np.concatenate(kept_scores)[:K]

        same = all(np.allclose(listed(query)[1], checked(query)[1]) for query in texts[:20])
        print(
            f"  filter {share:7.2%}: list given {timed(listed, texts)}   ranked, then checked {timed(checked, texts)}"
            f"   {'same results' if same else 'DIFFERENT RESULTS'}"
        )


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


def build(folder: Path, source: ArraySource, settings: IndexSettings) -> tuple[ExactIndex, HnswIndex]:
    """Both indexes, saved and opened again, with what that cost."""
    exact = ExactIndex(folder)
    start = time.monotonic()
    exact.sync(source)
    made, before = time.monotonic(), resident()
    hnsw = HnswIndex(folder, settings, lambda: exact)
    hnsw.sync(source)
    built, memory = time.monotonic(), resident() - before
    hnsw.save()
    saved = time.monotonic()
    del hnsw
    opening = time.monotonic()
    hnsw = HnswIndex(folder, settings, lambda: exact)
    hnsw.sync(source)
    loaded = time.monotonic()
    exact = ExactIndex(folder)
    exact.sync(source)
    opened = time.monotonic()
    print(f"  exact: made in {made - start:.1f} s, opened in {opened - loaded:.2f} s")
    print(
        f"  hnsw: built in {built - made:.1f} s on {cores()} threads, saved in {saved - built:.2f} s, "
        f"opened in {loaded - opening:.2f} s"
    )
    foreseen, floats = graph_bytes(len(exact), source.dimension, settings.m), len(exact) * source.dimension * 4
    print(f"  hnsw: {memory / 1e6:.0f} MB resident, {foreseen / 1e6:.0f} MB foreseen", end="; ")
    print(f"with 1,152 dimensions {graph_bytes(len(exact), 1152, settings.m) / 1e6:.0f} MB")
    print(Target("resident graph over float32 vectors", memory / floats, 1.3))
    return exact, hnsw


def tune(folder: Path, source: ArraySource, settings: IndexSettings, texts: NDArray[np.float32]) -> None:
    """Recall and time for several `ef`, on the sentences set apart for choosing it."""
    ids, halves = source.vectors(0, 2**62)
    brute = numpy_search(ids, unit(halves))
    builder = HnswIndex(folder, settings, lambda: ExactIndex(folder))
    start = time.process_time()
    builder.sync(source)
    print(
        f"{len(ids):,} vectors, m {settings.m}, ef_construction {settings.ef_construction}: "
        f"{time.process_time() - start:.0f} core-seconds"
    )
    builder.save()
    for ef in (64, 128, 256, 512, 768, 1024, 1536):
        hnsw = HnswIndex(folder, settings.model_copy(update={"ef_search": ef}), lambda: ExactIndex(folder))
        hnsw.sync(source)
        print(
            f"  ef {ef:4}: recall@10 {{:.4f}} ({{:.4f}} to {{:.4f}})".format(*recall(top(hnsw), brute, texts)),
            timed(top(hnsw), texts),
        )


def main() -> None:
    defaults = IndexSettings()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, action="append", help="vectors; may be given several times")
    parser.add_argument("--models", type=Path, default=None, help="folder of model folders (default: the bundled ones)")
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--m", type=int, default=defaults.m)
    parser.add_argument("--ef-construction", type=int, default=defaults.ef_construction)
    parser.add_argument("--ef-search", type=int, default=defaults.ef_search)
    parser.add_argument("--tune", action="store_true", help="recall for several ef instead")
    arguments = parser.parse_args()
    settings = IndexSettings(m=arguments.m, ef_construction=arguments.ef_construction, ef_search=arguments.ef_search)
    encoder = Models(arguments.models or bundled_models(), Path("nowhere")).open(arguments.model, EncodingSettings())
    assert encoder.bank is not None, "the model brings no image vectors"
    choosing, measuring = queries(encoder)
    print(describe())
    print(f"{arguments.model}: {len(encoder.bank):,} real vectors of {encoder.dimension}; {settings}")
    for count in arguments.count or [100_000]:
        source = ArraySource(encoder.fingerprint, encoder.dimension)
        for chunk in multiplied(unit(encoder.bank), count, seed=0):
            source.add(chunk)
        with tempfile.TemporaryDirectory() as name:
            if arguments.tune:
                tune(Path(name), source, settings, choosing)
            else:
                measure(Path(name), source, settings, measuring)


def measure(folder: Path, source: ArraySource, settings: IndexSettings, texts: NDArray[np.float32]) -> None:
    print(f"\n{len(source.ids(2**62)):,} vectors")
    exact, hnsw = build(folder, source, settings)
    compare("  as built", source, exact, hnsw, texts)
    filters(source, exact, texts)
    ids = source.ids(2**62)
    source.delete(ids[np.random.default_rng(2).random(len(ids)) < 0.15])
    start = time.monotonic()
    exact.sync(source)
    hnsw.sync(source)
    print(f"  15 % deleted: both told in {time.monotonic() - start:.2f} s")
    compare("  after deletions", source, exact, hnsw, texts)


if __name__ == "__main__":
    main()
