"""A full disk: the library lies on a small file system that has room for a random part of what is to be written."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from ritrova.cli.errors import DONE, ENVIRONMENT, WITH_FAILURES
from soak import checks
from soak.kills import Say, index_to_the_end, make_library
from soak.process import Ritrova
from soak.tree import Tree

_SIZE = 24 << 20
_LITTLE, _MOST_ROOM = 16 << 10, 300 << 10  # bytes: hardly a transaction, and enough for some changes


def why_not() -> str | None:
    """Why a file system cannot be mounted here."""
    if sys.platform != "linux":
        return "needs a tmpfs, which Linux alone has"
    if os.geteuid() != 0:
        return "only root can mount a small file system"
    return None


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 24 MB. Raises CalledProcessError where root may not mount, as in some containers."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


def fill_the_disk(place: Path, seed: int, rounds: int, say: Say) -> dict[str, Any]:
    """Index so often with too little room, then with enough, and compare."""
    dice = Random(seed)
    counts: Counter[str] = Counter()
    found: list[str] = []
    tree = Tree(place / "foto", dice)
    tree.add(20)
    with small_disk(place / "small disk") as disk:
        library = make_library(disk / "library", tree.root)
        for number in range(rounds):
            for _ in range(6):
                tree.step()
            code, told = _with_little_room(library, disk, dice.randrange(_MOST_ROOM if number % 3 else _LITTLE))
            counts["runs stopped by the full disk" if code == ENVIRONMENT else "runs with room enough"] += 1
            if code not in (DONE, WITH_FAILURES, ENVIRONMENT) or "Traceback" in told:
                found.append(f"`ritrova index` ended with {code}: {told}")
            found += checks.damage(library)
            if number % 10 == 9:
                say(f"{number + 1} full disks")
        tree.come_back()
        found += filter(None, [index_to_the_end(library)])
        undisturbed = make_library(place / "undisturbed", tree.root)
        found += filter(None, [index_to_the_end(undisturbed)])
        found += checks.problems(library, undisturbed, tree)
    return {**counts, "photos": len(tree.files), "problems": found}


def _with_little_room(library: Path, disk: Path, room: int) -> tuple[int, str]:
    """Fill the disk but for `room` bytes and index: the exit code, and what was said."""
    ballast = disk / "ballast"
    status = os.statvfs(disk)
    with ballast.open("wb") as file:
        file.write(b"\1" * max(0, status.f_bavail * status.f_frsize - room))
    process = Ritrova(library, "index", "--json")
    code, told = process.finish(), process.complaints
    process.close()
    ballast.unlink()
    return code, told
