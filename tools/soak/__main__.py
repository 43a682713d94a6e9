"""Hurts Ritrova and says what was lost: `python -m soak [--kills N] [--disks N] [--files N]`, or `make soak`.

Each part runs on its own; the exit code is 1 where anything was lost. A seed makes the same decisions again, though
never the same moments.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from platform import platform, python_version
from subprocess import CalledProcessError
from typing import Any

from soak.full_disk import fill_the_disk, why_not
from soak.hostile import index_a_corpus
from soak.kills import Kills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--disks", type=int, default=40, help="runs on a disk that is full at a random moment")
    parser.add_argument("--files", type=int, default=5_000, help="of the hostile corpus")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, help="where the report goes, as JSON")
    arguments = parser.parse_args()
    report: dict[str, Any] = {
        "system": platform(),
        "python": python_version(),
        "processors": os.cpu_count(),
        "seed": arguments.seed,
    }

    def kills(place: Path) -> dict[str, Any]:
        return Kills(place, arguments.seed, _say)(arguments.kills)

    def disks(place: Path) -> dict[str, Any]:
        reason = why_not()
        try:
            return {"skipped": reason} if reason else fill_the_disk(place, arguments.seed, arguments.disks, _say)
        except CalledProcessError as error:
            return {"skipped": error.stderr.decode().strip()}

    def files(place: Path) -> dict[str, Any]:
        return index_a_corpus(place, arguments.seed, arguments.files, _say)

    for name, count, part in (
        ("kills", arguments.kills, kills),
        ("full disk", arguments.disks, disks),
        ("hostile files", arguments.files, files),  # the last: it has threads, and the others fork
    ):
        if count:
            report[name] = _run(name, part)
    if arguments.report:
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(json.dumps(report, indent=2) + "\n")
    _show(report)
    return int(any(isinstance(part, dict) and part.get("problems") for part in report.values()))


def _run(name: str, part: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    _say(f"== {name}")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ritrova-soak-") as place:
        return part(Path(place)) | {"wall seconds": round(time.monotonic() - start, 1)}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(report: dict[str, Any]) -> None:
    for name, value in report.items():
        if not isinstance(value, dict):
            print(f"{name:34}{value}")
            continue
        print(f"\n{name}")
        for key, each in value.items():
            for number, line in enumerate(_lines(each)):
                print(f"  {key if number == 0 else '':32}{line}")


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{count:6} {key}" for key, count in value.items()] or ["none"]
    return [str(each) for each in value] or ["none"] if isinstance(value, list) else [str(value)]


if __name__ == "__main__":
    sys.exit(main())
