"""`--screenshots`: goes through the pages in both themes, writes a picture of each, and ends.

The window's size is that of a small screen; `QT_SCALE_FACTOR=2` makes the pictures for a dense one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ritrova_desktop.theme import Choice
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.main_window import MainWindow
from ritrova_desktop.views.navigation import Kind, Place

SIZE = (1366, 768)
SETTLE_MS = 600
"""Until an animation has ended, or a view has asked for what it shows."""

MOST_INDEXING_MS = 180_000
SENTENCE = "due barche sulla riva al tramonto"


@dataclass(frozen=True, slots=True)
class _Shot:
    name: str
    place: Place
    sentence: str = ""


_SHOTS = (
    _Shot("photos", Place(Kind.ALL)),
    _Shot("search", Place(Kind.ALL), SENTENCE),
    _Shot("photo", Place(Kind.PHOTO, row=0), SENTENCE),
    _Shot("favourites", Place(Kind.FAVOURITES)),
    _Shot("albums", Place(Kind.ALBUMS)),
    _Shot("folders", Place(Kind.FOLDERS)),
    _Shot("failures", Place(Kind.FAILURES)),
    _Shot("models", Place(Kind.MODELS)),
    _Shot("preferences", Place(Kind.PREFERENCES)),
    _Shot("library", Place(Kind.LIBRARY)),
    _Shot("shortcuts", Place(Kind.SHORTCUTS)),
    _Shot("first-run", Place(Kind.FIRST_RUN)),
)


class Screenshots(QObject):
    """Begins when indexing has come to rest, so that there is something to see."""

    finished = Signal()

    def __init__(self, context: Context, window: MainWindow, folder: Path) -> None:
        super().__init__(window)  # and ends with it
        self._context, self._window, self._folder = context, window, folder
        self._left: list[tuple[Choice, _Shot]] = [(theme, shot) for theme in ("light", "dark") for shot in _SHOTS]
        self._begun = False
        folder.mkdir(parents=True, exist_ok=True)
        window.resize(*SIZE)
        context.engine.index_ended.connect(lambda _ended: self._later(self._begin))
        context.engine.greeted.connect(lambda hello: None if hello.first_run else self._later(self._begin))
        QTimer.singleShot(MOST_INDEXING_MS, self, self._begin)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._context.search.again()
            self._next()

    def _next(self) -> None:
        if not self._left:
            self.finished.emit()
            return
        theme, shot = self._left.pop(0)
        for notice in self._context.notices.up:
            self._context.notices.withdraw(notice)
        self._context.theme.choose(theme)
        self._context.search.set_text(shot.sentence)
        self._context.navigator.go(shot.place)
        self._later(lambda: self._take(f"{shot.name}-{theme}.png"))

    def _take(self, name: str, *, calm: bool = False) -> None:
        """Once nothing has been awaited for a while: the first search waits for the model, thumbnails for an answer."""
        idle = self._context.engine.idle and self._context.thumbnails.idle and not self._context.search.stale
        if not (idle and calm):
            self._later(lambda: self._take(name, calm=idle))
            return
        self._window.grab().save(str(self._folder / name))
        self._next()

    def _later(self, run: Callable[[], object]) -> None:
        QTimer.singleShot(SETTLE_MS, self, run)
