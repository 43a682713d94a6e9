"""What the grid and the photo view do alike to photos: copied to the clipboard, moved to the system's trash."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QImage

from ritrova.engine.replies import FileResult, Picture, Trashed
from ritrova.engine.requests import Preview
from ritrova.text import msg, msg_n
from ritrova_desktop.models.details import DetailsLoader
from ritrova_desktop.models.pictures import PictureLoader
from ritrova_desktop.names import shown
from ritrova_desktop.notices import Level, Notice
from ritrova_desktop.operations import curation
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.photo_files import gather, mime_of

COPIED_SIDE = 2048
"""The longer side, in pixels, of the picture that goes to the clipboard beside its file."""


class Copying:
    """Photos to the clipboard."""

    def __init__(self, context: Context, details: DetailsLoader, pictures: PictureLoader) -> None:
        self._context, self._details, self._pictures = context, details, pictures

    def copy(self, files: tuple[int, ...]) -> None:
        """The files, and of one photo the picture too."""
        if files:
            gather(self._details, files, lambda urls, paths: self._copied(files, urls, len(paths)))

    def copy_paths(self, files: tuple[int, ...]) -> None:
        told = msg_n("One path was copied.", "{n} paths were copied.", n=len(files))

        def put(_urls: object, paths: list[str]) -> None:
            QGuiApplication.clipboard().setText("\n".join(paths))
            self._context.notices.tell(told)

        if files:
            gather(self._details, files, put)

    def _copied(self, files: tuple[int, ...], urls: list[QUrl], wanted: int) -> None:
        tell_of_absent(self._context, wanted - len(urls))
        if not urls:
            return
        clipboard = QGuiApplication.clipboard()
        told = msg_n("One photo was copied.", "{n} photos were copied.", n=len(urls))

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


class Trashing:
    """Photos to the system's trash, after a question."""

    def __init__(self, context: Context, confirm: ConfirmBar) -> None:
        self._context, self._confirm = context, confirm

    def ask(self, files: tuple[int, ...], gone: Callable[[], object]) -> None:
        """`gone` is called when some of them have left the results."""
        question = msg_n("Move this photo to the trash?", "Move {n} photos to the trash?", n=len(files))
        self._confirm.ask(question, msg("Move to the trash"), lambda: self._trash(files, gone))

    def _trash(self, files: tuple[int, ...], gone: Callable[[], object]) -> None:
        def done(reply: Trashed) -> None:
            went = [one.file for one in reply.files if one.ok]
            self._context.results.drop(went)
            if went:
                gone()
                told = msg_n("One photo is in the trash now.", "{n} photos are in the trash now.", n=len(went))
                self._context.notices.tell(told, msg("The system's trash can bring them back."))
            tell_of_failed(self._context, reply.files, len(went))

        curation.trash(self._context.engine, files, done)


def tell_of_absent(context: Context, count: int) -> None:
    """Of `count` photos there is no file to hand over."""
    if count:
        title = msg_n("One photo is not there: it was left out.", "{n} photos are not there: they were left out.",
                      n=count)  # fmt: skip
        detail = msg("It was moved or deleted, or its disk is not plugged in.")
        context.notices.post(Notice(title=title, detail=detail, level=Level.WARNING, key="absent"))


def tell_of_failed(context: Context, files: Sequence[FileResult], done: int) -> None:
    """One notice for all that could not be done, with the reason of the first."""
    failed = [one for one in files if not one.ok]
    if not failed:
        return
    first = failed[0]
    title = msg_n("One photo stayed where it is.", "{n} photos stayed where they are.", n=len(failed))
    why = first.why.message() if first.why is not None else None
    context.notices.post(
        Notice(title=title, detail=why, level=Level.WARNING, path=shown(first.path), key=f"stayed-{done > 0}")
    )
