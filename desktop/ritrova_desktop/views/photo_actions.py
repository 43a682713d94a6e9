"""What is done to the photos that are selected in the grid. Each asks an operation; the grid binds keys to them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QPixmap
from PySide6.QtWidgets import QToolTip

from ritrova.engine.base import Fault, Frozen
from ritrova.engine.replies import FAVOURITE, Exported, PhotoDetails, Unfolded
from ritrova.engine.requests import Unfold
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.models.details import DetailsLoader
from ritrova_desktop.models.pictures import PictureLoader
from ritrova_desktop.names import shown
from ritrova_desktop.operations import curation
from ritrova_desktop.operations.did import Did
from ritrova_desktop.views.choose_folder import choose_folder
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.keywords import KeywordsDialog
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.photo_deeds import Copying, Trashing, tell_of_absent, tell_of_failed
from ritrova_desktop.views.photo_files import MOST_FILES, gather, mime_of
from ritrova_desktop.views.result_grid import ResultGrid
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.undo_notice import tell_done

MOST_OPENED = 10
"""More at once would bury the person in windows."""

RunDrag = Callable[[QMimeData, QPixmap], object]


class PhotoActions(QObject):
    """`run_drag` starts the system's drag, which does not return before it is over."""

    def __init__(
        self,
        context: Context,
        grid: ResultGrid,
        confirm: ConfirmBar,
        system: SystemFiles,
        run_drag: RunDrag | None = None,
    ) -> None:
        super().__init__(grid)
        self._context, self._grid, self._system = context, grid, system
        self._run_drag: RunDrag = run_drag or self._drag_with_qt
        self.details = DetailsLoader(context.engine, self)
        self._pictures = PictureLoader(self)
        self._copying = Copying(context, self.details, self._pictures)
        self._trashing = Trashing(context, confirm)
        context.engine.state_changed.connect(lambda state: self._pictures.close() if state.value == "closed" else None)
        context.undo.applied.connect(self._look_anew)

    # Looking

    @property
    def files(self) -> tuple[int, ...]:
        """Of the selected photos."""
        return self._context.results.files(self._grid.selection.rows())

    @property
    def content(self) -> bytes | None:
        """Of the photo that the keyboard is on."""
        row = self._grid.selection.current
        return None if row is None else self._context.results.content(row)

    def preview(self, *, why: bool = False) -> None:
        if self._grid.selection.current is None and self._context.results.rowCount():
            self._grid.selection.move(0)  # a new answer: nothing is selected yet
        row = self._grid.selection.current
        if row is not None:
            self._context.search.remember()
            self._context.navigator.go(Place(Kind.PHOTO, row=row, why=why))

    def open(self) -> None:
        """In the program that the system has for it."""
        files = self._some(MOST_OPENED, msg("Only the first {n} are opened.", n=MOST_OPENED))
        if files:
            self._context.search.remember()
            self._each_path(files, self._system.open)

    def show_in_folder(self) -> None:
        row = self._grid.selection.current
        if row is not None:
            self._each_path((self._context.results.file(row),), self._system.show)

    def _each_path(self, files: Sequence[int], run: Callable[[bytes], None]) -> None:
        def came(photos: Sequence[PhotoDetails]) -> None:
            for photo in photos:
                run(photo.path)

        self.details.fetch(files, came)

    def hint(self, row: int, place: QPoint) -> None:
        """The tooltip: path, date, and how well it fits. What is not known comes a moment later."""
        file, shown_for = self._context.results.file(row), self._grid.selection.current
        known = self.details.known(file)

        def tell(photos: Sequence[PhotoDetails]) -> None:
            if photos and self._grid.pointer.hovered == row and shown_for == self._grid.selection.current:
                QToolTip.showText(place, self.hint_text(row, photos[0]), self._grid.viewport())

        if known is not None:
            tell((known,))
        else:
            self.details.fetch((file,), tell, refused=lambda _fault: None)

    def hint_text(self, row: int, photo: PhotoDetails) -> str:
        words = self._context.words
        lines = [shown(photo.path)]
        day = self._context.results.day(row)
        if day.isValid():
            time = (photo.metadata.taken_at or "")[11:16]
            lines.append(", ".join(filter(None, (words.locale.toString(day, "dddd d MMMM yyyy"), time))))
        strength = self._grid.look_of(row).strength
        if strength is not None:
            lines.append(words(msg("Match: {percent} %", percent=int(strength * 100))))
        return "\n".join(lines)

    def unfold(self, row: int) -> None:
        """Show what a tile stands for, or the one tile again."""
        results, content = self._context.results, self._context.results.content(row)
        if results.is_unfolded(content):
            results.fold(content)
            return

        def came(reply: Unfolded, _more: bool) -> None:
            results.unfold(content, reply.columns)

        self._context.engine.request(Unfold(search=results.number, content=content), came)

    # Searching on

    def find_similar(self) -> None:
        if self.content is not None:
            self._context.search.find_similar(self.content)

    def lean(self, row: int | None, *, more: bool) -> None:
        """More, or less, like the photo in a row."""
        if row is None:
            return
        content = self._context.results.content(row)
        (self._context.search.more_like if more else self._context.search.less_like)(content)

    # Saying something of them

    def rate(self, stars: int) -> None:
        files = self.files
        if self._may_write(files):
            self._context.results.mark(files, stars=stars)
            curation.set_rating(self._context.engine, files, stars, self._context.undo.push, self._not_marked(files))

    def flip_favourite(self) -> None:
        """All become favourites; if all are, none is any more."""
        files, results = self.files, self._context.results
        if self._may_write(files):
            on = not all(self._grid.look_of(row).marks & FAVOURITE for row in self._grid.selection.rows(2_000))
            results.mark(files, favourite=on)
            curation.set_favourite(self._context.engine, files, on, self._context.undo.push, self._not_marked(files))

    def edit_keywords(self) -> None:
        files = self.files
        if self._may_write(files):
            KeywordsDialog(self._context, self._grid.window(), files, self.done).open()

    def _not_marked(self, files: Sequence[int]) -> Callable[[Fault], object]:
        """What was shown at once was refused: show what is."""

        def refused(fault: Fault) -> None:
            self._look_at(files)
            self._context.engine.refused.emit(fault)

        return refused

    def _look_anew(self, requests: Sequence[Frozen]) -> None:
        """Something was undone: what the marks are now, the engine knows."""
        self._look_at(curation.marked_files(requests))

    def _look_at(self, files: Sequence[int]) -> None:
        def some(photos: tuple[PhotoDetails, ...]) -> None:
            groups: dict[tuple[int, bool], list[int]] = {}
            for photo in photos:
                stars = photo.rating if photo.rating is not None else photo.metadata.rating or 0
                groups.setdefault((stars, photo.favourite), []).append(photo.file)
            for (stars, favourite), group in groups.items():
                self._context.results.mark(group, stars=stars, favourite=favourite)

        if files:
            self.details.fetch(files, lambda _all: None, some)

    # Files

    def copy(self) -> None:
        self._copying.copy(self._some(MOST_FILES, None))

    def copy_paths(self) -> None:
        self._copying.copy_paths(self._some(MOST_FILES, None))

    def drag(self) -> None:
        """Begins once the paths are there, if the button is still down then."""
        files = self._some(MOST_FILES, None)

        def came(urls: list[QUrl], paths: list[str]) -> None:
            tell_of_absent(self._context, len(paths) - len(urls))
            self._run_drag(mime_of(files, urls), self._drag_picture())

        if files:
            gather(self.details, files, came)

    def _drag_picture(self) -> QPixmap:
        content = self.content
        pixmap = self._context.thumbnails.get(content) if content is not None else None
        return pixmap.scaledToHeight(96) if pixmap is not None else QPixmap()

    def _drag_with_qt(self, mime: QMimeData, picture: QPixmap) -> None:
        if not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            return
        drag = QDrag(self._grid)
        drag.setMimeData(mime)
        if not picture.isNull():
            drag.setPixmap(picture)
        drag.exec(Qt.DropAction.CopyAction)

    def export(self) -> None:
        """Copies into a folder that the person chooses."""
        files = self.files

        def done(reply: Exported) -> None:
            copied = [one for one in reply.files if one.ok]
            tell_of_failed(self._context, reply.files, len(copied))
            if copied:
                self._context.notices.tell(msg_n("One photo was copied.", "{n} photos were copied.", n=len(copied)))

        if files:
            choose_folder(
                self._context,
                self._grid.window(),
                msg("Copy the photos to"),
                lambda folder: curation.export_copies(self._context.engine, files, folder, done),
            )

    def ask_trash(self) -> None:
        files = self.files
        row = self._grid.selection.current or 0
        if self._may_write(files):
            self._trashing.ask(files, lambda: self._grid.go(row))

    # Shared

    def done(self, did: Did) -> None:
        """Tell of it, and remember how to take it back."""
        tell_done(self._context, did)

    def _some(self, most: int, instead: Message | None) -> tuple[int, ...]:
        """The selected files; where they are more than `most`, none, or the first with `instead` told."""
        rows = self._grid.selection.rows(most + 1)
        if len(rows) > most:
            if instead is None:
                title = msg("Too many photos are selected for this: {n} at most.", n=self._context.words.number(most))
                self._context.notices.tell(title, msg("Select fewer, or export copies into a folder."))
                return ()
            self._context.notices.tell(instead)
        return self._context.results.files(rows[:most])

    def _may_write(self, files: Sequence[int]) -> bool:
        if files and self._context.engine.read_only:
            self._context.notices.tell(msg("This library can only be read."))
        return bool(files) and not self._context.engine.read_only
