"""Paints one tile of the grid: the photo or its placeholder, how well it matches, what the person said of it.

What repeats (badges, rounded corners, buttons) is drawn once and kept: a frame has some milliseconds for all tiles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap

from ritrova.engine.replies import AWAY, FAVOURITE
from ritrova_desktop.models.thumbnails import Thumbnails
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme, tokens
from ritrova_desktop.views.justified import Tile

ROUND = tokens.RADIUS_SMALL
BADGE, BUTTON = 22, 28
INSET = 6
"""Pixels from a badge to the edge of its tile."""

BAR = 3
_SHADES = 6
_SHADE = QColor(0, 0, 0, 150)  # behind badges: white on it reads on any photo
_WHITE = QColor(255, 255, 255)
_STARS = FAVOURITE - 1


class Spot(StrEnum):
    """The parts of a tile that do something of their own when they are clicked."""

    FOLDED = "folded"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Look:
    """What a tile shows, beside the photo."""

    content: bytes
    strength: float | None = None
    folded: int = 0
    unfolded: bool = False
    marks: int = 0
    selected: bool = False
    current: bool = False  # has the keyboard
    hovered: bool = False
    spot: Spot | None = None  # that the pointer is on


class TilePainter:
    def __init__(self, thumbnails: Thumbnails, theme: Theme, words: Words, font: QFont) -> None:
        self._thumbnails, self._theme, self._words = thumbnails, theme, words
        self._font = QFont(font)
        self._font.setPointSizeF(theme.body_points * tokens.SMALL)
        self._font.setWeight(QFont.Weight.DemiBold)
        self._metrics = QFontMetrics(self._font)
        self._drawn: dict[tuple[object, ...], QPixmap] = {}
        self._shades: list[QColor] = []
        self._take_colours()

    def renew(self) -> None:
        """The theme, the language or the screen is another one."""
        self._drawn.clear()
        self._take_colours()

    def _take_colours(self) -> None:
        theme = self._theme
        base, other = theme.colour("placeholder"), theme.colour("pressed")
        self._shades = [_mixed(base, other, at / (_SHADES - 1) * 0.7) for at in range(_SHADES)]
        self._accent, self._text, self._window = theme.colour("accent"), theme.colour("text"), theme.colour("window")

    def paint(self, painter: QPainter, tile: Tile, top: int, look: Look, ratio: float) -> None:
        """`top` is where the tile is in the viewport."""
        rect = QRect(tile.x, top, tile.width, tile.height)
        self._paint_photo(painter, rect, look, ratio)
        if look.strength is not None:
            self._paint_strength(painter, rect, look.strength)
        if look.marks:
            self._paint_marks(painter, rect, look.marks, ratio)
        if look.folded or look.unfolded:
            painter.drawPixmap(self.spots(rect, look)[Spot.FOLDED].topLeft(), self._count_badge(look, ratio))
        if look.hovered:
            for spot in (Spot.MORE, Spot.LESS):
                place = self.spots(rect, look).get(spot)
                if place is not None:
                    painter.drawPixmap(place.topLeft(), self._button(spot, look.spot is spot, ratio))
        if look.selected or look.current:
            self._paint_frame(painter, rect, look)

    def spots(self, rect: QRect, look: Look) -> dict[Spot, QRect]:
        """Where the parts are that can be clicked; none where there is no room."""
        found: dict[Spot, QRect] = {}
        if look.folded or look.unfolded:
            width = self._badge_width(look.folded)
            found[Spot.FOLDED] = QRect(rect.right() + 1 - INSET - width, rect.top() + INSET, width, BADGE)
        if rect.width() >= 2 * BUTTON + 3 * INSET and rect.height() >= BUTTON + BADGE + 3 * INSET:
            bottom = rect.bottom() + 1 - INSET - BAR - INSET - BUTTON
            found[Spot.LESS] = QRect(rect.right() + 1 - INSET - BUTTON, bottom, BUTTON, BUTTON)
            found[Spot.MORE] = found[Spot.LESS].translated(-BUTTON - INSET, 0)
        return found

    def _paint_photo(self, painter: QPainter, rect: QRect, look: Look, ratio: float) -> None:
        pixmap = self._thumbnails.get(look.content)
        if pixmap is not None:
            painter.drawPixmap(rect, pixmap)
        else:
            painter.fillRect(rect, self._shades[look.content[0] % _SHADES])
            if self._thumbnails.is_missing(look.content):
                side = min(tokens.ICON_LARGE, rect.width() // 2)
                icon = self._theme.icons.pixmap("image-search", side, ratio, "quiet")
                painter.drawPixmap(rect.center().x() - side // 2, rect.center().y() - side // 2, icon)
        for at, corner in enumerate((rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight())):
            dx, dy = (0, -ROUND + 1)[at % 2], (0, -ROUND + 1)[at // 2]
            painter.drawPixmap(corner.x() + dx, corner.y() + dy, self._corner(at, ratio))

    def _paint_strength(self, painter: QPainter, rect: QRect, strength: float) -> None:
        """A thin bar at the foot: full where nothing else fits as well."""
        width = max(8, min(rect.width() - 2 * INSET, 64))
        x, y = rect.left() + INSET, rect.bottom() + 1 - INSET - BAR
        painter.fillRect(x - 1, y - 1, width + 2, BAR + 2, QColor(0, 0, 0, 70))
        painter.fillRect(x, y, max(1, round(width * strength)), BAR, QColor(255, 255, 255, 230))

    def _paint_marks(self, painter: QPainter, rect: QRect, marks: int, ratio: float) -> None:
        badge = self._kept(("marks", marks, ratio), lambda: self._marks_badge(marks, ratio))
        painter.drawPixmap(QPoint(rect.left() + INSET, rect.top() + INSET), badge)

    def _paint_frame(self, painter: QPainter, rect: QRect, look: Look) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect)
        if look.selected:
            painter.setPen(QPen(self._window, 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), ROUND, ROUND)
            painter.setPen(QPen(self._accent, 3))
            painter.drawRoundedRect(box.adjusted(-1.5, -1.5, 1.5, 1.5), ROUND + 1, ROUND + 1)
        if look.current:  # a second ring where it is selected too
            out = 3.75 if look.selected else 2.0
            painter.setPen(QPen(self._text, 1.5 if look.selected else 2))
            painter.drawRoundedRect(box.adjusted(-out, -out, out, out), ROUND + 2, ROUND + 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # Kept pictures

    def _kept(self, key: tuple[object, ...], draw: Callable[[], QPixmap]) -> QPixmap:
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) > 500:
                self._drawn.clear()
            found = self._drawn[key] = draw()
        return found

    def _corner(self, at: int, ratio: float) -> QPixmap:
        """What is outside of a rounded corner, in the colour of the window."""

        def draw() -> QPixmap:
            pixmap, painter = _blank(QSize(ROUND, ROUND), ratio)
            whole, inner = QPainterPath(), QPainterPath()
            whole.addRect(QRectF(0, 0, ROUND, ROUND))
            x, y = (0.0, -float(ROUND))[at % 2], (0.0, -float(ROUND))[at // 2]
            inner.addEllipse(QRectF(x, y, 2 * ROUND, 2 * ROUND))
            painter.fillPath(whole.subtracted(inner), self._window)
            painter.end()
            return pixmap

        return self._kept(("corner", at, ratio), draw)

    def _badge_width(self, folded: int) -> int:
        text = self._words.number(folded + 1)
        return BADGE + self._metrics.horizontalAdvance(text) + 8

    def _count_badge(self, look: Look, ratio: float) -> QPixmap:
        """How many photos the tile stands for."""
        hot = look.spot is Spot.FOLDED

        def draw() -> QPixmap:
            width = self._badge_width(look.folded)
            pixmap, painter = _blank(QSize(width, BADGE), ratio)
            _pill(painter, QRectF(0, 0, width, BADGE), hot or look.unfolded)
            icons = self._theme.icons
            painter.drawPixmap(QRect(4, 4, 14, 14), icons.drawn("stack", "#ffffff", round(14 * ratio)))
            painter.setFont(self._font)
            painter.setPen(_WHITE)
            room = QRect(BADGE - 3, 0, width - BADGE - 3, BADGE)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), self._words.number(look.folded + 1))
            painter.end()
            return pixmap

        return self._kept(("count", look.folded, look.unfolded, hot, ratio), draw)

    def _marks_badge(self, marks: int, ratio: float) -> QPixmap:
        """A disk that is not there, a heart, and the stars as a number with a star."""
        signs = [name for bit, name in ((AWAY, "folder-offline"), (FAVOURITE, "heart-filled")) if marks & bit]
        stars = marks & _STARS
        step = BADGE - 4
        width = len(signs) * step + (BADGE + 12 if stars else 4)
        pixmap, painter = _blank(QSize(width, BADGE), ratio)
        _pill(painter, QRectF(0, 0, width, BADGE), False)
        icons, x = self._theme.icons, 4
        for name in signs:
            painter.drawPixmap(QRect(x, 4, 14, 14), icons.drawn(name, "#ffffff", round(14 * ratio)))
            x += step
        if stars:
            painter.drawPixmap(QRect(x, 4, 14, 14), icons.drawn("star-filled", "#ffffff", round(14 * ratio)))
            painter.setFont(self._font)
            painter.setPen(_WHITE)
            painter.drawText(QRect(x + 14, 0, 14, BADGE), int(Qt.AlignmentFlag.AlignCenter), str(stars))
        painter.end()
        return pixmap

    def _button(self, spot: Spot, hot: bool, ratio: float) -> QPixmap:
        def draw() -> QPixmap:
            pixmap, painter = _blank(QSize(BUTTON, BUTTON), ratio)
            _pill(painter, QRectF(0, 0, BUTTON, BUTTON), hot)
            name = "more-like" if spot is Spot.MORE else "less-like"
            painter.drawPixmap(QRect(5, 5, 18, 18), self._theme.icons.drawn(name, "#ffffff", round(18 * ratio)))
            painter.end()
            return pixmap

        return self._kept(("button", spot, hot, ratio), draw)


def _blank(size: QSize, ratio: float) -> tuple[QPixmap, QPainter]:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    return pixmap, painter


def _pill(painter: QPainter, rect: QRectF, hot: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 215) if hot else _SHADE)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))
