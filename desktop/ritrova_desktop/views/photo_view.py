"""One photo, as large as there is room for: zoomed, one after the other, with all that is known of it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from ritrova.engine.base import Fault
from ritrova.engine.events import LibraryChanged
from ritrova.engine.replies import DetailsOf, PhotoDetails
from ritrova.engine.requests import Details
from ritrova.text import Message, msg
from ritrova_desktop.engine import EngineState
from ritrova_desktop.models.details import DetailsLoader
from ritrova_desktop.models.photo_pictures import PhotoPictures
from ritrova_desktop.models.pictures import PictureLoader
from ritrova_desktop.names import shown
from ritrova_desktop.notices import Level, Notice, Remedy
from ritrova_desktop.views.bare_window import BareWindow
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.motion import wants_motion
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import Page
from ritrova_desktop.views.photo_deeds import Copying, Trashing
from ritrova_desktop.views.photo_info import PhotoInfo
from ritrova_desktop.views.photo_keys import bindings, list_keys
from ritrova_desktop.views.photo_marks import PhotoMarks
from ritrova_desktop.views.photo_tools import PhotoTools
from ritrova_desktop.views.photo_view_menu import popup_menu
from ritrova_desktop.views.photo_why import PhotoWhy
from ritrova_desktop.views.picture_canvas import STEP, PictureCanvas
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.slideshow import Slideshow
from ritrova_desktop.views.standing import Standing

_NOTICE = "photo-view"


class PhotoPage(Page):
    top_bar = False

    def __init__(self, context: Context, system: SystemFiles | None = None) -> None:
        super().__init__(context)
        self._system = system or SystemFiles(context.notices)
        self._loader = PictureLoader(self)
        self._pictures = PhotoPictures(context.engine, self._loader, self)
        self._standing = Standing(context.results)
        self._file: int | None = None
        self._content = b""
        self._details: PhotoDetails | None = None
        self.bare = False
        self._marks = PhotoMarks(context, self._ask_details)
        self.slideshow = Slideshow(context.state.now.slideshow_seconds, self)
        self.canvas = PictureCanvas(context.theme)
        self.why = PhotoWhy(context, self.canvas)
        self.tools = PhotoTools(context, self.slideshow)
        self.info = PhotoInfo(context)
        self.confirm = ConfirmBar(context, self.canvas)
        self._copying = Copying(context, DetailsLoader(context.engine, self), self._loader)
        self._trashing = Trashing(context, self.confirm)
        context.words.bind(self.canvas, self.canvas.setAccessibleName, msg("Photo"))
        self._lay_out()
        self._connect_tools()
        self._follow()
        self._keys = bindings(self)
        list_keys(context.actions)
        self._show_info(context.state.now.info_shown)

    @property
    def file(self) -> int | None:
        """The photo that is shown."""
        return self._file

    # A page

    def enter(self, place: Place) -> None:
        row = place.row if place.row is not None else 0
        if not 0 <= row < self.context.results.rowCount():
            self.context.navigator.back()
            return
        self.show_row(row)
        self.why.open(place.why or self.why.is_open)
        self.canvas.setFocus()

    def focus_first(self) -> None:
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self.slideshow.stop()
        self.confirm.dismiss()
        self.why.open(False)
        self._set_bare(False)
        self._pictures.clear()
        self.context.notices.withdraw(_NOTICE)
        self._standing.put(None)
        self._file = None

    def show_row(self, row: int) -> None:
        """The photo in a row of the results."""
        results = self.context.results
        file = results.file(row)
        self._standing.put(row)
        if file == self._file:
            self._show_place()
            return
        self.context.notices.withdraw(_NOTICE)
        self.confirm.dismiss()
        self._file, self._content, self._details = file, results.content(row), None
        facts = results.rows[row]
        size = QSize(int(facts["width"]), int(facts["height"]))
        fade = self.slideshow.running and wants_motion(self.context.state)
        self.slideshow.wait_for_photo()
        self.canvas.show_photo(size, self._placeholder(), fade=fade)
        self._show_place()
        self.info.show_photo(None)
        self.why.show_photo(self._content)
        self._want()
        self._ask_details()

    # From photo to photo

    def step(self, by: int) -> None:
        row = self._standing.beside(by)
        if row is not None:
            self.go(row)

    def go(self, row: int) -> None:
        """To the photo in another row; nothing beyond the ends."""
        if 0 <= row < self.context.results.rowCount() and (row != self._standing.row or not self._standing.there):
            self.context.navigator.go(Place(Kind.PHOTO, row=row))
            self.show_row(row)  # also where the place is the same: that of a photo that is gone

    def go_to_last(self) -> None:
        self.go(self.context.results.rowCount() - 1)

    def _advance(self) -> None:
        """The slideshow's next one; after the last it begins anew."""
        if self._file is not None:
            self.go(self._standing.beside(1) or 0)

    # Its picture

    def _placeholder(self) -> QImage | None:
        pixmap = self.context.thumbnails.get(self._content)
        return pixmap.toImage() if pixmap is not None else None

    def _want(self) -> None:
        """This photo, at what the screen shows of it; then its neighbours."""
        if self._file is None:
            return
        side, near = self.canvas.side, (self._standing.beside(1), self._standing.beside(-1))
        neighbours = tuple(self.context.results.file(row) for row in near if row is not None)
        self._pictures.want(self._file, side)
        self._pictures.prefetch((self._file, *neighbours), side)

    def _want_pixels(self) -> None:
        if self._file is not None:
            self._pictures.want(self._file, None)

    def _on_picture(self, file: int, image: QImage, full: bool) -> None:
        if file == self._file:
            self.canvas.add_image(image, full=full)
            self.slideshow.photo_is_there()

    def _on_no_picture(self, file: int, fault: Fault) -> None:
        if file != self._file:
            return
        self.canvas.say(self.context.words(fault.title.message()))
        remedy = fault.remedy.message() if fault.remedy is not None else None
        path = shown(fault.path) if fault.path is not None else None
        self._tell(fault.title.message(), remedy, path)
        self.slideshow.photo_is_there()

    def _tell(self, title: Message, detail: Message | None, path: str | None = None) -> None:
        back = Remedy(label=msg("Back to the photos"), run=self.context.navigator.back)
        again = Remedy(label=msg("Try again"), run=self._again)
        self.context.notices.post(
            Notice(title=title, detail=detail, level=Level.WARNING, path=path, remedies=(again, back), key=_NOTICE)
        )

    def _again(self) -> None:
        if self._file is not None:
            self._pictures.forget(self._file)
            self.canvas.say("")
            self._want()
            self._ask_details()

    # What is known of it

    def _ask_details(self) -> None:
        file = self._file
        if file is not None:
            self.context.engine.request(Details(files=(file,)), partial(self._on_details, file), lambda _fault: None)

    def _on_details(self, file: int, details: DetailsOf, _more: bool) -> None:
        if file != self._file:
            return
        photo = details.photos[0] if details.photos else None
        if self._details is not None and not self._details.present and photo is not None and photo.present:
            self.context.notices.withdraw(_NOTICE)  # it is back
            self._again()
        if photo is None or not photo.present:
            title, detail = msg("This photo is not there any more."), msg("It was moved or deleted.")
            if photo is not None and photo.why is not None:
                title, detail = msg("This photo cannot be opened now."), photo.why.message()
            self._tell(title, detail, shown(photo.path) if photo is not None else None)
        elif photo.content != self._content:
            self._content = photo.content
            self._pictures.forget(file)
            self.canvas.show_photo(QSize(photo.width, photo.height))
            self.why.show_photo(self._content)
            self._want()
            self.context.notices.tell(msg("The photo was changed meanwhile: this is how it is now."))
        self._details = photo
        self.canvas.setAccessibleDescription(shown(photo.path) if photo is not None else "")
        self.info.show_photo(photo)
        self.why.show_details(photo)

    def _on_library_changed(self, event: LibraryChanged) -> None:
        if event.what in ("photos", "marks", "albums", "folders") and self.isVisible():
            self._ask_details()

    def _on_engine_state(self, state: EngineState) -> None:
        if state is EngineState.CLOSED:  # the window ends: no picture is read any more
            self._loader.close()

    def _on_rows(self, *_: object) -> None:
        """The results are others: find the photo among them."""
        if self._file is not None:
            self._standing.find(self._content)
            self._show_place()

    # What the person says of it

    def rate(self, stars: int) -> None:
        if self._file is not None:
            self._marks.rate(self._file, stars)

    def flip_favourite(self) -> None:
        if self._details is not None:
            self._marks.flip_favourite(self._details)

    def ask_trash(self) -> None:
        if self._file is not None and self._marks.may_write():
            self.slideshow.stop()
            self._trashing.ask((self._file,), partial(self._show_next, self._file, self._standing.row))

    def _show_next(self, gone: int, row: int | None) -> None:
        """The photo that was in `row` is gone: show the one that is there now, or the last, or the photos."""
        if self._file != gone:  # the person has moved on
            return
        last = self.context.results.rowCount() - 1
        if row is None or last < 0:
            self.context.navigator.back()
        else:
            self.go(min(row, last))
            self.canvas.setFocus()

    def copy(self) -> None:
        if self._file is not None:
            self._copying.copy((self._file,))

    def copy_path(self) -> None:
        if self._file is not None:
            self._copying.copy_paths((self._file,))

    def _add_keyword(self, word: str) -> None:
        if self._file is not None:
            self._marks.change_keywords(self._file, add=(word,))

    def _remove_keyword(self, word: str) -> None:
        if self._file is not None:
            self._marks.change_keywords(self._file, remove=(word,))

    # The window around it

    def escape(self) -> None:
        """One step back: to the photo's keys, out of the slideshow, out of the full screen, to the photos."""
        if not self.canvas.hasFocus():
            self.canvas.setFocus()
        elif self.slideshow.running or self.bare:
            self.slideshow.stop()
            self._set_bare(False)
        else:
            self.context.navigator.back()

    def pause_or_leave(self) -> None:
        """What shows a photo from the grid puts it away again, unless a slideshow runs."""
        if self.slideshow.running:
            self.slideshow.flip_pause()
        else:
            self.context.navigator.back()

    def flip_bare(self) -> None:
        """Full screen, and back."""
        self._set_bare(not self.bare)

    def flip_slideshow(self) -> None:
        if self.slideshow.running:
            self.slideshow.flip_pause()
        else:
            self.slideshow.start()

    def flip_info(self) -> None:
        self._show_info(not self.context.state.now.info_shown)

    def _set_bare(self, bare: bool) -> None:
        window = self.window()
        if bare is self.bare or not isinstance(window, BareWindow):
            return
        self.bare = bare
        window.set_bare(bare)
        self.canvas.backdrop = "black" if bare else "window"
        self.tools.setHidden(bare)
        self.why.open(self.why.is_open and not bare)
        self.info.setVisible(not bare and self.context.state.now.info_shown)

    def _show_info(self, wanted: bool) -> None:
        self.context.state.update(info_shown=wanted)
        self.tools.info.setChecked(wanted)
        self.info.setVisible(wanted and not self.bare)

    def _set_seconds(self, seconds: int) -> None:
        self.context.state.update(slideshow_seconds=seconds)
        self.slideshow.set_seconds(seconds)

    def _show_place(self) -> None:
        self.tools.show_place(self._standing, self.context.results.rowCount())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deed = self._keys(event)
        if deed is not None:
            deed()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        photo = QVBoxLayout()
        photo.setSpacing(0)
        photo.addWidget(self.canvas, 1)
        photo.addWidget(self.why)
        middle.addLayout(photo, 1)
        middle.addWidget(self.info)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tools)
        column.addLayout(middle, 1)
        column.addWidget(self.confirm)

    def _connect_tools(self) -> None:
        tools, canvas = self.tools, self.canvas
        for button, deed in (
            (tools.back, self.context.navigator.back),
            (tools.previous, partial(self.step, -1)),
            (tools.next, partial(self.step, 1)),
            (tools.smaller, partial(canvas.zoom_by, 1 / STEP)),
            (tools.percent, canvas.flip),
            (tools.larger, partial(canvas.zoom_by, STEP)),
            (tools.play, self.flip_slideshow),
            (tools.full_screen, self.flip_bare),
            (tools.why, self.why.flip),
            (tools.info, self.flip_info),
        ):
            button.clicked.connect(partial(_run, deed))
        tools.seconds_chosen.connect(self._set_seconds)
        self.why.opened.connect(tools.why.setChecked)
        canvas.zoomed.connect(lambda: tools.show_scale(canvas.scale, canvas.fitted))
        canvas.pixels_wanted.connect(self._want_pixels)
        canvas.resized.connect(self._want)

    def _follow(self) -> None:
        context, info = self.context, self.info
        self._pictures.came.connect(self._on_picture)
        self._pictures.failed.connect(self._on_no_picture)
        self.slideshow.advance.connect(self._advance)
        info.rated.connect(self.rate)
        info.favourite_flipped.connect(self.flip_favourite)
        info.keyword_added.connect(self._add_keyword)
        info.keyword_removed.connect(self._remove_keyword)
        info.folder_asked.connect(self._system.show)
        self.canvas.customContextMenuRequested.connect(partial(popup_menu, self, self._system))
        context.engine.library_changed.connect(self._on_library_changed)
        context.engine.state_changed.connect(self._on_engine_state)
        context.undo.applied.connect(lambda _: self._ask_details())
        for signal in (context.results.modelReset, context.results.rowsInserted, context.results.rowsRemoved):
            signal.connect(self._on_rows)


def _run(deed: Callable[[], object], _checked: bool = False) -> None:
    deed()
