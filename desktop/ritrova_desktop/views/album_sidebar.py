"""Albums where they stand in the sidebar: photos dropped on them, and their menu."""

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from ritrova.engine.replies import Album, Albums
from ritrova.engine.requests import ListAlbums
from ritrova.text import Message, msg
from ritrova_desktop.operations.albums import add_to_album, delete_album, rename_album
from ritrova_desktop.operations.did import Did
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.name_dialog import NameDialog
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.rounded import rounded
from ritrova_desktop.views.sidebar import PHOTOS_MIME, PLACE, Sidebar
from ritrova_desktop.views.undo_notice import tell_done

MOST_DROPPED = 10_000


class AlbumSidebar(QObject):
    """Made once, beside the main window; lives as long as the sidebar."""

    def __init__(self, context: Context, sidebar: Sidebar) -> None:
        super().__init__(sidebar)
        self._context, self._sidebar = context, sidebar
        self._albums: dict[int, Album] = {}
        self.menu: QMenu | None = None
        sidebar.dropped.connect(self._on_drop)
        sidebar.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        sidebar.list.customContextMenuRequested.connect(self._show_menu)
        for keys, run in ((QKeySequence(Qt.Key.Key_F2), self._rename), (QKeySequence.StandardKey.Delete, self._delete)):
            shortcut = QShortcut(keys, sidebar.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda run=run: self._with_current(run))
        context.engine.library_changed.connect(lambda change: self._ask() if change.what == "albums" else None)
        context.engine.greeted.connect(lambda _hello: self._ask())
        context.actions.add(
            "albums.new",
            msg("New album…"),
            self.new,
            shortcuts=("Ctrl+Shift+N",),
            icon="album-add",
        )

    def new(self) -> None:
        """To where an album is named."""
        self._context.navigator.go(Place(Kind.ALBUMS))

    def _ask(self) -> None:
        self._context.engine.request(ListAlbums(), lambda reply, _more: self._on_albums(reply), owner=self)

    def _on_albums(self, reply: Albums) -> None:
        self._albums = {album.id: album for album in reply.albums}
        here = self._context.navigator.here
        if here.kind is Kind.ALBUM and here.album not in self._albums:  # it was deleted, or its making taken back
            self._context.navigator.go(Place(Kind.ALL))

    def _on_drop(self, album: int, mime: QMimeData) -> None:
        files = dropped_photos(mime)
        known = self._albums.get(album)
        if known is None or not files:
            return
        if known.query is not None:
            self._context.notices.tell(msg("A saved search fills itself: nothing can be put into it."))
            return
        add_to_album(self._context.engine, album, known.name, files, self._done)

    def _show_menu(self, at: QPoint) -> None:
        place = self._sidebar.list.indexAt(at).data(PLACE)
        album = self._albums.get(place.album) if place is not None and place.album is not None else None
        menu = self.menu = rounded(QMenu(self._sidebar))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.destroyed.connect(self._forget_menu)
        menu.addAction(self._context.actions["albums.new"])
        if album is not None:
            writable = not self._context.engine.read_only
            for text, icon, run in (
                (msg("Rename"), "edit", self._rename),
                (msg("Delete"), "trash", self._delete),
            ):
                action = self._action(text, icon)
                action.setEnabled(writable)
                action.triggered.connect(lambda *_, run=run: run(album))
                menu.addAction(action)
        menu.popup(self._sidebar.list.viewport().mapToGlobal(at))

    def _forget_menu(self) -> None:
        self.menu = None

    def _action(self, text: Message, icon: str) -> QAction:
        action = QAction(self.menu)
        self._context.words.bind(action, action.setText, text)
        action.setIcon(self._context.theme.icon(icon))
        return action

    def _with_current(self, run: object) -> None:
        place = self._sidebar.list.currentIndex().data(PLACE)
        album = self._albums.get(place.album) if place is not None and place.album is not None else None
        if album is not None and callable(run) and not self._context.engine.read_only:
            run(album)

    def _rename(self, album: Album) -> None:
        NameDialog(
            self._context,
            self._sidebar,
            msg("Rename"),
            lambda name, done, refused: rename_album(self._context.engine, album.id, name, done, refused),
            self._done,
            album.name,
        ).open()

    def _delete(self, album: Album) -> None:
        here = self._context.navigator.here
        if here.kind is Kind.ALBUM and here.album == album.id:
            self._context.navigator.go(Place(Kind.ALL))
        delete_album(self._context.engine, album.id, album.name, self._done)

    def _done(self, did: Did) -> None:
        self._ask()
        tell_done(self._context, did)


def dropped_photos(mime: QMimeData) -> list[int]:
    """The file ids in a drag from our own window; nothing where it makes no sense."""
    text = bytes(mime.data(PHOTOS_MIME).data()).decode("ascii", "replace")
    return [int(part) for part in text.split(",")[:MOST_DROPPED] if part.isascii() and part.isdigit()]
