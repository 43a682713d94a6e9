"""How long a person waits before anything happens: starting the program, opening a large library, a cold search.

python benchmarks/opening.py --count 500000 --search 100000

The commands run as processes of their own, as a person starts them; the files are in the system's cache.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library_search import filled
from machine import BUILD, Target, describe, median_seconds
from ritrova.library import Library
from ritrova.settings import EncodingSettings

COMMAND = Path(sys.executable).with_name("ritrova")
SENTENCE = "due bambini che giocano in riva al mare"


def ritrova(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=True)


def command(title: str, arguments: Sequence[str | Path], repeat: int, bound: float | None = None) -> None:
    """Time a command, and look which heavy packages it imports."""
    seconds = median_seconds(lambda: ritrova(*arguments), repeat)
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", COMMAND, *arguments], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip() for line in traced.stderr.splitlines()}
    heavy = [name for name in ("torch", "torchvision", "timm", "transformers") if name in imported]
    imports = f"  [imports {', '.join(heavy) or 'no torch, timm, transformers'}]"
    print((f"  {title}: {seconds:.2f} s" if bound is None else str(Target(title, seconds, bound, " s"))) + imports)


def opened(root: Path) -> None:
    """Everything that a window needs before a person can type: the library, its folders, its numbers, its index."""
    with Library.open(root) as library:
        library.folders()
        library.status()


def answered(root: Path, query: NDArray[np.float32]) -> None:
    with Library.open(root) as library:
        library.nearest(query)


def help_time(repeat: int) -> None:
    command("ritrova --help", ["--help"], repeat, 0.3)


def opening_time(count: int, model: str, repeat: int) -> None:
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        root = Path(name)
        encoder = filled(root, model, count, graph=False)  # which takes long to build, and is loaded by a search only
        query = encoder.encode_texts([SENTENCE])[0]
        size = (root / "library.sqlite3").stat().st_size
        print(f"\n{count} photos, database of {size / 1e6:.0f} MB")
        opened(root)
        print(Target("opening", median_seconds(lambda: opened(root), repeat), 2, " s"))
        print(
            f"  {median_seconds(lambda: answered(root, query), repeat):.2f} s to open it and compare every photo once"
        )
        command("ritrova status", ["--library", root, "status"], repeat)


def cold_search(count: int, model: str, repeat: int) -> None:
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        root = Path(name)
        filled(root, model, count)
        print(f"\n{count} photos, ritrova search in a new process")
        arguments: list[str | Path] = ["--library", root, "search", "--timings", SENTENCE]
        print(ritrova(*arguments).stderr.rstrip())
        command("cold search", arguments, repeat, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500_000, help="photos of the library that is opened")
    parser.add_argument("--search", type=int, default=100_000, help="photos of the library that is searched")
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    os.environ["LANGUAGE"] = "en"
    print(describe())
    help_time(2 * arguments.repeat)
    opening_time(arguments.count, arguments.model, arguments.repeat)
    cold_search(arguments.search, arguments.model, arguments.repeat)


if __name__ == "__main__":
    main()
