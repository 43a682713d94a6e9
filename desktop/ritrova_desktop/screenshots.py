"""`--screenshots`: goes through the pages in both themes, writes a picture of each, and ends.

The window's size is that of a small screen, or of the screen where that is smaller; `QT_SCALE_FACTOR=2` makes the
pictures for a dense one.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QDragLeaveEvent, QPainter
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from ritrova_desktop.shots import SHOTS, Shot, Stage
from ritrova_desktop.theme import Choice

SIZE = QSize(1366, 768)
THEMES: tuple[Choice, ...] = ("light", "dark")
SETTLE_MS = 600
"""Until an animation has ended, or a view has asked for what it shows."""

MOST_INDEXING_MS = 180_000


class Screenshots(QObject):
    """Begins when indexing has come to rest, so that there is something to see."""

    finished = Signal()

    def __init__(self, stage: Stage, folder: Path) -> None:
        super().__init__(stage.window)  # and ends with it
        self._stage, self._folder = stage, folder
        self._context, self._window = stage.context, stage.window
        self._left: list[tuple[Choice, Shot]] = [(theme, shot) for theme in THEMES for shot in SHOTS]
        self._begun = False
        folder.mkdir(parents=True, exist_ok=True)
        self._window.resize(SIZE.boundedTo(self._window.screen().availableSize()))
        engine = self._context.engine
        engine.index_ended.connect(lambda _ended: self._later(self._begin))
        engine.greeted.connect(lambda hello: None if hello.first_run else self._later(self._begin))
        QTimer.singleShot(MOST_INDEXING_MS, self, self._begin)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._context.search.again()
            self._next()

    def _next(self) -> None:
        self._tidy()
        if not self._left:
            self.finished.emit()
            return
        theme, shot = self._left.pop(0)
        self._context.theme.choose(theme)
        self._context.search.set_text(shot.sentence)
        self._context.navigator.go(shot.place)
        self._when_calm(lambda: self._strike(shot, f"{shot.name}-{theme}.png"))

    def _strike(self, shot: Shot, name: str) -> None:
        if shot.pose is None:
            self._take(name)
        else:
            shot.pose(self._stage)
            self._when_calm(lambda: self._take(name))

    def _tidy(self) -> None:
        """What the last pose has left; what belongs to a page goes with it."""
        context = self._context
        for notice in context.notices.up:
            context.notices.withdraw(notice)
        for one in self._above():
            one.close()
        QToolTip.hideText()
        QApplication.sendEvent(self._stage.bar, QDragLeaveEvent())
        self._stage.bar.completions.dismiss()
        context.search.clear()
        self._stage.results.grid.selection.clear()
        for place in (SHOTS[-1].place, SHOTS[0].place):  # leave every page, and come from the photos
            context.navigator.go(place)

    def _take(self, name: str) -> None:
        picture = self._window.grab()
        painter = QPainter(picture)
        for one in self._above():
            painter.drawPixmap(self._window.mapFromGlobal(one.pos()), one.grab())
        painter.end()
        picture.save(str(self._folder / name))
        self._next()

    def _when_calm(self, run: Callable[[], object], *, calm: bool = False) -> None:
        """Once nothing has been awaited for a while: the first search waits for the model, thumbnails for an answer."""
        idle = self._context.engine.idle and self._context.thumbnails.idle and not self._context.search.stale
        if idle and calm:
            run()
        else:
            self._later(lambda: self._when_calm(run, calm=idle))

    def _above(self) -> list[QWidget]:
        """Menus and tooltips, which are windows of their own."""
        return [one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not self._window]

    def _later(self, run: Callable[[], object]) -> None:
        QTimer.singleShot(SETTLE_MS, self, run)
