"""Measures speed and memory: `python benchmarks [--full] [PART ...] [-- OPTIONS]`, which is what `make bench` runs.

Each part is a program of its own and runs in a process of its own, so that none finds the memory or the threads of
another. Without `--full` all together take some fifteen minutes on two cores, once the photos are made; with it they
have the sizes of docs/performance.md and take an hour. OPTIONS are handed to the parts instead of their own.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from machine import NUMPY_SLOWED_BY

QUICK = {
    "decoding": "--count 60",
    "indexing": "--count 200",
    "rescan": "--count 100000",
    "opening": "--count 200000 --search 100000 --repeat 3",
    "library_search": "--count 100000 --repeat 1",
    "search": "--count 100000",
    "reconcile": "--count 100000",
    "rename": "--count 10000 --repeat 1 --idle 10",
    "idle": "--seconds 20",
    "engine": "--count 100000 --photos 20",
    "desktop_start": "--repeat 5",
    "desktop_search": "--count 100000 --searches 10 --photos 20",
    "desktop_scroll": "--count 100000",
    "desktop_heartbeat": "--count 200",
}
FULL = {
    "decoding": "--count 300",
    "indexing": "--count 2000 --repeat 3",
    "rescan": "--count 100000",
    "opening": "--count 500000 --search 100000",
    "library_search": "--count 100000 --count 500000",
    "search": "--count 100000 --count 500000",
    "reconcile": "--count 100000",
    "rename": "--count 10000",
    "idle": "--seconds 60",
    "engine": "--count 100000",
    "desktop_start": "--repeat 7",
    "desktop_search": "--count 100000",
    "desktop_scroll": "--count 100000",
    "desktop_heartbeat": "--count 2000",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(QUICK)}; default: all")
    parser.add_argument("--full", action="store_true", help="sizes of docs/performance.md")
    given = sys.argv[1:]
    own, options = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    arguments = parser.parse_args(own)
    unknown = set(arguments.parts) - set(QUICK)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    environment = {name: value for name, value in os.environ.items() if name not in NUMPY_SLOWED_BY}
    environment["PYTHONUNBUFFERED"] = "1"  # who waits sees each line as it comes
    failed = []
    for part, size in (FULL if arguments.full else QUICK).items():
        if arguments.parts and part not in arguments.parts:
            continue
        command = [part, *(options or size.split())]
        print("\n==", *command, flush=True)
        start = time.monotonic()
        program = Path(__file__).with_name(f"{part}.py")
        done = subprocess.run([sys.executable, program, *command[1:]], env=environment, check=False)
        print(f"   ({time.monotonic() - start:.0f} s)", flush=True)
        if done.returncode:
            failed.append(part)
    if failed:
        print(f"\nended with an error: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
