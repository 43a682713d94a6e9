"""The folders page: what is watched and how it is, what is taken of it, and when indexing runs."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut

from ritrova.engine.events import LibraryChanged
from ritrova.engine.replies import Folders, FolderState
from ritrova.engine.requests import ListFolders
from ritrova.text import msg
from ritrova_desktop.models.folders import AWAY, FoldersModel
from ritrova_desktop.models.rows import ITEM
from ritrova_desktop.operations.did import Did
from ritrova_desktop.operations.folders import add_folder, relocate_folder, remove_folder
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.choose_folder import choose_folder, dropped_paths
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.folder_patterns import PatternsCard
from ritrova_desktop.views.indexing_card import IndexingCard
from ritrova_desktop.views.navigation import Place
from ritrova_desktop.views.page import EmptyState, FormPage, button
from ritrova_desktop.views.row_delegate import RowList
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.undo_notice import tell_done


class FoldersPage(FormPage):
    top_bar = False

    def __init__(self, context: Context, files: SystemFiles | None = None) -> None:
        super().__init__(
            context,
            msg("Folders"),
            msg("Ritrova finds the photos in these folders and all below. It reads them and changes nothing."),
        )
        self._files = files or SystemFiles(context.notices)
        self.model = FoldersModel(context.words)
        self.list = RowList(context.theme, self.model)
        context.words.bind(self.list, self.list.setAccessibleName, msg("Watched folders"))
        self.empty = EmptyState(
            context, "folder-add", msg("No folder yet"), msg("Add one, or drop it here: its photos become searchable.")
        )
        self.add = button(context, msg("Add a folder…"), self._choose, "primary", "folder-add")
        self.show_it = button(context, msg("Show in the file manager"), self._show)
        self.remove = button(context, msg("Stop watching"), self._remove)
        self.relocate = button(context, msg("Say where it is now…"), self._ask_where)
        self.patterns = PatternsCard(context, self._done)
        self.indexing = IndexingCard(context)
        self._lay_out()
        self.setAcceptDrops(True)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._follow())
        self.model.modelReset.connect(self._follow)
        QShortcut(QKeySequence.StandardKey.Delete, self.list, self._remove).setContext(
            Qt.ShortcutContext.WidgetShortcut
        )
        context.engine.library_changed.connect(self._on_change)
        self._follow()

    def enter(self, _place: Place) -> None:
        self._ask()
        self.indexing.enter()

    def focus_first(self) -> None:
        (self.list if self.model.rowCount() else self.add).setFocus()

    @property
    def chosen(self) -> FolderState | None:
        item = self.list.currentIndex().data(ITEM)
        return item if isinstance(item, FolderState) else None

    def _lay_out(self) -> None:
        card = Card(self.context)
        card.column.addWidget(self.empty)
        card.column.addWidget(self.list)
        card.column.addLayout(ButtonRow(self.add, self.relocate, self.show_it, self.remove, right_from=1))
        for part in (card, self.indexing, self.patterns):
            self.column.addWidget(part)

    def _ask(self) -> None:
        self.context.engine.request(ListFolders(), lambda reply, _more: self._on_folders(reply), owner=self)

    def _on_folders(self, reply: Folders) -> None:
        self.model.show_items(reply.folders)
        if reply.folders and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))
        self._follow()

    def _on_change(self, change: LibraryChanged) -> None:
        if self.isVisible() and change.what in ("folders", "photos", "failures"):
            self._ask()

    def _follow(self) -> None:
        """Show what is right for the chosen folder."""
        chosen, writable = self.chosen, not self.context.engine.read_only
        self.list.setVisible(self.model.rowCount() > 0)
        self.empty.setVisible(self.model.rowCount() == 0)
        self.add.setEnabled(writable)
        away = chosen is not None and chosen.state in AWAY
        self.show_it.setEnabled(chosen is not None and not away)
        self.relocate.setVisible(away)
        self.relocate.setEnabled(writable)
        self.remove.setEnabled(chosen is not None and writable)
        self.patterns.setVisible(chosen is not None)
        if chosen is not None:
            self.patterns.show_folder(chosen)

    def _choose(self) -> None:
        choose_folder(self.context, self, msg("Which folder?"), self._add)

    def _add(self, path: bytes) -> None:
        add_folder(self.context.engine, path, self._done)

    def _ask_where(self) -> None:
        folder = self.chosen
        if folder is not None:
            there = partial(relocate_folder, self.context.engine, folder, done=self._done)
            choose_folder(self.context, self, msg("Where is it now?"), there)

    def _remove(self) -> None:
        if self.chosen is not None and self.remove.isEnabled():
            remove_folder(self.context.engine, self.chosen, self._done)

    def _show(self) -> None:
        if self.chosen is not None:
            self._files.open(self.chosen.path)

    def _done(self, did: Did) -> None:
        self._ask()
        tell_done(self.context, did)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(self.add.isEnabled() and event.mimeData().hasUrls())

    def dropEvent(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)  # a folder that is dropped stays where it is
        event.accept()
        for path in dropped_paths(event.mimeData()):
            self._add(path)
