"""Menus with round corners: what lies behind them shows at the corners, instead of a square of their own colour."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu


def rounded(menu: QMenu) -> QMenu:
    """The same menu, before it is shown the first time; the style sheet draws its corners."""
    hints = Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
    menu.setWindowFlags(menu.windowFlags() | hints)
    menu.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    return menu
