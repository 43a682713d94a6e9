"""The places of the library, at the left: photos, albums and saved searches with their counts, and the pages.

`dropped` tells that photos were dropped on an album; what that means is the albums' matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QIcon,
    QPainter,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from ritrova.engine.replies import Album
from ritrova.text import Message, msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme, tokens
from ritrova_desktop.views.navigation import Kind, Navigator, Place

PLACE = Qt.ItemDataRole.UserRole
COUNT = Qt.ItemDataRole.UserRole + 1
ICON = Qt.ItemDataRole.UserRole + 2
PHOTOS_MIME = "application/x-ritrova-files"
"""Dragged photos, for targets inside the window: file ids, decimal, with commas between."""

ROW, HEADING = 34, 40
FULL_LEAST, FULL_MOST = 160, 420
RAIL = 56
"""Pixels of width of the rail: the icons alone, for narrow windows and for those who want the room."""

_SHOWN_AS: dict[Kind, Kind] = {
    Kind.FAILURES: Kind.FOLDERS,
    Kind.LIBRARY: Kind.PREFERENCES,
    Kind.SHORTCUTS: Kind.PREFERENCES,
}


@dataclass(frozen=True, slots=True)
class _Row:
    text: Message
    icon: str
    place: Place


_TOP = (
    _Row(msg("All photos"), "photos", Place(Kind.ALL)),
    _Row(msg("Favourites"), "heart", Place(Kind.FAVOURITES)),
)
_BOTTOM = (
    _Row(msg("Folders"), "folder", Place(Kind.FOLDERS)),
    _Row(msg("Models"), "model", Place(Kind.MODELS)),
    _Row(msg("Preferences"), "settings", Place(Kind.PREFERENCES)),
)


class Sidebar(QFrame):
    dropped = Signal(int, QMimeData)  # an album's id, and what was dropped on it

    def __init__(self, words: Words, theme: Theme, navigator: Navigator) -> None:
        super().__init__()
        self.setProperty("look", "sidebar")
        self._words, self._theme, self._navigator = words, theme, navigator
        self._albums: tuple[Album, ...] = ()
        self._counts: dict[Kind, int] = {}
        self._marked = navigator.here
        self._model = QStandardItemModel(self)
        self.list = _List(self, theme)
        self.list.setModel(self._model)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.GAP, tokens.GAP, tokens.GAP, tokens.GAP)
        column.addWidget(self.list)
        words.bind(self.list, self.list.setAccessibleName, msg("Places"))
        words.changed.connect(self._fill)
        theme.changed.connect(self.list.viewport().update)
        navigator.moved.connect(self._follow)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.list.clicked.connect(self._on_chosen)
        self.list.activated.connect(self._on_chosen)
        self._fill()

    def set_rail(self, rail: bool) -> None:
        """Icons alone, or names and counts too."""
        self.setMinimumWidth(RAIL if rail else FULL_LEAST)
        self.setMaximumWidth(RAIL if rail else FULL_MOST)
        self.list.scheduleDelayedItemsLayout()

    @property
    def rail(self) -> bool:
        return self.maximumWidth() == RAIL

    def show_albums(self, albums: Iterable[Album]) -> None:
        """Albums and saved searches, in their order."""
        self._albums = tuple(albums)
        self._fill()

    def show_count(self, kind: Kind, count: int) -> None:
        self._counts[kind] = count
        for item in self._items():
            place = item.data(PLACE)
            if place is not None and place.kind is kind and place.album is None:
                self._set_count(item, count)

    def places(self) -> list[Place]:
        """What can be gone to, from top to bottom."""
        return [item.data(PLACE) for item in self._items() if item.data(PLACE) is not None]

    def _items(self) -> list[QStandardItem]:
        return [self._model.item(row) for row in range(self._model.rowCount())]

    def _fill(self) -> None:
        self.list.selectionModel().blockSignals(True)
        self._model.clear()
        plain = [album for album in self._albums if album.query is None]
        saved = [album for album in self._albums if album.query is not None]
        for row in _TOP:
            self._add(self._words(row.text), row.icon, row.place, self._counts.get(row.place.kind))
        self._heading(msg("Albums"))
        for album in plain:
            self._add(album.name, "album", Place(Kind.ALBUM, album=album.id), album.photos)
        self._add(self._words(msg("New album…")), "plus", Place(Kind.ALBUMS), None)
        if saved:
            self._heading(msg("Saved searches"))
        for album in saved:
            self._add(album.name, "saved-search", Place(Kind.ALBUM, album=album.id), album.photos)
        self._heading(msg("Library"))
        for row in _BOTTOM:
            self._add(self._words(row.text), row.icon, row.place, self._counts.get(row.place.kind))
        self.list.selectionModel().blockSignals(False)
        self._follow(self._navigator.here)

    def _add(self, text: str, icon: str, place: Place, count: int | None) -> None:
        item = QStandardItem(text)
        item.setData(place, PLACE)
        item.setData(icon, ICON)
        item.setToolTip(text)
        self._set_count(item, count)
        self._model.appendRow(item)

    def _heading(self, text: Message) -> None:
        item = QStandardItem(self._words(text))
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._model.appendRow(item)

    def _set_count(self, item: QStandardItem, count: int | None) -> None:
        shown = self._words.number(count) if count else ""
        item.setData(shown, COUNT)
        item.setData(f"{item.text()}, {shown}" if shown else item.text(), Qt.ItemDataRole.AccessibleTextRole)

    def _follow(self, here: Place) -> None:
        """Mark the row of the place where the person is; with a photo, of the place that it is looked at from."""
        if here.kind is not Kind.PHOTO:
            self._marked = here
        marked = (item.index() for item in self._items() if self._is_marked(item.data(PLACE)))
        self.list.setCurrentIndex(next(marked, QModelIndex()))

    def _is_marked(self, place: Place | None) -> bool:
        kind = _SHOWN_AS.get(self._marked.kind, self._marked.kind)
        return place is not None and (place.kind, place.album) == (kind, self._marked.album)

    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not self._is_marked(current.data(PLACE)):
            self._on_chosen(current)

    def _on_chosen(self, index: QModelIndex) -> None:
        """Also the row that is marked: it leads back from a photo."""
        place = index.data(PLACE)
        if place is not None:
            self._navigator.go(place)


class _List(QListView):
    """The rows; takes photos that are dropped on an album."""

    def __init__(self, sidebar: Sidebar, theme: Theme) -> None:
        super().__init__()
        self._sidebar = sidebar
        self.setProperty("look", "sidebar")
        self.setItemDelegate(_Delegate(self, theme))
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)

    def _album_at(self, event: QDropEvent) -> int | None:
        place = self.indexAt(event.position().toPoint()).data(PLACE)
        return place.album if place is not None and event.mimeData().hasFormat(PHOTOS_MIME) else None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(event.mimeData().hasFormat(PHOTOS_MIME))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setAccepted(self._album_at(event) is not None)

    def dropEvent(self, event: QDropEvent) -> None:
        album = self._album_at(event)
        event.setAccepted(album is not None)
        if album is not None:
            self._sidebar.dropped.emit(album, event.mimeData())


class _Delegate(QStyledItemDelegate):
    """A row: icon, name, and the count at the right."""

    def __init__(self, parent: QListView, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = option.fontMetrics.height()
        if index.data(PLACE) is None:
            rail = option.rect.width() <= RAIL  # the gap between two groups
            return QSize(0, 2 * tokens.GAP if rail else max(HEADING, line + 20))
        return QSize(0, max(ROW, line + 12))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRect(option.rect)
        if index.data(PLACE) is None:
            if rect.width() > RAIL:
                self._paint_heading(painter, option, rect, str(index.data()))
        else:
            self._paint_row(painter, option, rect, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, text: str) -> None:
        font = option.font
        font.setPointSizeF(self._theme.body_points * tokens.SMALL)
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.colour("quiet"))
        painter.drawText(rect.adjusted(10, 0, -8, -6), int(Qt.AlignmentFlag.AlignBottom), text)

    def _paint_row(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        box = rect.adjusted(0, 1, 0, -1)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection" if selected else "hover"))
            painter.drawRoundedRect(box, tokens.RADIUS, tokens.RADIUS)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(self._theme.colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), tokens.RADIUS, tokens.RADIUS)
        icon = QRect(rect.x() + 10, rect.center().y() - 9, tokens.ICON - 2, tokens.ICON - 2)
        mode = QIcon.Mode.Selected if selected else QIcon.Mode.Normal
        self._theme.icon(str(index.data(ICON)), "quiet").paint(painter, icon, mode=mode)
        if rect.width() <= RAIL:
            return
        count = str(index.data(COUNT) or "")
        metrics = painter.fontMetrics()
        room = rect.adjusted(38, 0, -10, 0)
        painter.setPen(self._theme.colour("on_selection" if selected else "quiet"))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), count)
        room.setRight(room.right() - (metrics.horizontalAdvance(count) + 8 if count else 0))
        painter.setPen(self._theme.colour("on_selection" if selected else "text"))
        text = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)
