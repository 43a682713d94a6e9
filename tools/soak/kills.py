"""Kills: `ritrova index` and `ritrova engine` die at any moment while things happen to the folder."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from ritrova.cli.errors import DONE, ENVIRONMENT, WITH_FAILURES
from ritrova.engine.curation_requests import SetFavourite
from ritrova.engine.events import IndexEnded
from ritrova.engine.messages import Event, Hello, Reply
from ritrova.engine.query import Query
from ritrova.engine.replies import Changed, Results
from ritrova.engine.requests import Index, Search
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from soak import checks
from soak.process import PATIENCE_S, Ritrova, left_running
from soak.tree import COLOURS, Tree

SETTINGS = '{"encoding": {"model": "fake"}, "decoding": {"workers": 1}, "index": {"exact_up_to": 40}}'
SLOW_S = (0.0, 0.0, 0.0, 86_400.0, 10 * 365 * 86_400.0)
"""By how much a process's clock is set back."""

Say = Callable[[str], None]


def make_library(root: Path, folder: Path) -> Path:
    """A library with the pretended model that watches a folder."""
    root.mkdir(parents=True)
    LibraryPaths(root).settings.write_text(SETTINGS)
    with Library.open(root, write=True) as library:
        library.add_folder(folder)
    return root


def index_to_the_end(library: Path) -> str | None:
    """An undisturbed run; what was wrong with it."""
    process = Ritrova(library, "index", "--json")
    code = process.finish()
    told = process.complaints
    process.close()
    return None if code in (DONE, WITH_FAILURES) and not told else f"`ritrova index` ended with {code}: {told}"


class Moment:
    """When to kill: at any moment of a run, or soon after its first write."""

    def __init__(self, library: Path, before: tuple[int, ...], dice: Random, whole: float) -> None:
        self._library = library
        self._before = before
        self._dice = dice
        self._written_first = dice.random() < 0.5
        self._at = time.monotonic() + (PATIENCE_S if self._written_first else dice.uniform(0, 1.2 * whole))

    def came(self) -> bool:
        if self._written_first and checks.state(self._library) != self._before:
            self.soon()
        return time.monotonic() >= self._at

    def soon(self) -> None:
        """No more is to be waited for."""
        self._written_first = False
        self._at = min(self._at, time.monotonic() + self._dice.choice((0.0, 0.05, 0.5, 2.0)) * self._dice.random())


class Kills:
    """One run of so many kills."""

    def __init__(self, place: Path, seed: int, say: Say) -> None:
        self._place = place
        self._dice = Random(seed)
        self._say = say
        self._tree = Tree(place / "foto", self._dice)
        self._tree.add(30)
        self._library = make_library(place / "library", self._tree.root)
        self._favourites: set[bytes] = set()
        self._pids: list[int] = []
        self._whole = {"index": 1.0, "engine": 3.0}  # seconds that a run takes here, as far as is known
        self._counts: Counter[str] = Counter()
        self._problems: list[str] = []

    def __call__(self, kills: int) -> dict[str, Any]:
        """Kill so often, let the last run end, and compare."""
        while self._counts["killed"] < kills and not self._problems:
            for _ in range(self._dice.randrange(4)):
                self._tree.step()
            self._run_and_kill()
            self._problems += checks.damage(self._library)
            if self._counts["killed"] % 10 == 0:
                self._say(f"{self._counts['killed']} kills")
        self._tree.come_back()
        self._problems += filter(None, [index_to_the_end(self._library)])
        undisturbed = make_library(self._place / "undisturbed", self._tree.root)
        self._problems += filter(None, [index_to_the_end(undisturbed)])
        self._problems += checks.problems(self._library, undisturbed, self._tree, self._favourites)
        self._problems += [f"a thumbnail of no photo: {name}" for name in checks.leftovers(self._library)]
        self._problems += [f"left running: {pid}" for pid in left_running(self._pids)]
        return {
            **self._counts,
            "photos": len(self._tree.files),
            "steps": dict(self._tree.done),
            "favourites": len(self._favourites),
            "problems": self._problems,
        }

    def _run_and_kill(self) -> None:
        kind = self._dice.choice(("index", "index", "engine"))
        slow = self._dice.choice(SLOW_S)
        before = checks.state(self._library)
        moment = Moment(self._library, before, self._dice, self._whole[kind])
        arguments = ("engine",) if kind == "engine" else ("index", "--json")
        process = Ritrova(self._library, *arguments, slow_s=slow)
        second = Ritrova(self._library, "index", "--json") if self._dice.random() < 0.2 else None
        self._pids += [process.pid] + ([second.pid] if second else [])
        if kind == "engine":
            self._converse(process, moment)
        else:
            self._wait(process, moment)
        self._count(process, kind, before, slow)
        if second is not None:
            self._end_second(second)
        process.close()

    def _wait(self, process: Ritrova, moment: Moment) -> None:
        """Until the moment comes, or the end. Meanwhile more may happen to the folder."""
        while not moment.came() and not process.ended():
            if self._dice.random() < 0.03:
                self._tree.step()
            time.sleep(0.01)

    def _converse(self, engine: Ritrova, moment: Moment) -> None:
        """As a window would: index, search, make favourites. What the engine confirmed must not be forgotten."""
        asked: dict[int, bytes] = {}
        for message in engine.messages(moment.came):
            match message:
                case Hello(read_only=False):
                    engine.send(Index(anyway=True))
                    engine.send(Search(spec=Query(text=self._dice.choice(list(COLOURS)))))
                case Reply(body=Results() as results) if len(results.columns):
                    place = self._dice.randrange(len(results.columns))
                    number = engine.send(SetFavourite(files=(results.columns.files[place],), favourite=True))
                    asked[number] = results.columns.hash(place)
                    self._tree.step()
                case Event(body=IndexEnded()):
                    moment.soon()
                case Reply(id=number, body=Changed()):
                    self._favourites.add(asked[number])

    def _count(self, process: Ritrova, kind: str, before: tuple[int, ...], slow: float) -> None:
        took = time.monotonic() - process.started
        if process.kill():
            self._counts["killed"] += 1
            self._counts[f"killed {kind}"] += 1
            written = checks.state(self._library) != before
            self._counts["killed after it had written"] += written
            self._counts["killed with the clock set back"] += slow > 0
            self._whole[kind] *= 1.01 if written else 1.3
            return
        self._counts["ended by themselves"] += 1
        self._whole[kind] = 0.7 * self._whole[kind] + 0.3 * took
        refused = process.code == ENVIRONMENT and "ritrova" in process.complaints
        if process.code not in (DONE, WITH_FAILURES) and not refused:
            self._problems.append(f"`ritrova {kind}` ended with {process.code}: {process.complaints}")

    def _end_second(self, second: Ritrova) -> None:
        """The other of two that wanted to write at once was refused, or it wrote and the first was refused."""
        if self._dice.random() < 0.5 and second.kill():
            self._counts["killed"] += 1
            self._counts["killed index"] += 1
        elif second.finish() == ENVIRONMENT:
            self._counts["second writers refused"] += 1
        elif second.code not in (DONE, WITH_FAILURES):
            self._problems.append(f"the second `ritrova index` ended with {second.code}: {second.complaints}")
        second.close()
