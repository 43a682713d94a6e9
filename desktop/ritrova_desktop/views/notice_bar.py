"""Shows the notices above the page: the newest few, each with its remedy and a cross."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from ritrova.text import msg
from ritrova_desktop.notices import Level, Notice, Notices, Remedy
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme, tokens

MOST_SHOWN = 3
SHORT = 480
"""Pixels of height of a window in which only the newest notice is shown, or nothing would be left for the photos."""

_ICONS = {Level.INFO: ("info", "accent"), Level.WARNING: ("warning", "warning"), Level.ERROR: ("error", "bad")}


class NoticeBar(QWidget):
    def __init__(self, notices: Notices, words: Words, theme: Theme) -> None:
        super().__init__()
        self._notices, self._words, self._theme = notices, words, theme
        self._shown: list[tuple[Notice, _Line]] = []
        self._most = MOST_SHOWN
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        notices.changed.connect(self._follow)
        self._follow()

    @property
    def lines(self) -> list[QFrame]:
        """The notices that are seen, newest last."""
        return [line for _, line in self._shown]

    def fit(self, height: int) -> None:
        """The window is `height` pixels high."""
        most = 1 if height < SHORT else MOST_SHOWN
        if most != self._most:
            self._most = most
            self._follow()

    def _follow(self) -> None:
        wanted = self._notices.up[-self._most :]
        for notice, line in tuple(self._shown):
            if not any(notice is kept for kept in wanted):
                self._shown.remove((notice, line))
                self._column.removeWidget(line)
                line.hide()
                line.deleteLater()
        for notice in wanted:
            if not any(notice is shown for shown, _ in self._shown):
                line = _Line(notice, self._notices, self._words, self._theme)
                at = wanted.index(notice)
                self._shown.insert(at, (notice, line))
                self._column.insertWidget(at, line)
        self.setVisible(bool(self._shown))


class _Line(QFrame):
    """One notice."""

    def __init__(self, notice: Notice, notices: Notices, words: Words, theme: Theme) -> None:
        super().__init__()
        self.setProperty("notice", notice.level.value)
        self._notice, self._notices, self._theme = notice, notices, theme
        self._icon = QLabel()
        title = _text("heading")
        words.bind(title, title.setText, notice.title)
        self._texts = texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(title)
        if notice.path is not None:
            path = _text("small")
            path.setText(notice.path)
            texts.addWidget(path)
        if notice.detail is not None:
            detail = _text("quiet")
            words.bind(detail, detail.setText, notice.detail)
            texts.addWidget(detail)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_LARGE, tokens.GAP, tokens.GAP, tokens.GAP)
        row.setSpacing(tokens.GAP_LARGE)
        long = notice.detail is not None or notice.path is not None
        beside = Qt.AlignmentFlag.AlignTop if long else Qt.AlignmentFlag.AlignVCenter
        row.addWidget(self._icon, alignment=beside)
        row.addLayout(texts, 1)
        self._buttons = self._make_buttons(notice, words)
        self._below = False
        row.addWidget(self._buttons)
        close = QToolButton()
        close.setIcon(theme.icon("close", "quiet"))
        words.bind(close, close.setAccessibleName, msg("Close the notice"))
        words.bind(close, close.setToolTip, msg("Close the notice"))
        close.clicked.connect(lambda *_: notices.withdraw(notice))
        row.addWidget(close, alignment=beside)
        self.setAccessibleName(words(notice.title))
        theme.changed.connect(self._draw)
        self._draw()
        if notice.seconds is not None:
            QTimer.singleShot(round(notice.seconds * 1000), self, lambda: notices.withdraw(notice))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Buttons that would take half of the line go below the text."""
        super().resizeEvent(event)
        below = 2 * self._buttons.sizeHint().width() > self.width()
        if below is not self._below:
            self._below = below
            self._buttons.setContentsMargins(0, tokens.GAP if below else 0, 0, 0)
            if below:
                self._texts.addWidget(self._buttons, alignment=Qt.AlignmentFlag.AlignLeft)
            else:
                self._row.insertWidget(2, self._buttons)

    def _make_buttons(self, notice: Notice, words: Words) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.GAP)
        for remedy in notice.remedies:
            row.addWidget(self._button(remedy, words))
        if not notice.remedies:
            box.hide()
        return box

    def _button(self, remedy: Remedy, words: Words) -> QPushButton:
        made = QPushButton()
        words.bind(made, made.setText, remedy.label)
        made.clicked.connect(lambda *_: self._press(remedy))
        return made

    def _press(self, remedy: Remedy) -> None:
        self._notices.withdraw(self._notice)
        remedy.run()

    def _draw(self) -> None:
        name, role = _ICONS[self._notice.level]
        self._icon.setPixmap(self._theme.icons.pixmap(name, tokens.ICON, self.devicePixelRatioF(), role))


def _text(look: str) -> QLabel:
    made = QLabel()
    made.setProperty("look", look)
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made
