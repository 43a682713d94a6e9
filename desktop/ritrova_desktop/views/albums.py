"""The albums page: make, rename, delete, open. Saved searches stand beside the albums that are filled by hand."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListView

from ritrova.engine.base import Fault
from ritrova.engine.events import LibraryChanged
from ritrova.engine.replies import Album, Albums
from ritrova.engine.requests import ListAlbums
from ritrova.text import msg
from ritrova_desktop.models.albums import AlbumsModel
from ritrova_desktop.models.rows import ITEM
from ritrova_desktop.operations.albums import delete_album, make_album, rename_album
from ritrova_desktop.operations.did import Did
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.name_field import NameField
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import EmptyState, FormPage, button
from ritrova_desktop.views.row_delegate import RowList
from ritrova_desktop.views.undo_notice import tell_done


class AlbumsPage(FormPage):
    top_bar = False

    def __init__(self, context: Context) -> None:
        super().__init__(
            context,
            msg("Albums"),
            msg("Drop photos on an album at the left to put them in. A saved search fills itself."),
        )
        self.model = AlbumsModel(context.words)
        self.list = RowList(context.theme, self.model, most_rows=10)
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        context.words.bind(self.list, self.list.setAccessibleName, msg("Albums"))
        self.empty = EmptyState(context, "album", msg("No album yet"), msg("Give the first one a name below."))
        self.name = NameField(context, msg("Name of the new album"))
        self._making: str | None = None  # the name of an album that the engine is asked to make
        self.make = button(context, msg("Make"), self._make, "primary")
        self.open = button(context, msg("Open"), self._open)
        self.rename = button(context, msg("Rename"), self._rename)
        self.delete = button(context, msg("Delete"), self._delete)
        self._lay_out()
        self._connect()
        self._follow()

    def enter(self, _place: Place) -> None:
        self._ask()

    def focus_first(self) -> None:
        (self.list if self.model.rowCount() else self.name).setFocus()

    @property
    def chosen(self) -> Album | None:
        item = self.list.currentIndex().data(ITEM)
        return item if isinstance(item, Album) else None

    def _lay_out(self) -> None:
        card = Card(self.context)
        new = QHBoxLayout()
        new.setSpacing(tokens.GAP)
        new.addWidget(self.name, 1)
        new.addWidget(self.make)
        self._buttons = (self.open, self.rename, self.delete)
        card.column.addWidget(self.empty)
        card.column.addWidget(self.list)
        card.column.addLayout(ButtonRow(*self._buttons, right_from=2))
        card.column.addLayout(new)
        card.column.addWidget(self.name.said)
        self.column.addWidget(card)

    def _connect(self) -> None:
        self.name.textChanged.connect(lambda _text: self._follow())
        self.name.returnPressed.connect(self._make)
        self.list.activated.connect(lambda _index: self._open())
        self.list.selectionModel().currentChanged.connect(lambda *_: self._follow())
        self.model.modelReset.connect(self._follow)
        self.model.renamed.connect(lambda album, name: rename_album(self.context.engine, album.id, name, self._done))
        delete = QShortcut(QKeySequence.StandardKey.Delete, self.list, self._delete)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.context.engine.library_changed.connect(self._on_change)

    def _ask(self, made: int | None = None) -> None:
        """Which albums there are; one that was made just now becomes the chosen one."""
        engine = self.context.engine
        engine.request(ListAlbums(), lambda reply, _more: self._on_albums(reply, made), owner=self)

    def _on_albums(self, reply: Albums, made: int | None) -> None:
        before = self.chosen.id if self.chosen is not None else None
        self.model.show_items(reply.albums)
        row = self.model.row_of(made if made is not None else before)
        if reply.albums and (made is not None or not self.list.currentIndex().isValid()):
            self.list.setCurrentIndex(self.model.index(row or 0))
        self._follow()

    def _on_change(self, change: LibraryChanged) -> None:
        if self.isVisible() and change.what in ("albums", "photos"):
            self._ask()

    def _follow(self) -> None:
        some, writable = self.chosen is not None, not self.context.engine.read_only
        self.list.setVisible(self.model.rowCount() > 0)
        self.empty.setVisible(self.model.rowCount() == 0)
        for one in self._buttons:
            one.setVisible(self.model.rowCount() > 0)
            one.setEnabled(some and (writable or one is self.open))
        self.model.allow_editing(writable)
        self.name.setEnabled(writable)
        self.make.setEnabled(writable and bool(self.name.name) and self._making is None)

    def _make(self) -> None:
        if self.name.name and self.make.isEnabled():
            self._making = self.name.name
            self._follow()
            make_album(self.context.engine, self._making, (), self._made, self._not_made)

    def _made(self, did: Did) -> None:
        if self.name.name == self._making:  # or the next one is being typed
            self.name.clear()
        self._making = None
        self._done(did)

    def _not_made(self, fault: Fault) -> None:
        self._making = None
        self._follow()
        self.name.refuse(fault)

    def _open(self) -> None:
        if self.chosen is not None:
            self.context.navigator.go(Place(Kind.ALBUM, album=self.chosen.id))

    def _rename(self) -> None:
        self.list.setFocus()
        self.list.edit(self.list.currentIndex())

    def _delete(self) -> None:
        if self.chosen is not None and self.delete.isEnabled():
            delete_album(self.context.engine, self.chosen.id, self.chosen.name, self._done)

    def _done(self, did: Did) -> None:
        self._ask(did.album)
        tell_done(self.context, did)
