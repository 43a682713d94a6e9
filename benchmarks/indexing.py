"""What indexing costs: each stage alone, the whole, and the bare image tower.

python benchmarks/indexing.py --count 2000 --threads all --repeat 3

The stages run one after the other on this process alone, so their sum is the work that must be done. The whole is
`Library.index` over the same photos into an empty library. Were all cores busy with nothing but the stages, wall time
times cores would equal the sum: the ratio of the two says what waiting and doing things twice cost.
"""

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from machine import BUILD, Spent, Target, describe, measured
from photos import made
from ritrova.encoding.fake import NAME as FAKE
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.images.decode import reduced
from ritrova.images.files import read_photo
from ritrova.images.limits import DecodeLimits
from ritrova.images.thumbnails import SMALL_SIDE, Thumbnails
from ritrova.indexing.run import BATCH
from ritrova.library import Library
from ritrova.paths import bundled_models
from ritrova.settings import EncodingSettings, cores
from ritrova.store.records import Embedded, Place
from ritrova.store.store import Store
from ritrova.store.writing import write

STAGES = ("read", "hash", "decode", "thumbnail", "encode", "write")
ALONE = 200
"""Photos that the stages are measured on."""

LIMITS = DecodeLimits()


class Clock:
    """Adds up processor time by stage, all threads of this process included."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self._seconds[stage] += time.process_time() - start

    def per_photo(self, photos: int) -> dict[str, float]:
        """Core-milliseconds a photo."""
        return {stage: self._seconds[stage] / photos * 1000 for stage in STAGES}


def stages(paths: Sequence[Path], encoder: Encoder, root: Path) -> dict[str, float]:
    """Core-milliseconds a photo of each stage run alone."""
    clock = Clock()
    done: list[tuple[Embedded, NDArray[np.uint8], bytes]] = []
    nothing = np.empty(0, np.float32)
    for path in paths:
        with clock("read"):
            data, stamp = read_photo(os.fsencode(path), LIMITS.max_file_bytes)
        with clock("hash"):
            hash_ = blake3(data).digest()
        with clock("decode"):
            small = reduced(data, encoder.pixels, SMALL_SIDE, LIMITS, ".jpg")
            pixels = small.model_input(encoder.pixels)
        with clock("thumbnail"):
            picture = small.thumbnail(SMALL_SIDE)
        place = Place(1, b"", os.fsencode(path.name))
        outcome = Embedded(
            place=place,
            stamp=stamp,
            hash=hash_,
            facts=small.facts,
            vector=nothing,
            moved_from=None,
            sidecar=None,
        )
        done.append((outcome, pixels, picture))
    encoder.encode_images(done[0][1][np.newaxis])  # the first batch sets torch up
    vectors = []
    with clock("encode"):
        for start in range(0, len(done), encoder.batch_size):
            batch = [pixels for _, pixels, _ in done[start : start + encoder.batch_size]]
            vectors.append(encoder.encode_images(np.stack(batch)))
    _write(clock, done, np.concatenate(vectors), encoder, root)
    return clock.per_photo(len(paths))


def _write(
    clock: Clock,
    done: Sequence[tuple[Embedded, NDArray[np.uint8], bytes]],
    vectors: NDArray[np.float32],
    encoder: Encoder,
    root: Path,
) -> None:
    thumbnails = Thumbnails(root / "thumbnails", large_limit=0)
    store = Store(root / "alone.sqlite3", write=True)
    store.add_folder("volume", "volume", "internal", b"/", b"photos")
    model = store.add_model(encoder.fingerprint, encoder.name, encoder.dimension)
    outcomes = [
        Embedded(
            place=outcome.place,
            stamp=outcome.stamp,
            hash=outcome.hash,
            facts=outcome.facts,
            vector=vector,
            moved_from=None,
            sidecar=None,
        )
        for (outcome, _, _), vector in zip(done, vectors, strict=True)
    ]
    with clock("write"):
        for outcome, _, picture in done:
            thumbnails.put(outcome.hash, picture)
        for start in range(0, len(outcomes), BATCH):
            write(store, model, outcomes[start : start + BATCH])
    store.close()


def whole(photos: Path, model: str, threads: int, root: Path) -> Spent:
    """`Library.index` of a folder into an empty library; the model is loaded before."""
    with Library.open(root, write=True) as library:
        library.settings.encoding.model = model
        library.settings.encoding.threads = threads
        side = library.encoder.pixels.side
        library.encoder.encode_images(np.zeros((1, side, side, 3), np.uint8))
        library.add_folder(photos)
        with measured() as spent:
            report = library.index()
        assert report.added == len(list(photos.iterdir())), report
    return spent


def bare_tower(model: str, threads: int, batch: int, rounds: int = 8) -> float:
    """Photos a second through the image tower alone: float32, inference mode, channels last, pixels at hand."""
    import torch

    from ritrova.encoding import compact

    torch.set_num_threads(threads)
    config = compact.read_config(Models(bundled_models(), Path()).info(model).path)
    tower = compact.image_tower(config).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pixels = torch.randn(batch, 3, config.side, config.side).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        tower(pixels)
        start = time.perf_counter()
        for _ in range(rounds):
            tower(pixels)
    return rounds * batch / (time.perf_counter() - start)


@dataclass(slots=True)
class Round:
    """One repetition."""

    alone: dict[str, float]  # core-milliseconds a photo
    whole: Spent
    bare: float | None  # photos a second


def measure(paths: Sequence[Path], model: str, threads: int) -> Round:
    """Stages, whole and bare tower, one after the other."""
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        root = Path(name)
        encoder = Models(bundled_models(), Path()).open(model, EncodingSettings(threads=threads))
        alone = stages(paths[:ALONE], encoder, root)
        folder = root / "photos"
        folder.mkdir()
        for path in paths:
            (folder / path.name).hardlink_to(path)
        spent = whole(folder, model, threads, root / "library")
        bare = None if model == FAKE else bare_tower(model, threads, encoder.batch_size)
    return Round(alone, spent, bare)


def report(rounds: Sequence[Round], photos: int, threads: int) -> None:
    alone = {stage: median(one.alone[stage] for one in rounds) for stage in STAGES}
    total = sum(alone.values())
    wall = median(one.whole.wall for one in rounds)
    cpu = median(one.whole.cpu for one in rounds)
    print(f"\n{photos} photos, {threads} threads of the model, {cores()} cores; medians of {len(rounds)} round(s)")
    print("  core-ms a photo:", ", ".join(f"{stage} {ms:.1f}" for stage, ms in alone.items()), f"; sum {total:.1f}")
    each = ", ".join(f"{one.whole.wall:.1f}" for one in rounds)
    print(f"  whole: {wall:.1f} s (each round: {each}), {photos / wall:.1f} photos/s")
    others = max(one.whole.others for one in rounds)
    print(f"  ours: {cpu / wall / cores():.0%} of the cores; other programs: up to {others:.0%}")
    left = median(one.whole.wall * (1 - one.whole.others) for one in rounds) * cores()
    work = total / 1000 * photos
    print(f"  work done {cpu / work:.2f} x the sum; wall x what others left of the cores {left / work:.2f} x the sum")
    print(Target("wall x cores / sum of stages", wall * cores() / work, 1.15))
    bares = [one.bare for one in rounds if one.bare is not None]
    if bares:
        bare = median(bares)
        print(f"  bare tower: {bare:.1f} photos/s; the whole reaches {photos / wall / bare:.2f} of it")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300, help="photos")
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--threads", choices=("default", "all"), action="append", help="default: all cores but one")
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()
    paths = made(arguments.count)
    print(describe())
    for choice in arguments.threads or ["default", "all"]:
        threads = cores() if choice == "all" else max(1, cores() - 1)
        rounds: list[Round] = []
        for _ in range(arguments.repeat):
            rounds.append(measure(paths, arguments.model, threads))
            report(rounds, arguments.count, threads)


if __name__ == "__main__":
    main()
