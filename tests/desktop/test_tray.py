"""The tray: logic that needs no tray, and what happens where there is none."""

from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from ritrova.text import msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme
from ritrova_desktop.views.tray import Tray


class PaperIcon(QObject):
    """An icon in a tray that there is none of."""

    activated = Signal(QSystemTrayIcon.ActivationReason)
    messageClicked = Signal()

    def __init__(self, _icon: QIcon) -> None:
        super().__init__()
        self.visible, self.tip, self.said = False, "", list[tuple[str, str]]()
        self.menu: QMenu | None = None

    def setContextMenu(self, menu: QMenu) -> None:
        self.menu = menu

    def setToolTip(self, tip: str) -> None:
        self.tip = tip

    def show(self) -> None:
        self.visible = True

    def hide(self) -> None:
        self.visible = False

    def supportsMessages(self) -> bool:
        return True

    def showMessage(self, title: str, text: str, _icon: object, _ms: int) -> None:
        self.said.append((title, text))


def made(words: Words, theme: Theme, there: bool) -> tuple[Tray, Any]:
    icons: list[PaperIcon] = []

    def make(icon: QIcon) -> Any:
        icons.append(PaperIcon(icon))
        return icons[-1]

    tray = Tray(words, theme, lambda: there, make)
    return tray, icons[0]


def test_without_a_tray_nothing_is_shown_nor_said(words: Words, theme: Theme) -> None:
    tray, icon = made(words, theme, there=False)
    tray.notify(msg("Done"), msg("All of it"))
    assert (tray.available, icon.visible, icon.said) == (False, False, [])


def test_it_tells_the_state_and_notifies(words: Words, theme: Theme) -> None:
    tray, icon = made(words, theme, there=True)
    tray.show_state(msg("Indexing is paused"), paused=True)
    tray.notify(msg("Done"), msg("All of it"))
    assert (icon.visible, icon.tip, icon.said) == (True, "Indexing is paused", [("Done", "All of it")])
    tray.close()
    assert not icon.visible


@pytest.mark.parametrize(("paused", "signal"), [(False, "pause_asked"), (True, "resume_asked")])
def test_its_menu_pauses_and_goes_on(words: Words, theme: Theme, qtbot: QtBot, paused: bool, signal: str) -> None:
    tray, _ = made(words, theme, there=True)
    tray.show_state(msg("Ritrova"), paused=paused)
    with qtbot.waitSignal(getattr(tray, signal)):
        next(action for action in tray.menu.actions() if "index" in action.text()).trigger()


def test_a_click_shows_the_window(words: Words, theme: Theme, qtbot: QtBot) -> None:
    tray, icon = made(words, theme, there=True)
    with qtbot.waitSignal(tray.show_asked):
        icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
