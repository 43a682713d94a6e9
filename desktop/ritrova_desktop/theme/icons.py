"""Our SVG icons, drawn in the theme's colours at whatever size and pixel ratio the screen asks for.

An icon stays right after the theme changes: it looks its colour up when it is drawn.
"""

import ctypes
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ritrova.paths import resource
from ritrova_desktop.theme.tokens import Colours

APP = "app"
"""The one icon that has colours of its own."""

_CURRENT = b"currentColor"


class Icons:
    """The icon set. Reads its files when made, which is before the event loop runs, and none later.

    `colours` tells the theme's colours of the moment.
    """

    def __init__(self, colours: Callable[[], Colours], folder: Path | None = None) -> None:
        self._colours = colours
        self._files = {path.stem: path.read_bytes() for path in (folder or resource("icons")).glob("*.svg")}
        self._drawn: dict[tuple[str, str, int], QPixmap] = {}
        self._icons: dict[tuple[str, str], QIcon] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._files)

    def icon(self, name: str, role: str = "text") -> QIcon:
        """The icon called `name`, in the colour of `role` (a field of `Colours`). Raises KeyError on an unknown one."""
        found = self._icons.get((name, role))
        if found is None:
            if name not in self._files:
                raise KeyError(name)
            found = self._icons[name, role] = QIcon(_lasting(_Engine(self, name, role)))
        return found

    def pixmap(self, name: str, side: int, ratio: float = 1.0, role: str = "text") -> QPixmap:
        """The icon as a pixmap of `side` logical pixels."""
        pixmap = QPixmap(self.drawn(name, self.colour(role), round(side * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def colour(self, role: str) -> str:
        return str(getattr(self._colours(), role))

    def drawn(self, name: str, colour: str, side: int) -> QPixmap:
        """The icon in device pixels; kept, for a few sizes in a few colours are drawn again and again."""
        key = (name, colour, side)
        if key not in self._drawn:
            image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            svg = self._files[name].replace(_CURRENT, colour.encode())
            QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, side, side))
            painter.end()
            self._drawn[key] = QPixmap.fromImage(image)
        return self._drawn[key]


_MODES: Mapping[QIcon.Mode, str] = {QIcon.Mode.Disabled: "faint", QIcon.Mode.Selected: "on_selection"}


class _Engine(QIconEngine):
    """Draws one icon of the set."""

    def __init__(self, icons: Icons, name: str, role: str) -> None:
        super().__init__()
        self._icons, self._name, self._role = icons, name, role

    def clone(self) -> QIconEngine:
        return _lasting(_Engine(self._icons, self._name, self._role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State, scale: float) -> QPixmap:
        """`size` is in logical pixels; Qt works the ratio out from the size of the pixmap.

        In a size that is wider than high the icon stands left: the rest keeps a text at a distance.
        """
        side = max(1, round(min(size.width(), size.height()) * scale))
        square = self._icons.drawn(self._name, self._icons.colour(_MODES.get(mode, self._role)), side)
        if size.width() <= size.height():
            return square
        wide = QPixmap(round(size.width() * scale), side)
        wide.fill(Qt.GlobalColor.transparent)
        painter = QPainter(wide)
        painter.drawPixmap(0, 0, square)
        painter.end()
        return wide

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        place = QRect(rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - side) // 2, side, side)
        painter.drawPixmap(place, self.scaledPixmap(place.size(), mode, state, painter.device().devicePixelRatio()))


def _lasting(engine: _Engine) -> _Engine:
    """One reference too many: the icon deletes its engine, and Python's collector of cycles must not do so before it.

    Without, the window crashes now and then at its end.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engine
