"""The theme in force: light, dark, or whichever the system has."""

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from ritrova_desktop.theme.icons import APP, Icons
from ritrova_desktop.theme.style import style_sheet
from ritrova_desktop.theme.tokens import DARK, LIGHT, Colours

Choice = Literal["light", "dark", "system"]

_PALETTE: tuple[tuple[QPalette.ColorRole, str], ...] = (
    (QPalette.ColorRole.Window, "window"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "surface"),
    (QPalette.ColorRole.AlternateBase, "sidebar"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.Button, "surface"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.PlaceholderText, "quiet"),
    (QPalette.ColorRole.Highlight, "accent"),
    (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.Accent, "accent"),
    (QPalette.ColorRole.Link, "accent"),
    (QPalette.ColorRole.LinkVisited, "accent"),
    (QPalette.ColorRole.ToolTipBase, "surface"),
    (QPalette.ColorRole.ToolTipText, "text"),
    (QPalette.ColorRole.Light, "hover"),
    (QPalette.ColorRole.Midlight, "hover"),
    (QPalette.ColorRole.Mid, "line"),
    (QPalette.ColorRole.Dark, "edge"),
)


class Theme(QObject):
    """Holds the choice, dresses the application, and tells those that paint by themselves (`changed`)."""

    changed = Signal()

    def __init__(self, application: QApplication, choice: Choice = "system") -> None:
        super().__init__()
        self._application = application
        self._choice: Choice = choice
        self._points = application.font().pointSizeF()
        self._dressed: Colours | None = None
        self.icons = Icons(lambda: self.colours)
        application.setStyle("Fusion")  # the same everywhere, and the one that a style sheet fits best
        application.setWindowIcon(self.icons.icon(APP))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)
        self._dress()

    @property
    def choice(self) -> Choice:
        return self._choice

    @property
    def dark(self) -> bool:
        if self._choice == "system":
            return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._choice == "dark"

    @property
    def colours(self) -> Colours:
        return DARK if self.dark else LIGHT

    @property
    def body_points(self) -> float:
        """The size of the person's font."""
        return self._points

    def icon(self, name: str, role: str = "text") -> QIcon:
        return self.icons.icon(name, role)

    def colour(self, role: str) -> QColor:
        """The colour of a role, for those that paint by themselves."""
        return QColor(getattr(self.colours, role))

    def choose(self, choice: Choice) -> None:
        self._choice = choice
        self._dress()

    def _dress(self) -> None:
        if self.colours is self._dressed:
            return
        self._dressed = self.colours
        self._application.setPalette(_palette(self.colours))
        self._application.setStyleSheet(style_sheet(self.colours, self._points))
        self.changed.emit()


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    for role, name in _PALETTE:
        palette.setColor(role, QColor(getattr(colours, name)))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.faint))
    return palette
