"""The icon in the system's tray: state, pause, and notifications. Without a tray nothing hides and nothing is shown."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from ritrova.text import Message, msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme

NOTIFY_MS = 8_000


class Tray(QObject):
    show_asked = Signal()
    pause_asked = Signal()
    resume_asked = Signal()
    quit_asked = Signal()

    def __init__(
        self,
        words: Words,
        theme: Theme,
        there: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
        make: Callable[[QIcon], QSystemTrayIcon] = QSystemTrayIcon,
    ) -> None:
        super().__init__()
        self._words, self._there = words, there
        self._paused = False
        self._menu = QMenu()
        words.bind(self, self._menu.addAction("", self.show_asked.emit).setText, msg("Show Ritrova"))
        self._pause = self._menu.addAction("", self._toggle)
        self._menu.addSeparator()
        words.bind(self._menu, self._menu.addAction("", self.quit_asked.emit).setText, msg("Quit"))
        self._icon = make(theme.icon("app"))
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self.show_asked)
        self.show_state(msg("Ritrova"), paused=False)
        words.changed.connect(self._draw)
        if self.available:
            self._icon.show()

    @property
    def available(self) -> bool:
        """A tray may come and go with the desktop's shell."""
        return self._there()

    @property
    def menu(self) -> QMenu:
        return self._menu

    def show_state(self, state: Message, *, paused: bool) -> None:
        self._state, self._paused = state, paused
        self._draw()

    def notify(self, title: Message, text: Message) -> None:
        """A notification of the system's, where there is a tray to send it through."""
        if self.available and self._icon.supportsMessages():
            self._icon.showMessage(
                self._words(title), self._words(text), QSystemTrayIcon.MessageIcon.Information, NOTIFY_MS
            )

    def close(self) -> None:
        self._icon.hide()

    def _toggle(self) -> None:
        (self.resume_asked if self._paused else self.pause_asked).emit()

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.show_asked.emit()

    def _draw(self) -> None:
        self._icon.setToolTip(self._words(self._state))
        self._pause.setText(self._words(msg("Go on indexing") if self._paused else msg("Pause indexing")))
