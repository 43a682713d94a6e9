"""`Library.search` after the sentence was encoded: the index, the filters, and the photos' rows out of the store.

python benchmarks/library_search.py --count 100000

The vectors are real embeddings, perturbed and interpolated; the queries are real sentences. Filters leave a known share
of the photos, by a folder (stored together), by a day's range (an index on dates) and by a camera (no index).
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from libraries import BETWEEN, ELSEWHERE, FIRST_DAY, SHARES, invent
from machine import BUILD, Target, describe
from photos import made
from ritrova.encoding.protocol import Encoder
from ritrova.index.cosine import unit
from ritrova.library import Library
from ritrova.photo import Filters
from ritrova.settings import EncodingSettings
from ritrova.store.store import Store
from vectors import multiplied, queries

TOP = 20
BOUND_MS = 10


def filled(root: Path, model: str, count: int, *, graph: bool = True) -> Encoder:
    """Make a library of `count` invented photos with vectors like real ones, its indexes built; its encoder."""
    with Library.open(root, write=True) as library:
        library.use_model(model)
        if not graph:
            library.settings.index.exact_up_to = count
        encoder = library.encoder
        assert encoder.bank is not None, "the model brings no image vectors"
        store = Store(library.paths.database, write=True)
        chunks = multiplied(unit(encoder.bank), count, seed=0)
        invent(store, encoder, count, (vector for chunk in chunks for vector in chunk))
        store.close()
        library.index()
    return encoder


@contextmanager
def beside_photos(model: str, count: int, photos: int) -> Iterator[tuple[Path, Path]]:
    """A library as `filled` makes it, without a graph, and a folder of so many real photos that it has not seen."""
    BUILD.mkdir(parents=True, exist_ok=True)
    originals = made(photos)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        root, folder = Path(name) / "library", Path(name) / "photos"
        filled(root, model, count, graph=False)
        folder.mkdir()
        for photo in originals:
            (folder / photo.name).hardlink_to(photo)
        yield root, folder


def conditions(count: int) -> Iterator[tuple[str, Filters]]:
    """Filters by the share of photos that they leave."""
    yield "all photos", Filters()
    for number, share in enumerate(SHARES):
        yield f"folder, {share:.2%}", Filters(folders=(bytes(ELSEWHERE / str(number)),))
        last = FIRST_DAY + share * count * BETWEEN
        yield f"dates, {share:.2%}", Filters(date_from=FIRST_DAY.date(), date_to=last.date())
        yield f"camera, {share:.2%}", Filters(cameras=(f"shared {number}",))


def milliseconds(library: Library, texts: NDArray[np.float32], filters: Filters) -> list[float]:
    times = []
    for query in texts:
        start = time.perf_counter()
        library.nearest(query, filters, TOP)
        times.append((time.perf_counter() - start) * 1000)
    return times


def report(library: Library, texts: NDArray[np.float32], count: int, repeat: int) -> None:
    targets: list[Target] = []
    for title, filters in conditions(count):
        found = len(library.nearest(texts[0], filters, TOP))
        times: Sequence[float] = [ms for _ in range(repeat) for ms in milliseconds(library, texts, filters)]
        middle, slowest = np.quantile(times, (0.5, 0.99))
        print(f"  {title:16} median {middle:6.2f} ms   p99 {slowest:6.2f} ms   {found} found")
        if not filters.any:
            targets.append(Target(f"search at {count}, p99", float(slowest), BOUND_MS, " ms"))
    print(*targets, sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, action="append", help="photos; may be given several times")
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    print(describe())
    for count in arguments.count or [100_000]:
        with tempfile.TemporaryDirectory(dir=BUILD) as name:
            root = Path(name)
            encoder = filled(root, arguments.model, count)
            with Library.open(root) as library:
                status = library.status()
                print(f"\n{count} photos, {encoder.name}, {status.index} index, {arguments.repeat} rounds of queries")
                texts = queries(encoder)[1][: arguments.queries]
                report(library, texts, count, arguments.repeat)


if __name__ == "__main__":
    main()
