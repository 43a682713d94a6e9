"""What is done to the photos that are selected in the grid. Each asks an operation; the grid binds keys to them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QToolTip

from ritrova.engine.base import Fault, Frozen
from ritrova.engine.replies import FAVOURITE, Exported, FileResult, PhotoDetails, Picture, Trashed, Unfolded
from ritrova.engine.requests import Preview, Unfold
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.models.details import DetailsLoader
from ritrova_desktop.models.pictures import PictureLoader
from ritrova_desktop.names import shown
from ritrova_desktop.notices import Level, Notice
from ritrova_desktop.operations import curation
from ritrova_desktop.operations.did import Did
from ritrova_desktop.views.choose_folder import choose_folder
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.keywords import KeywordsDialog
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.photo_files import MOST_FILES, gather, mime_of
from ritrova_desktop.views.result_grid import ResultGrid
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.undo_notice import tell_done

MOST_OPENED = 10
"""More at once would bury the person in windows."""

COPIED_SIDE = 2048
"""The longer side, in pixels, of the picture that goes to the clipboard beside its file."""

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
        self._context, self._grid, self._confirm, self._system = context, grid, confirm, system
        self._run_drag: RunDrag = run_drag or self._drag_with_qt
        self.details = DetailsLoader(context.engine, self)
        self._pictures = PictureLoader(self)
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

    def preview(self) -> None:
        row = self._grid.selection.current
        if row is not None:
            self._context.search.remember()
            self._context.navigator.go(Place(Kind.PHOTO, row=row))

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
        """The files, and of one photo the picture too."""
        files = self._some(MOST_FILES, None)
        if not files:
            return
        gather(self.details, files, lambda urls, _paths: self._copied(files, urls))

    def _copied(self, files: tuple[int, ...], urls: list[QUrl]) -> None:
        clipboard = QGuiApplication.clipboard()
        told = msg_n("One photo was copied.", "{n} photos were copied.", n=len(files))

        def put(image: QImage | None = None) -> None:
            clipboard.setMimeData(mime_of(files, urls, image=image))
            self._context.notices.tell(told)

        def came(picture: Picture, _more: bool) -> None:
            if picture.path is None:
                put()
            else:
                self._pictures.load(picture.path, put)

        if len(files) == 1:
            self._context.engine.request(Preview(file=files[0], side=COPIED_SIDE), came, lambda _fault: put())
        else:
            put()

    def copy_paths(self) -> None:
        files = self._some(MOST_FILES, None)
        told = msg_n("One path was copied.", "{n} paths were copied.", n=len(files))

        def put(_urls: object, paths: list[str]) -> None:
            QGuiApplication.clipboard().setText("\n".join(paths))
            self._context.notices.tell(told)

        if files:
            gather(self.details, files, put)

    def drag(self) -> None:
        """Begins once the paths are there, if the button is still down then."""
        files = self._some(MOST_FILES, None)
        if files:
            gather(self.details, files, lambda urls, _paths: self._run_drag(mime_of(files, urls), self._drag_picture()))

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
            self._tell_of_failed(reply.files, len(copied))
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
        if self._may_write(files):
            question = msg_n("Move this photo to the trash?", "Move {n} photos to the trash?", n=len(files))
            self._confirm.ask(question, msg("Move to the trash"), lambda: self._trash(files))

    def _trash(self, files: tuple[int, ...]) -> None:
        def done(reply: Trashed) -> None:
            gone = [one.file for one in reply.files if one.ok]
            row = self._grid.selection.current or 0
            self._context.results.drop(gone)
            if gone:
                self._grid.go(row)
                told = msg_n("One photo is in the trash now.", "{n} photos are in the trash now.", n=len(gone))
                self._context.notices.tell(told, msg("The system's trash can bring them back."))
            self._tell_of_failed(reply.files, len(gone))

        curation.trash(self._context.engine, files, done)

    def _tell_of_failed(self, files: Sequence[FileResult], done: int) -> None:
        """One notice for all that could not be done, with the reason of the first."""
        failed = [one for one in files if not one.ok]
        if not failed:
            return
        first = failed[0]
        title = msg_n("One photo stayed where it is.", "{n} photos stayed where they are.", n=len(failed))
        why = first.why.message() if first.why is not None else None
        path = shown(first.path)
        self._context.notices.post(
            Notice(title=title, detail=why, level=Level.WARNING, path=path, key=f"stayed-{done > 0}")
        )

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
