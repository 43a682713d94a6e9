"""The foot of the window: how many photos there are, how far indexing is, and the tools of the page."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from ritrova.engine.events import IndexingState, Progress
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme, tokens

_HEIGHT = 36
_BAR_WIDTH = 160
SHORT = ("trash", "export")
"""What is not indexing: it has an end of its own, and is not paused."""


class StatusBar(QFrame):
    pause_asked = Signal()
    resume_asked = Signal()

    def __init__(self, words: Words, theme: Theme) -> None:
        super().__init__()
        self.setProperty("look", "foot")
        self._words, self._theme = words, theme
        self._said: Message = msg("Starting…")
        self._progress: Progress | None = None
        self._state: IndexingState | None = None
        self._what, self._pace = QLabel(), QLabel()
        self._what.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH)
        words.bind(self._bar, self._bar.setAccessibleName, msg("Progress of indexing"))
        self._pause = QToolButton()
        self._pause.clicked.connect(lambda *_: self._toggle())
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(tokens.GAP_LARGE, 0, tokens.GAP_LARGE, 0)
        self._row.setSpacing(tokens.GAP)
        for part in (self._what, self._bar, self._pace, self._pause):
            self._row.addWidget(part)
        self._row.addStretch(1)
        self.setMinimumHeight(_HEIGHT)
        words.changed.connect(self._draw)
        self._draw()

    def say(self, message: Message) -> None:
        """What is told while nothing is under way."""
        self._said = message
        self._draw()

    def add_tool(self, widget: QWidget) -> None:
        """Put a tool of a page (the size of the tiles) at the right."""
        self._row.addWidget(widget)

    def show_progress(self, progress: Progress) -> None:
        over = progress.activity in SHORT and progress.done >= progress.total  # nothing else tells of its end
        self._progress = None if over else progress
        self._draw()

    def show_state(self, state: IndexingState) -> None:
        """Indexing runs, rests, is paused, or waits."""
        self._state = state
        if state.state == "idle":
            self._progress = None
        self._draw()

    @property
    def text(self) -> str:
        return " ".join(part for part in (self._what.text(), self._pace.text()) if part)

    def _toggle(self) -> None:
        paused = self._state is not None and self._state.state in ("paused", "waiting")
        (self.resume_asked if paused else self.pause_asked).emit()

    def _draw(self) -> None:
        state = self._state.state if self._state is not None else "idle"
        indexing = self._progress is not None and self._progress.activity not in SHORT
        under_way = indexing or state in ("paused", "waiting")
        paused = state in ("paused", "waiting")
        self._what.setText(self._words(self._headline(state)))
        self._pace.setText(self._words(pace(self._words, self._progress)) if self._progress and not paused else "")
        self._pace.setVisible(bool(self._pace.text()))
        self._bar.setVisible(self._progress is not None)
        if self._progress is not None:
            known = self._progress.total_final and self._progress.total > 0
            self._bar.setRange(0, self._progress.total if known else 0)
            self._bar.setValue(self._progress.done if known else -1)
        self._pause.setVisible(under_way)
        label = msg("Go on") if paused else msg("Pause")
        self._pause.setIcon(self._theme.icon("play" if paused else "pause"))
        self._pause.setToolTip(self._words(label))
        self._pause.setAccessibleName(self._words(label))

    def _headline(self, state: str) -> Message:
        if state == "paused":
            return msg("Indexing is paused")
        if state == "waiting":
            why = self._state.why if self._state is not None else None
            return why.message() if why is not None else msg("Indexing waits")
        if self._progress is None:
            return self._said
        return _DOING[self._progress.activity]


_DOING: dict[str, Message] = {
    "index": msg("Indexing"),
    "index-model": msg("Indexing with another model"),
    "import-model": msg("Importing a model"),
    "trash": msg("Moving to the trash"),
    "export": msg("Copying"),
}


def pace(words: Words, progress: Progress) -> Message:
    """How far, how fast, how long still: "1.240 of 8.000 · 31 photos/s · 4 min left"."""
    done, total = words.number(progress.done), words.number(progress.total)
    rate = words.locale.toString(progress.photos_per_second, "f", 1 if progress.photos_per_second < 10 else 0)
    if progress.eta_s is None:
        if progress.photos_per_second <= 0:
            return msg("{done} of {total} so far", done=done, total=total)
        return msg("{done} of {total} so far · {rate} photos/s", done=done, total=total, rate=rate)
    left = time_left(progress.eta_s)
    return msg("{done} of {total} · {rate} photos/s · {left} left", done=done, total=total, rate=rate, left=left)


def time_left(seconds: float) -> Message:
    """A duration as people say it: no more exact than it is known."""
    if seconds < 60:
        return msg_n("one second", "{n} s", n=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return msg_n("one minute", "{n} min", n=minutes)
    return msg("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
