"""A corpus of hostile files, indexed: each is a photo or listed, within bounds of time and memory."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import psutil

from ritrova.encoding.fake import FakeEncoder
from ritrova.images.decoded import Decoded
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import Opened, SandboxedDecoder
from ritrova.images.thumbnails import Thumbnails
from ritrova.indexing.run import Parts, Run
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.progress import Cancellation, Courtesy, Progress
from ritrova.text import Message
from ritrova.watched import WatchedFolders
from soak import checks
from soak.corpus import corpus
from soak.kills import Say, make_library

T = TypeVar("T")
_LIMITS = DecodeLimits(timeout_s=60)
_MOST_MEMORY = 3 << 30
"""Bytes of this process and its decoders, taken together: the decoders' limit and what the others need."""


class Timed(SandboxedDecoder):
    """Remembers how long each file took, by its name."""

    def __init__(self, took: dict[str, float]) -> None:
        super().__init__(FakeEncoder.pixels, _LIMITS)
        self._took = took
        self._name = ""

    def open(self, path: bytes) -> Opened:
        self._name = Path(path.decode()).name
        return self._measured(lambda: super(Timed, self).open(path))

    def decode(self) -> Decoded:
        return self._measured(super().decode)

    def _measured(self, call: Callable[[], T]) -> T:
        start = time.monotonic()
        try:
            return call()
        finally:
            self._took[self._name] = self._took.get(self._name, 0.0) + time.monotonic() - start


class _Memory:
    """Looks several times a second at how much this process and its children have in memory; also a `Watcher`."""

    def __init__(self, say: Say) -> None:
        self.most = 0
        self._say = say
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def progress(self, progress: Progress) -> None:
        self._say(f"{progress.done} files")

    def notice(self, message: Message) -> None:
        self._say(str(message))

    def _look(self) -> None:
        me = psutil.Process()
        while not self._ended.wait(0.2):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.most = max(self.most, total)


def index_a_corpus(place: Path, seed: int, count: int, say: Say) -> dict[str, Any]:
    """Make it, index it, count."""
    families: Counter[str] = Counter()
    folder = place / "corpus"
    folder.mkdir()
    before = {}
    for family, name, data in corpus(seed, count):
        (folder / name).write_bytes(data)
        before[name] = data
        families[family] += 1
    took: dict[str, float] = {}
    library = make_library(place / "library", folder)
    with Library.open(library, write=True) as opened, _Memory(say) as memory:
        parts = Parts(
            store=opened.store,
            encoder=FakeEncoder(),
            thumbnails=Thumbnails(opened.paths.thumbnails, large_limit=10**6),
            new_decoder=lambda: Timed(took),
            workers=2,
            courtesy=Courtesy(),
        )
        here, _ = WatchedFolders(opened.store).here(opened.settings.folders.ignored_names, None)
        report = Run(parts, memory, Cancellation())(here)
        kinds = Counter(str(failure.kind) for failure in opened.failures())
        crashed = [f"{failure.path!r}: {failure.reason}" for failure in opened.failures() if failure.kind == "crashed"]
    found = [f"the database: {line}" for line in checks.damage(library)]
    found += [f"neither read nor listed: {name}" for name in sorted({*before} - _known(library))]
    found += [f"altered: {name}" for name, data in before.items() if (folder / name).read_bytes() != data]
    found += [f"a file's secret was read: {name}" for name in _told_secrets(library)]
    if memory.most > _MOST_MEMORY:
        found.append(f"{memory.most >> 20} MiB of memory were taken")
    slowest = sorted(took.items(), key=lambda item: -item[1])[:5]
    found += [f"{name} took {seconds:.0f} s" for name, seconds in slowest if seconds > 4 * _LIMITS.timeout_s]
    return {
        "files": count,
        **families,
        "read": report.added,
        "listed": dict(kinds),
        "crashed": crashed,
        "seconds": round(report.seconds, 1),
        "slowest file, seconds": round(slowest[0][1], 2),
        "most memory, MiB": memory.most >> 20,
        "problems": found,
    }


def _known(library: Path) -> set[str]:
    query = "SELECT name FROM file WHERE state = 'present' UNION SELECT name FROM failure"
    with closing(sqlite3.connect(LibraryPaths(library).database)) as connection:
        return {row[0].decode() for row in connection.execute(query)}


def _told_secrets(library: Path) -> list[str]:
    """Titles, descriptions and keywords in which the file that external entities ask for is found."""
    secret = Path("/etc/hostname").read_text().strip() if Path("/etc/hostname").exists() else ""
    query = "SELECT title, description, keywords FROM content"
    with closing(sqlite3.connect(LibraryPaths(library).database)) as connection:
        return [str(row) for row in connection.execute(query) if secret and secret in str(row)]
