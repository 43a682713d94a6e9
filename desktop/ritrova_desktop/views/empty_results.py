"""What stands where no photo is: why there is none, and what can be done."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent

from ritrova.engine.events import Progress
from ritrova.engine.query import Query
from ritrova.text import Message, msg
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import EmptyState

_ROOM_FOR_ICON = 200
"""Pixels of height below which there is none: the words matter more."""


class EmptyResults(EmptyState):
    clear_asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context, "photos", msg("Searching…"))
        self._progress: Progress | None = None
        folders = Place(Kind.FOLDERS)
        self.add_folder = self.add_button(msg("Choose folders"), lambda: context.navigator.go(folders), primary=True)
        self.clear = self.add_button(msg("Clear the search"), self.clear_asked.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The icon goes first where the room is short."""
        super().resizeEvent(event)
        self.icon.setVisible(self.height() >= _ROOM_FOR_ICON)

    def take_progress(self, progress: Progress) -> None:
        self._progress = progress

    def show_why(
        self, query: Query, *, searchable: int, indexing: bool, folders: bool = True, away: bool = False
    ) -> None:
        """`folders`: some are watched; `away`: one of them is not there now."""
        asked = bool(query.text or query.photos or query.more or query.less or query.filters.any)
        icon, title, text = self._why(query, asked=asked, searchable=searchable, indexing=indexing, folders=folders)
        if icon == "photos" and away:
            icon, title = "folder-offline", msg("The photos are away")
            text = msg("Their folder is not there now. Nothing of them is forgotten.")
        self.show_text(icon, title, text)
        self.add_folder.setVisible(not folders or icon == "folder-offline")
        self.clear.setVisible(folders and asked and searchable > 0)

    def _why(
        self, query: Query, *, asked: bool, searchable: int, indexing: bool, folders: bool
    ) -> tuple[str, Message, Message | None]:
        if not folders:
            text = msg("Choose the folders that your photos are in. They stay where they are, and nothing leaves here.")
            return "folder-add", msg("No folder yet"), text
        if indexing and (not searchable or not asked):
            return "search", self._so_far(), msg("The first photos appear here as soon as they have been seen.")
        if asked:
            text = msg("Try other words, or fewer conditions.")
            return "search", msg("No photos found") if query.filters.any else msg("Probably not there"), text
        match query.scope.kind:
            case "favourites":
                return "heart", msg("No favourites yet"), msg("Press F on a photo, and it is one.")
            case "album":
                return "album", msg("Nothing in this album yet"), msg("Drag photos onto its name at the left.")
        return "photos", msg("No photos found"), msg("In the watched folders is nothing that Ritrova can read.")

    def _so_far(self) -> Message:
        progress = self._progress
        if progress is None or not progress.total:
            return msg("Still indexing")
        number = self._context.words.number
        if not progress.total_final:
            return msg("Still indexing: {done} so far", done=number(progress.done))
        return msg("Still indexing: {done} of {total}", done=number(progress.done), total=number(progress.total))
