"""The look at everything that heals what no event told of, on unchanged files: `python benchmarks/reconcile.py`.

As `rescan.py`, but through the scopes that the watch asks for: all of the folder at once, one directory, and one
directory where a photo has come.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from machine import BUILD, Target, describe, measured
from rescan import bare_walk, known, make_files
from ritrova.indexing.scope import Scope
from ritrova.library import Library


def seconds(library: Library, scope: Scope) -> tuple[float, float]:
    """Wall and processor time of comparing a part of the folder, in which nothing changed."""
    with measured() as spent:
        report = library.index(only={1: scope})
    assert report.read == 0, report
    return spent.wall, spent.cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="files")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    print(describe())
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        photos, root = Path(name, "photos"), Path(name, "library")
        photos.mkdir()
        make_files(photos, arguments.count)
        with known(photos, root) as library:
            bare, whole, one = [], [], []
            for _ in range(arguments.repeat):
                with measured() as spent:
                    bare_walk(str(photos))
                bare.append((spent.wall, spent.cpu))
                whole.append(seconds(library, Scope.below(b"")))
                one.append(seconds(library, Scope(directories=frozenset([b"000/00000"]))))
    for label, rounds in (("bare walk", bare), ("reconcile", whole), ("one directory", one)):
        wall, cpu = (median(column) for column in zip(*rounds, strict=True))
        print(f"  {label}: {wall:.3f} s ({cpu:.3f} core-s)")
    ratio = median(cpu for _, cpu in whole) / median(cpu for _, cpu in bare)
    print(Target(f"reconcile of {arguments.count} files against a bare walk, processor time", ratio, 3, " x"))
    ratio = median(wall for wall, _ in whole) / median(wall for wall, _ in bare)
    print(Target(f"reconcile of {arguments.count} files against a bare walk, wall time", ratio, 3, " x"))


if __name__ == "__main__":
    main()
