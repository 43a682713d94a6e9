"""The small pictures of photos: read and fitted to their tiles on a few threads, kept within a bound of bytes.

thumbnails.want([Wish(content, QSize(240, 176)), ...])    what is looked at, the most urgent first
thumbnails.get(content)                                   its pixmap, or None as long as there is none
thumbnails.arrived                                        there are new ones

Each list of wishes takes the place of the one before: what was scrolled past before its turn is never read.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from os import fsdecode
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QRect, QSize, Qt, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from ritrova.engine.base import Fault
from ritrova.engine.messages import Hello
from ritrova.engine.replies import Picture
from ritrova.engine.requests import Thumbnail
from ritrova.paths import LARGE_SIDE, SMALL_SIDE, thumbnail_path
from ritrova_desktop.engine import Engine, EngineState

Side = Literal[256, 512]
_Key = tuple[bytes, Side]

LIMIT_BYTES = 96 << 20
THREADS = 2
MOST_ASKED = 64
"""Thumbnails that the engine is asked for at a time: it makes them from the originals."""

ENOUGH = 1.25
"""A small thumbnail may be drawn so much larger than it is before the large one is worth its room."""

MOST_MISSING = 100_000
TURN = 24
"""Pictures that become pixmaps in one turn of the event loop."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A thumbnail in the size of its tile, in device pixels. Where the shapes differ, the middle is cut out."""

    content: bytes
    size: QSize


