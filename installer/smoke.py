"""Tries the frozen application from another folder, as a person would have it: nothing of ours on any path.

    python installer/smoke.py build/installer/Ritrova --pictures build/installer/pictures

Indexes the sample photos that ship inside, searches, and lets the window take pictures of its pages, offscreen.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image

SENTENCE = "una tazza di caffè su un tavolo di legno"
ANSWER = "025-caffe.jpg"
AMONG = 3
"""The answer must be among so many."""

PATIENCE_S = 600
PAGES = 22
"""Pictures that the window takes: eleven pages, light and dark."""

PHOTO_COLOURS = 5_000
"""Drawn text has some hundred colours; a page that shows photos has more than this."""

_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "TEMP", "TMP")


class Fault(Exception):
    """What does not work, with what it said."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing tried: how long it took and what came of it."""

    name: str
    seconds: float
    said: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A built folder, with a home of its own."""

    folder: Path
    home: Path

    @property
    def samples(self) -> Path:
        """The photos that ship inside."""
        return next(self.folder.rglob("ritrova_resources/samples/photos"))

    def run(self, program: str, *arguments: str | Path) -> str:
        """Standard output of one of the programs. Raises Fault unless it ends well."""
        command = [str(self.folder / (program + (".exe" if sys.platform == "win32" else ""))), *map(str, arguments)]
        try:
            ran = subprocess.run(
                command,
                cwd=self.home,
                env=environment(self.home),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Fault(f"{program} does not end\n{logs_of(self.home)}") from error
        if ran.returncode != 0:
            raise Fault(f"{program} ends with code {ran.returncode}\n{ran.stdout}\n{ran.stderr}\n{logs_of(self.home)}")
        return ran.stdout

    def left_running(self) -> list[str]:
        """Processes of the folder, soon after the programs have ended."""
        deadline = time.monotonic() + 10
        while (left := list(self._running())) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def _running(self) -> list[str]:
        found = []
        for process in psutil.process_iter(["exe", "pid"]):
            if process.info["exe"] and Path(process.info["exe"]).is_relative_to(self.folder):
                found.append(f"{Path(process.info['exe']).name} ({process.info['pid']})")
        return found


def environment(home: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of a fresh account: no Python's, no library's, no other home's."""
    kept = {name: given[name] for name in _KEPT_VARIABLES if name in given}
    own = {"HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home), "LOCALAPPDATA": str(home)}
    return {**kept, **own, "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


def copied(folder: Path, target: Path) -> Path:
    """The folder in another place, by hard links where the disk allows: a second gigabyte is of no use."""

    def link(source: str, place: str) -> None:
        try:
            os.link(source, place)
        except OSError:
            shutil.copy2(source, place)

    shutil.copytree(folder, target, symlinks=True, copy_function=link)
    return target


def size_of(folder: Path) -> int:
    """Bytes of the files, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def logs_of(home: Path) -> str:
    """The ends of the logs that the programs have written."""
    return "\n".join(f"-- {log.name}\n{log.read_text('utf-8', 'replace')[-3_000:]}" for log in home.rglob("*.log"))


def check_index(said: str, photos: int) -> str:
    report = json.loads(said)
    if report["added"] != photos or report["failed"]:
        raise Fault(f"{photos} photos are there, and indexing says {report}")
    return f"{photos} photos, {report['photos_per_second']:.1f}/s"


def check_hits(said: str) -> str:
    """That the sentence finds its photo."""
    names = [Path(json.loads(line)["path"]).name for line in said.splitlines()]
    if ANSWER not in names[:AMONG]:
        raise Fault(f"«{SENTENCE}» finds {names}")
    return f"{ANSWER} is number {names.index(ANSWER) + 1}"


def check_doctor(said: str) -> str:
    """That nothing must be mended: a frozen program without a library would say so."""
    checks = json.loads(said)["checks"]
    bad = [check for check in checks if check["grade"] == "bad"]
    if bad:
        raise Fault(f"the doctor says {bad}")
    return f"{len(checks)} checks"


def check_pictures(folder: Path) -> str:
    """That the pages were drawn, and that the photos found are on theirs."""
    pictures = sorted(folder.glob("*.png"))
    if len(pictures) != PAGES:
        raise Fault(f"{len(pictures)} pictures instead of {PAGES}: {[path.name for path in pictures]}")
    for path in pictures:
        if colours_of(path) < 10:
            raise Fault(f"nothing is drawn in {path}")
    found = colours_of(folder / "search-light.png")
    if found < PHOTO_COLOURS:
        raise Fault(f"the search shows no photos: {found} colours in {folder / 'search-light.png'}")
    return f"{len(pictures)} pictures"


def colours_of(path: Path) -> int:
    with Image.open(path) as picture:
        return len(picture.convert("RGB").getcolors(picture.width * picture.height) or ())


def tried(frozen: Frozen, pictures: Path, show: Callable[[Line], None]) -> None:
    """All steps in their order. Raises Fault at the first that fails."""

    def step(name: str, work: Callable[[], str]) -> None:
        start = time.perf_counter()
        said = work()
        show(Line(name, time.perf_counter() - start, said))

    def windows() -> str:
        frozen.run("ritrova-desktop", "--demo", "--language", "it", "--screenshots", pictures)
        return check_pictures(pictures)

    def nothing_left() -> str:
        if left := frozen.left_running():
            raise Fault(f"still running: {', '.join(left)}")
        return "none"

    photos = len(list(frozen.samples.iterdir()))
    step("ritrova --version", lambda: frozen.run("ritrova", "--version").strip())
    step("ritrova add", lambda: frozen.run("ritrova", "add", frozen.samples) and "the samples")
    step("ritrova index", lambda: check_index(frozen.run("ritrova", "index", "--json"), photos))
    step("ritrova search", lambda: check_hits(frozen.run("ritrova", "search", "--json", SENTENCE)))
    step("ritrova doctor", lambda: check_doctor(frozen.run("ritrova", "doctor", "--json")))
    step("ritrova-desktop", windows)
    step("processes left", nothing_left)


def show(line: Line) -> None:
    print(f"{line.name:<20}{line.seconds:>8.1f} s  {line.said}", flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the built folder")
    parser.add_argument("--pictures", type=Path, required=True, help="where the window's pictures go")
    given = parser.parse_args(arguments)
    pictures = given.pictures.absolute()
    shutil.rmtree(pictures, ignore_errors=True)
    print(f"{given.folder}: {size_of(given.folder) / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory(prefix="ritrova-smoke-") as elsewhere:
        home = Path(elsewhere) / "casa"
        home.mkdir()
        frozen = Frozen(copied(given.folder, Path(elsewhere) / "Città nuova" / "Ritrova"), home)
        try:
            tried(frozen, pictures, show)
        except Fault as fault:
            print(f"FAILED: {fault}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
