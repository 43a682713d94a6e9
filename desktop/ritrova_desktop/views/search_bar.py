"""The search bar: the field, a photo to search by, the filters, and the chips of what is asked.

Photos are dropped on it or pasted into it. `left` says that the keyboard may go to the results.
"""

from PySide6.QtCore import QMimeData, QSize, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ritrova.engine.query import MOST_TEXT, PhotoRef, Query
from ritrova.engine.replies import DetailsOf
from ritrova.engine.requests import Details
from ritrova.images.formats import PHOTO_EXTENSIONS
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.actions import Section
from ritrova_desktop.models.pictures import PictureLoader
from ritrova_desktop.notices import Level, Notice
from ritrova_desktop.operations.pasted import PastedPictures
from ritrova_desktop.operations.search import MOST_PHOTOS
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.completions import CompletionList
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.dropped import local_path, promises_photos, read
from ritrova_desktop.views.filter_chips import FilterChips
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.save_search import SaveSearch
from ritrova_desktop.views.search_field import SearchField

DEBOUNCE_MS = 120
_RESULTS = (Kind.ALL, Kind.FAVOURITES, Kind.ALBUM)


class SearchBar(QWidget):
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._search = context, context.search
        self._sent = context.search.query.text
        self._loader = PictureLoader(self)
        self._pasted = PastedPictures(self)
        self.field = SearchField(context.words, context.theme)
        self.chips = FilterChips(context, self._loader)
        self.completions = CompletionList(context, self.field)
        self._debounce = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._debounce.timeout.connect(self._send)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._add_actions()

    def close_files(self) -> None:
        """Once the event loop has ended: nothing of the person's stays in the temporary folder."""
        self._loader.close()
        self._pasted.close()

    def search_by(self, mime: QMimeData) -> None:
        """Take the photos that were dropped or pasted; tell of what is none."""
        dropped = read(mime)
        if dropped.others:
            self._tell_others(dropped.others)
        if not dropped.any:
            return
        self._show_results()
        if dropped.paths:
            self._search.add_photos(tuple(PhotoRef(path=path) for path in dropped.paths[:MOST_PHOTOS]))
        elif dropped.files:
            files = dropped.files[:MOST_PHOTOS]
            self._context.engine.request(Details(files=files), self._add_own, owner=self)
        else:
            self._pasted.keep(dropped.image, self._context.words(msg("Pasted picture")))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP)
        row.addWidget(self.field, 1)
        self._choose = self._tool("image-search", msg("Search by a photo"))
        row.addWidget(self._choose)
        row.addWidget(self.chips.filters_button)
        row.addWidget(SaveSearch(self._context))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.GAP)
        column.addLayout(row)
        column.addWidget(self.chips)

    def _tool(self, icon: str, text: Message) -> QToolButton:
        made = QToolButton()
        made.setIcon(self._context.theme.icon(icon))
        made.setIconSize(QSize(tokens.ICON, tokens.ICON))
        words = self._context.words
        words.bind(made, made.setToolTip, text)
        words.bind(made, made.setAccessibleName, text)
        return made

    def _connect(self) -> None:
        self.field.textEdited.connect(self._on_edited)
        self.field.returnPressed.connect(self._submit)
        self.field.escaped.connect(self.left)
        self.field.photos_pasted.connect(self.search_by)
        self.field.shortened.connect(self._tell_cut)
        self.completions.chosen.connect(self._take_completion)
        self.completions.passed.connect(self.left)
        self.chips.emptied.connect(self.field.setFocus)
        self._choose.clicked.connect(lambda *_: self._choose_photo())
        self._pasted.kept.connect(self._add_pasted)
        self._pasted.failed.connect(lambda: self._tell_others(1))
        self._search.query_changed.connect(self._follow)

    def _add_actions(self) -> None:
        actions = self._context.actions
        actions.add("search.focus", msg("Search photos"), self._focus, shortcuts=("Ctrl+F",), icon="search",
                    section=Section.SEARCH)  # fmt: skip
        actions.add("search.photo", msg("Search by a photo"), self._choose_photo, icon="image-search",
                    section=Section.SEARCH, shortcuts=("Ctrl+Shift+F",))  # fmt: skip
        actions.key(Section.SEARCH, "Esc", msg("Clear the search"))
        actions.key(Section.SEARCH, "Down", msg("Suggestions, or to the results"))
        actions.key(Section.SEARCH, "Del", msg("Forget the chosen suggestion"))
        actions.key(Section.SEARCH, "Return", msg("To the results"))
        actions.key(Section.SEARCH, "Del", msg("Take away the chip that has the keyboard"))

    # Words

    def _focus(self) -> None:
        if not self.isVisible():
            self._show_results()
        self.field.setFocus()
        self.field.selectAll()
        if not self.field.text():
            self.completions.ask("")

    def _on_edited(self, _text: str) -> None:
        self._debounce.start()

    def _send(self) -> None:
        """The person has stopped typing for a moment."""
        self._debounce.stop()
        text = self.field.text()
        self._show_results()
        self._sent = text.strip()
        self._search.set_text(text)
        if text.strip():
            self.completions.ask(text)
        else:
            self.completions.dismiss()

    def _submit(self) -> None:
        self._send()
        self.completions.dismiss()
        self._search.remember()
        self.left.emit()

    def _take_completion(self, text: str) -> None:
        self.field.setText(text)
        self._send()
        self.completions.dismiss()
        self._search.remember()

    def _follow(self, query: Query) -> None:
        """Someone else changed the question: a saved search was opened, everything was cleared."""
        if query.text != self._sent:
            self._sent = query.text
            self._debounce.stop()
            self.field.setText(query.text)

    def _show_results(self) -> None:
        """What is looked for is shown where photos are, wherever the person was."""
        navigator = self._context.navigator
        if navigator.here.kind not in _RESULTS:
            navigator.go(Place(Kind.ALL))

    def _tell_cut(self) -> None:
        title = msg("The text is too long: its first {n} letters are searched for.", n=MOST_TEXT)
        self._context.notices.post(Notice(title=title, level=Level.WARNING, key="search-cut", seconds=10))

    # Photos

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if promises_photos(event.mimeData()) or event.mimeData().hasText():
            event.acceptProposedAction()
            self._mark(promises_photos(event.mimeData()))

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark(False)
        event.acceptProposedAction()
        mime = event.mimeData()
        if promises_photos(mime):
            self.search_by(mime)
        else:
            self.field.insert(mime.text())
            self._send()

    def _mark(self, dropping: bool) -> None:
        """The field shows that it would take what is above it."""
        accent = self._context.theme.colours.accent
        self.field.setStyleSheet(f"QLineEdit {{ border: 2px dashed {accent}; padding: 0 7px; }}" if dropping else "")

    def _choose_photo(self) -> None:
        dialog = QFileDialog(self.window(), self._context.words(msg("Search by a photo")))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        patterns = " ".join(f"*{extension}" for extension in sorted(PHOTO_EXTENSIONS))
        dialog.setNameFilter(f"{self._context.words(msg('Photos'))} ({patterns})")
        dialog.accepted.connect(lambda: self._add_chosen(dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add_chosen(self, dialog: QFileDialog) -> None:
        paths = [local_path(url) for url in dialog.selectedUrls()]
        if paths:
            self._show_results()
            self._search.add_photos(tuple(PhotoRef(path=path) for path in paths[:MOST_PHOTOS]))

    def _add_own(self, details: DetailsOf, _more: bool) -> None:
        self._search.add_photos(tuple(PhotoRef(content=one.content) for one in details.photos))

    def _add_pasted(self, path: bytes) -> None:
        self._search.add_photos((PhotoRef(path=path),))

    def _tell_others(self, count: int) -> None:
        title = msg_n("That is not a photo.", "{n} things are not photos.", n=count)
        detail = msg("Drop photo files, or paste a picture, to search for photos like them.")
        self._context.notices.post(
            Notice(title=title, detail=detail, level=Level.WARNING, key="not-photos", seconds=10)
        )