class Thumbnails(QObject):
    arrived = Signal()
    _read = Signal()  # from the threads

    def __init__(self, engine: Engine, limit_bytes: int = LIMIT_BYTES, threads: int = THREADS) -> None:
        super().__init__()
        self._engine = engine
        self.limit = limit_bytes
        self._root: Path | None = None
        self._kept: OrderedDict[bytes, tuple[QPixmap, QSize]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._wishes: deque[Wish] = deque()
        self._reading: dict[bytes, QSize] = {}
        self._done: deque[tuple[Wish, QImage | None, bool]] = deque()
        self._missing: set[_Key] = set()  # those that cannot be had
        self._asked: set[_Key] = set()
        self._told: dict[_Key, int] = {}  # how often the engine said that they are there, and they could not be read
        self._later: OrderedDict[_Key, Wish] = OrderedDict()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._workers = 0
        self._read.connect(self._collect, Qt.ConnectionType.QueuedConnection)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._collect)
        engine.greeted.connect(self._on_hello)
        engine.state_changed.connect(self._on_state)
        if engine.hello is not None:
            self._on_hello(engine.hello)

    @property
    def bytes_kept(self) -> int:
        """What the pixmaps take."""
        return self._bytes

    @property
    def idle(self) -> bool:
        """All that was wished for is there, or is known not to be had."""
        with self._lock:
            return not (self._wishes or self._reading or self._done)

    def set_limit(self, limit_bytes: int) -> None:
        self.limit = limit_bytes
        self._make_room()

    def get(self, content: bytes) -> QPixmap | None:
        """In whichever size it was last wished for; counts as used."""
        found = self._kept.get(content)
        if found is None:
            return None
        self._kept.move_to_end(content)
        return found[0]

    def is_missing(self, content: bytes) -> bool:
        """There is no picture to be had."""
        return (content, SMALL_SIDE) in self._missing

    def want(self, wishes: Iterable[Wish]) -> None:
        """Read these, in this order; earlier wishes that are not under way are dropped."""
        wanted = [wish for wish in wishes if self._lacks(wish)]
        self._later.clear()
        with self._lock:
            self._wishes = deque(wish for wish in wanted if self._reading.get(wish.content) != wish.size)
            start = min(len(self._wishes), self._pool.maxThreadCount() - self._workers) if self._root else 0
            self._workers += max(0, start)
        for _ in range(start):
            self._pool.start(self._work)

    def forget(self) -> None:
        """The photos may be others now: what was missing is looked for again."""
        self._missing.clear()
        self._told.clear()

    def close(self) -> None:
        """Read nothing more, and wait for what is being read."""
        with self._lock:
            self._wishes.clear()
        self._pool.waitForDone()
        self._done.clear()
        self._turn.stop()

    # On the UI thread

    def _lacks(self, wish: Wish) -> bool:
        kept = self._kept.get(wish.content)
        if kept is not None and kept[1] == wish.size:
            return False
        key: _Key = (wish.content, SMALL_SIDE)
        return key not in self._missing and key not in self._asked

    def _on_hello(self, hello: Hello) -> None:
        self._root = Path(fsdecode(hello.thumbnails))
        self._asked.clear()
        self.forget()
        with self._lock:
            wishes = list(self._wishes)
        self.want(wishes)

    def _on_state(self, state: EngineState) -> None:
        if state is EngineState.CLOSED:
            self.close()

    def _collect(self) -> None:
        """Make pixmaps of what was read, a few a turn, so that no frame waits for them."""
        with self._lock:
            some = [self._done.popleft() for _ in range(min(TURN, len(self._done)))]
            more = bool(self._done)
        for wish, image, blurred in some:
            if image is None:
                self._ask(wish, SMALL_SIDE)
            else:
                self._keep(wish, image)
                self._told.pop((wish.content, SMALL_SIDE), None)
                if blurred:
                    self._ask(wish, LARGE_SIDE)
                else:
                    self._told.pop((wish.content, LARGE_SIDE), None)
        if more:
            self._turn.start()
        self.arrived.emit()

    def _keep(self, wish: Wish, image: QImage) -> None:
        before = self._kept.pop(wish.content, None)
        if before is not None:
            self._bytes -= _bytes(before[0])
        pixmap = QPixmap.fromImage(image, Qt.ImageConversionFlag.NoFormatConversion)
        self._kept[wish.content] = (pixmap, wish.size)
        self._bytes += _bytes(pixmap)
        self._make_room()

    def _make_room(self) -> None:
        while self._bytes > self.limit and self._kept:
            _, (oldest, _) = self._kept.popitem(last=False)
            self._bytes -= _bytes(oldest)

    def _ask(self, wish: Wish, side: Side) -> None:
        """Ask the engine for a thumbnail that is not there: once, and not for too many at a time."""
        key: _Key = (wish.content, side)
        if key in self._missing or key in self._asked:
            return
        told = self._told.get(key, 0)
        if told > 1:  # it was made anew, and cannot be read either
            self._missing.add(key)
            return
        if len(self._asked) >= MOST_ASKED:
            self._later[key] = wish
            return
        self._asked.add(key)

        def came(picture: Picture, _more: bool) -> None:
            self._answered(key, wish, picture.path is not None)

        def refused(_fault: Fault) -> None:
            self._answered(key, wish, False)

        self._engine.request(
            Thumbnail(content=wish.content, side=side, anew=told > 0),
            came,
            refused,
        )

    def _answered(self, key: _Key, wish: Wish, there: bool) -> None:
        self._asked.discard(key)
        if there:
            self._told[key] = self._told.get(key, 0) + 1
            with self._lock:
                again = [*self._wishes, wish]
            self._kept_is_stale(wish)
            self.want(again)
        else:
            if len(self._missing) >= MOST_MISSING:
                self._missing.clear()
            self._missing.add(key)
            self.arrived.emit()
        if self._later:
            (_, side), later = self._later.popitem(last=False)
            self._ask(later, side)

    def _kept_is_stale(self, wish: Wish) -> None:
        kept = self._kept.get(wish.content)
        if kept is not None:
            self._kept[wish.content] = (kept[0], QSize())

    # On the threads

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._wishes:
                    self._workers -= 1
                    return
                wish = self._wishes.popleft()
                self._reading[wish.content] = wish.size
                root = self._root
            image, blurred = _fitted(root, wish) if root is not None else (None, False)
            with self._lock:
                self._reading.pop(wish.content, None)
                first = not self._done
                self._done.append((wish, image, blurred))
            if first:
                self._read.emit()


def _fitted(root: Path, wish: Wish) -> tuple[QImage | None, bool]:
    """The thumbnail in the size of the tile, and whether a larger one would look better. Safe on any thread."""
    needed = max(wish.size.width(), wish.size.height())
    large = needed > SMALL_SIDE * ENOUGH
    for side in (LARGE_SIDE, SMALL_SIDE) if large else (SMALL_SIDE,):
        reader = QImageReader(str(thumbnail_path(root, wish.content, side)))
        own = reader.size()
        if not own.isValid():
            continue
        reader.setScaledSize(own.scaled(wish.size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
        image = reader.read()
        if image.isNull():
            continue
        if image.size() != wish.size:
            cut = QRect(0, 0, wish.size.width(), wish.size.height())
            cut.moveCenter(image.rect().center())
            image = image.copy(cut)
        return image.convertToFormat(QImage.Format.Format_RGB32), large and side == SMALL_SIDE
    return None, False


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
