"""Photos in justified rows that scroll however many they are: layout, painting, zoom. Only what is seen is touched."""

from dataclasses import dataclass

from PySide6.QtCore import (
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from ritrova.text import msg
from ritrova_desktop.models.thumbnails import Wish
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.grid_selection import GridSelection, Heads
from ritrova_desktop.views.justified import Heading, Justified, Tile
from ritrova_desktop.views.tile_painter import Look, Spot, TilePainter

ZOOMS = (64, 80, 104, 136, 176, 224, 288, 376, 480)
"""Heights of a line, in pixels: each some 30 % more than the one before."""

HEADING = 48
AHEAD, BEHIND = 1.0, 0.5
"""Pages whose thumbnails are read before they are seen, in the direction of scrolling and against it."""

LOOK_MS, SETTLE_MS = 12, 120
"""Until the wishes follow: after a scroll, and after the tiles took another size."""

MANY = 50_000
"""So many photos are laid out once the window's edge rests for a moment, not at each pixel."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class Pointer:
    """What is under the mouse: a row, and the part of its tile that could be clicked."""

    hovered: int | None = None
    spot: Spot | None = None

    def forget(self) -> None:
        self.hovered = self.spot = None


class TileView(QListView):
    """What the mouse, the keys and the menus do is `ResultGrid`'s.

    Of `QListView` only that remains which it is for screen readers: a list. It lays out and paints nothing.
    """

    zoom_changed = Signal(int)  # at in ZOOMS

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.results = context.results
        self.by_day = False
        self.keyboard = False  # the keyboard was used last: show where it is
        self._shown = _nearest_zoom(context.state.now.tile_height)
        self._down = True  # the direction of scrolling
        self._kept: tuple[Heads, bytes | None, int] | None = None
        self._wish_timer = QTimer(self, singleShot=True)
        self._wish_timer.timeout.connect(self._wish)
        self._relayout_timer = QTimer(self, singleShot=True, interval=60)
        self._relayout_timer.timeout.connect(self._relayout)
        self._painter = TilePainter(context.thumbnails, context.theme, context.words, self.font())
        self.geometry_of_tiles = self._blank()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # so that the width stays
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setModel(self.results)
        self.selection = GridSelection(self.results, self.selectionModel())
        self.pointer = Pointer()
        context.words.bind(self, self.setAccessibleName, msg("Photos found"))
        self._follow()

    def _follow(self) -> None:
        results, context = self.results, self._context
        results.modelAboutToBeReset.connect(self._remember)
        results.modelReset.connect(self._relayout)
        results.renewed.connect(self._on_renewed)
        results.rowsInserted.connect(self._on_inserted)
        results.rowsRemoved.connect(lambda *_: self._relayout())
        results.dataChanged.connect(lambda *_: self.viewport().update())
        self.selection.changed.connect(self.viewport().update)
        context.thumbnails.arrived.connect(self.viewport().update)
        context.theme.changed.connect(self.renew)
        context.words.changed.connect(self.renew)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    # Zoom and grouping

    @property
    def zoom(self) -> int:
        return self._shown

    def set_zoom(self, zoom: int, at: QPoint | None = None) -> None:
        """Another size of tiles; what is at the point `at` of the viewport stays there."""
        zoom = min(max(zoom, 0), len(ZOOMS) - 1)
        if zoom != self._shown:
            self._shown = zoom
            self._relayout(at)
            self._context.state.update(tile_height=ZOOMS[zoom])
            self.zoom_changed.emit(zoom)

    def set_by_day(self, by_day: bool) -> None:
        if by_day is not self.by_day:
            self.by_day = by_day
            self._relayout()

    # Layout

    @property
    def offset(self) -> int:
        return self.verticalScrollBar().value()

    def look_of(self, row: int) -> Look:
        return self._looks(row, row)[0]

    def tile_rect(self, row: int) -> QRect:
        """Where a tile is in the viewport."""
        tile = self.geometry_of_tiles.tile(row)
        return QRect(tile.x, tile.y - self.offset, tile.width, tile.height)

    def spots_of(self, row: int) -> dict[Spot, QRect]:
        return self._painter.spots(self.tile_rect(row), self.look_of(row))

    def _blank(self) -> Justified:
        heading = HEADING if self.by_day else 0
        return Justified(width=self.viewport().width(), height=ZOOMS[self._shown], heading=heading)

    def _relayout(self, at: QPoint | None = None) -> None:
        """Lay all out anew; what is in the middle of the viewport, or at `at`, stays there if it can."""
        self._relayout_timer.stop()
        old, point = self.geometry_of_tiles, at or QPoint(self.viewport().width() // 2, self.viewport().height() // 3)
        at_top = self.offset == 0
        row = None if at_top and at is None else old.nearest(point.x(), point.y() + self.offset)
        above = 0
        if row is not None:
            tile = old.tile(row)
            share = min(max((point.y() + self.offset - tile.y) / tile.height, 0.0), 1.0)
        self.geometry_of_tiles = self._blank()
        rows = self.results.rows
        self.geometry_of_tiles.extend(self.results.ratios(), rows["day"])
        self.updateGeometries()
        if row is not None and row < len(self.geometry_of_tiles):
            tile = self.geometry_of_tiles.tile(row)
            above = round(tile.y + share * tile.height) - point.y()
            self.verticalScrollBar().setValue(above)
        self.pointer.forget()
        self.viewport().update()
        self._wish_timer.start(SETTLE_MS)

    def _on_inserted(self, _parent: Index, first: int, _last: int) -> None:
        laid = len(self.geometry_of_tiles)
        if first != laid:
            self._relayout()
            return
        self.geometry_of_tiles.extend(self.results.ratios(laid), self.results.rows["day"][laid:])
        self.updateGeometries()
        self.viewport().update()
        if not self._wish_timer.isActive():
            self._wish_timer.start(LOOK_MS)

    def _remember(self) -> None:
        current = self.selection.current
        content = self.results.content(current) if current is not None else None
        self._kept = (self.selection.contents(), content, self.offset)

    def _on_renewed(self, same_question: bool) -> None:
        """Another answer is looked at from its top; the same question answered anew keeps place and selection."""
        kept, self._kept = self._kept, None
        if not same_question or kept is None:
            self.verticalScrollBar().setValue(0)
            return
        contents, current, offset = kept
        self.verticalScrollBar().setValue(offset)
        self.selection.select_contents(contents)
        row = self.results.row_of(current) if current is not None else None
        if row is not None:
            self.selection.move(row)

    def _on_scrolled(self, value: int) -> None:
        self._down = value >= getattr(self, "_last_value", 0)
        self._last_value = value
        if not self._wish_timer.isActive() or self._wish_timer.interval() != LOOK_MS:
            self._wish_timer.start(LOOK_MS)  # not put off by the next step: a fast screen has one each 8 ms

    def renew(self) -> None:
        """Theme, language or screen are others now."""
        self._painter.renew()
        self.viewport().update()
        self._wish_timer.start(SETTLE_MS)

    def _wish(self) -> None:
        """Ask for the thumbnails of what is seen, then of what will be."""
        page, top = self.viewport().height(), self.offset
        ahead, behind = round(page * AHEAD), round(page * BEHIND)
        after, before = (top + page, top + page + ahead), (top - behind, top)
        if not self._down:
            after, before = (top - ahead, top), (top + page, top + page + behind)
        ratio = self.devicePixelRatioF()
        wishes: dict[int, Wish] = {}
        room = self._context.thumbnails.limit * 0.8
        for from_, to in ((top, top + page), after, before):
            for tile in self.geometry_of_tiles.tiles(from_, to):
                size = QSize(round(tile.width * ratio), round(tile.height * ratio))
                room -= size.width() * size.height() * 4
                if room > 0:
                    wishes.setdefault(tile.index, Wish(self.results.content(tile.index), size))
        self._context.thumbnails.want(wishes.values())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._context.theme.colour("window"))
        top = event.rect().top() + self.offset - tokens.GAP
        bottom = event.rect().bottom() + self.offset + tokens.GAP
        tiles = self.geometry_of_tiles.tiles(top, bottom)
        ratio, offset = self.devicePixelRatioF(), self.offset
        last = min(tiles[-1].index, len(self.results.rows) - 1) if tiles else -1
        looks = self._looks(tiles[0].index, last) if last >= 0 else []
        framed: list[tuple[Tile, Look]] = []
        for tile, look in zip(tiles, looks, strict=False):
            if look.selected or look.current:
                framed.append((tile, look))
            else:
                self._painter.paint(painter, tile, tile.y - offset, look, ratio)
        for tile, look in framed:  # last, for their frames reach over the gaps
            self._painter.paint(painter, tile, tile.y - offset, look, ratio)
        for heading in self.geometry_of_tiles.headings(top, bottom):
            self._paint_heading(painter, heading)
        self._paint_over(painter)
        painter.end()

    def _looks(self, first: int, last: int) -> list[Look]:
        rows = self.results.rows[first : last + 1]
        contents = rows["content"].tobytes()
        strengths, folded, marks = rows["strength"].tolist(), rows["folded"].tolist(), rows["marks"].tolist()
        current = self.selection.current if self.keyboard and self.hasFocus() else None
        hovered, spot = self.pointer.hovered, self.pointer.spot
        looks = []
        for at, strength in enumerate(strengths):
            row, content = first + at, contents[at * 32 : at * 32 + 32]
            looks.append(
                Look(
                    content=content,
                    strength=None if strength != strength else strength,  # NaN
                    folded=folded[at],
                    unfolded=folded[at] > 0 and self.results.is_unfolded(content),
                    marks=marks[at],
                    selected=self.selection.has(row),
                    current=row == current,
                    hovered=row == hovered,
                    spot=spot if row == hovered else None,
                )
            )
        return looks

    def _paint_heading(self, painter: QPainter, heading: Heading) -> None:
        words, theme = self._context.words, self._context.theme
        day = self.results.day(heading.first)
        text = words.locale.toString(day, "dddd d MMMM yyyy") if day.isValid() else words(msg("Without a date"))
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        room = QRect(tokens.GAP_LARGE, heading.y - self.offset, self.viewport().width(), heading.height - tokens.GAP)
        bottom = int(Qt.AlignmentFlag.AlignBottom)
        painter.drawText(room, bottom, text[:1].upper() + text[1:])
        width = painter.fontMetrics().horizontalAdvance(text) + tokens.GAP
        font.setWeight(QFont.Weight.Normal)
        font.setPointSizeF(theme.body_points * tokens.SMALL)
        painter.setFont(font)
        painter.setPen(theme.colour("quiet"))
        painter.drawText(room.adjusted(width, 0, 0, 0), bottom, words.number(heading.last - heading.first + 1))

    def _paint_over(self, painter: QPainter) -> None:
        """On top of the tiles."""

    # QAbstractItemView

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)  # not QListView's, which would look at every photo

    def visualRect(self, index: Index) -> QRect:
        inside = index.isValid() and index.row() < len(self.geometry_of_tiles)
        return self.tile_rect(index.row()) if inside else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self.geometry_of_tiles.tile_at(point.x(), point.y() + self.offset)
        return QModelIndex() if row is None else self.results.index(row)

    def scrollTo(
        self, index: Index, _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Just as far as is needed to see the tile, and its heading."""
        if not index.isValid() or index.row() >= len(self.geometry_of_tiles):
            return
        layout, row = self.geometry_of_tiles, index.row()
        tile, margin = layout.tile(row), layout.margin
        above = margin + (HEADING if self.by_day else 0)
        if tile.y - above < self.offset:
            self.verticalScrollBar().setValue(tile.y - above)
        elif tile.y + tile.height + margin > self.offset + self.viewport().height():
            self.verticalScrollBar().setValue(tile.y + tile.height + margin - self.viewport().height())

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.offset

    def isIndexHidden(self, _index: Index) -> bool:
        return False

    def setSelection(self, rect: QRect, command: object) -> None:
        """The mouse is handled by `GridMouse`: this is for whoever selects through Qt's own ways."""
        chosen = QItemSelection()
        place = rect.translated(0, self.offset)
        for first, last in self.geometry_of_tiles.runs_in(place.x(), place.y(), place.width(), place.height()):
            chosen.select(self.results.index(first), self.results.index(last))
        self.selectionModel().select(chosen, command)  # type: ignore[call-overload]

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def updateGeometries(self) -> None:
        bar, page = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self.geometry_of_tiles.bottom - page))
        bar.setPageStep(page)
        bar.setSingleStep(max(24, ZOOMS[self._shown] // 4))

    def scrollContentsBy(self, _dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            if self.results.rowCount() > MANY:
                self._relayout_timer.start()
            else:
                self._relayout()
        else:
            self._wish_timer.start(LOOK_MS)


def _nearest_zoom(height: int) -> int:
    return min(range(len(ZOOMS)), key=lambda at: abs(ZOOMS[at] - height))
