"""The photos of a place, or those that answer a question: toolbar, grid, and what stands there when there are none."""

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout

from ritrova.engine.events import IndexingState, LibraryChanged, Progress
from ritrova.engine.query import Query, Scope
from ritrova.engine.replies import AWAY, Folders, ResultsPart
from ritrova.engine.requests import ListFolders
from ritrova.text import msg, msg_n
from ritrova_desktop.actions import Section
from ritrova_desktop.engine import EngineState
from ritrova_desktop.operations.search import Answer
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.empty_results import EmptyResults
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import Page, label
from ritrova_desktop.views.photo_actions import PhotoActions, RunDrag
from ritrova_desktop.views.photo_menu import PhotoMenu
from ritrova_desktop.views.result_grid import ResultGrid
from ritrova_desktop.views.result_toolbar import ResultToolbar
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.tile_painter import Spot

SLOW_MS = 400
"""An answer that takes longer is said to be under way; a word that comes and goes with each key would flicker."""

DOUBT_MS = 800
"""Half a word is in no photo: doubt is told once the person has stopped typing, and moves the photos only then."""

_DECIDES = {"album": "albums", "favourites": "marks"}
"""Which change decides what photos a scope has: it is made by hand, so it is seen at once."""


class ResultPage(Page):
    def __init__(self, context: Context, system: SystemFiles | None = None, run_drag: RunDrag | None = None) -> None:
        super().__init__(context)
        self._folders = True
        self._away = self._indexing = False  # folders that are not there now; as the engine said last
        self._outdated = False  # while another page is shown
        self._photo_row: int | None = None  # that the photo page shows, or showed last
        self.toolbar = ResultToolbar(context)
        self.grid = ResultGrid(context)
        self.empty = EmptyResults(context)
        self.confirm = ConfirmBar(context, self.grid)
        self.actions_of_photos = PhotoActions(
            context, self.grid, self.confirm, system or SystemFiles(context.notices), run_drag
        )
        self.menu = PhotoMenu(context, self.grid, self.actions_of_photos)
        self._doubt, self._doubt_icon = QFrame(), QLabel()
        self._doubting = QTimer(self, singleShot=True, interval=DOUBT_MS)
        self._doubting.timeout.connect(self._doubt.show)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._show_waiting)
        self._stack = QStackedWidget()
        self._lay_out()
        self._follow_context()
        self._follow_parts()
        self._add_actions()
        self._follow_query(context.search.query)

    def enter(self, place: Place) -> None:
        kinds = {Kind.FAVOURITES: Scope(kind="favourites"), Kind.ALBUM: Scope(kind="album", album=place.album)}
        search = self.context.search
        search.set_scope(kinds.get(place.kind, Scope()))
        missing = not self.context.results.answered and not search.busy
        outdated, self._outdated = self._outdated, False
        if missing or outdated:
            search.again()
        row, self._photo_row = self._photo_row, None
        if row is not None and row < self.context.results.rowCount():
            self.grid.go(row)
            self.focus_first()

    def leave(self) -> None:
        self.confirm.dismiss()

    def focus_first(self) -> None:
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.grid.selection.current is None and self.context.results.rowCount():
            self.grid.selection.move(0)

    def _lay_out(self) -> None:
        self._doubt.setProperty("notice", "info")
        row = QHBoxLayout(self._doubt)
        row.setContentsMargins(tokens.GAP_LARGE, tokens.GAP, tokens.GAP_LARGE, tokens.GAP)
        row.setSpacing(tokens.GAP_LARGE)
        row.addWidget(self._doubt_icon)
        row.addWidget(label(self.context, msg("Probably not there. These photos come closest.")), 1)
        self._doubt.hide()
        for part in (self.grid, self.empty):
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self._doubt)
        column.addWidget(self._stack, 1)
        column.addWidget(self.confirm)
        self.context.theme.changed.connect(self._draw_doubt)
        self._draw_doubt()

    def _follow_context(self) -> None:
        context = self.context
        context.search.query_changed.connect(self._follow_query)
        context.search.answered.connect(self._on_answer)
        context.search.part_came.connect(self._on_part)
        context.search.completed.connect(context.results.finish)
        context.search.busy_changed.connect(self._on_busy)
        context.results.state_changed.connect(self._show_state)
        context.results.set_description(self._describe)
        context.engine.greeted.connect(self._ask_folders)
        context.engine.library_changed.connect(self._on_library_changed)
        context.engine.state_changed.connect(self._on_engine_state)
        context.engine.progress.connect(self._on_progress)
        context.engine.indexing_state.connect(self._on_indexing_state)
        context.navigator.moved.connect(self._on_moved)
        context.words.changed.connect(self._show_state)
        if context.engine.hello is not None:
            self._ask_folders()

    def _follow_parts(self) -> None:
        grid, toolbar, actions = self.grid, self.toolbar, self.actions_of_photos
        grid.preview_asked.connect(lambda _row: actions.preview())
        grid.spot_clicked.connect(self._on_spot)
        grid.drag_begun.connect(actions.drag)
        grid.hint_asked.connect(actions.hint)
        grid.zoom_changed.connect(toolbar.show_zoom)
        grid.selection.changed.connect(self._show_count)
        toolbar.show_zoom(grid.zoom)
        toolbar.zoom_chosen.connect(grid.set_zoom)
        toolbar.order_chosen.connect(self.context.search.set_order)
        toolbar.fold_chosen.connect(self.context.search.set_fold)
        toolbar.by_day_chosen.connect(self._on_by_day)
        self.empty.clear_asked.connect(self.context.search.clear)

    def _add_actions(self) -> None:
        actions, undo = self.context.actions, self.context.undo
        back = actions.add("edit.undo", msg("Undo"), undo.undo, shortcuts=("Ctrl+Z",), icon="undo",
                           section=Section.RESULTS)  # fmt: skip
        forth = actions.add("edit.redo", msg("Redo"), undo.redo, shortcuts=("Ctrl+Shift+Z", "Ctrl+Y"), icon="redo",
                            section=Section.RESULTS)  # fmt: skip
        for name, text, keys, step in (
            ("view.larger", msg("Larger photos"), ("Ctrl++", "Ctrl+="), 1),
            ("view.smaller", msg("Smaller photos"), ("Ctrl+-",), -1),
        ):
            actions.add(name, text, partial(self._zoom_by, step), shortcuts=keys, section=Section.RESULTS)

        def follow() -> None:
            back.setEnabled(undo.can_undo)
            forth.setEnabled(undo.can_redo)

        undo.changed.connect(follow)
        undo.awaiting.connect(follow)
        follow()

    def _zoom_by(self, step: int) -> None:
        self.grid.set_zoom(self.grid.zoom + step)

    # The question and its answer

    def _follow_query(self, query: Query) -> None:
        self.toolbar.show_query(query, relevant=_asks(query), by_day=self._by_day(query))

    def _by_day(self, query: Query) -> bool:
        """Photos in the order of their match are in no order of days."""
        return self.context.state.now.by_day and not (_asks(query) and query.order == "relevance")

    def _on_by_day(self, wanted: bool) -> None:
        query = self.context.search.query
        self.context.state.update(by_day=wanted)
        if wanted and _asks(query) and query.order == "relevance":
            self.context.search.set_order("newest")
        else:
            self.grid.set_by_day(self._by_day(query))
            self._follow_query(query)

    def _on_answer(self, answer: Answer) -> None:
        self.grid.by_day = self._by_day(answer.query)  # laid out so when the photos are there
        self.context.results.begin(answer.results, answer.number, keep=answer.again)

    def _on_part(self, part: ResultsPart) -> None:
        self.context.results.add(part)

    def _show_state(self) -> None:
        results, query = self.context.results, self.context.search.query
        nothing = results.answered and not results.rowCount() and not results.loading
        if nothing:
            self.empty.show_why(
                query,
                searchable=results.searchable,
                indexing=results.indexing or self._indexing,
                folders=self._folders,
                away=self._away,
            )
        self._stack.setCurrentWidget(self.empty if nothing else self.grid)
        self.toolbar.setVisible(not nothing or results.searchable > 0)
        self._show_doubt(not nothing and results.absent and query.order == "relevance")
        self._show_count()

    def _show_doubt(self, doubtful: bool) -> None:
        if not doubtful:
            self._doubting.stop()
            self._doubt.hide()
        elif self._doubt.isHidden():
            self._doubting.start()

    def _on_busy(self, busy: bool) -> None:
        if busy:
            self._slow.start()
        else:
            self._slow.stop()
            self._show_count()

    def _on_engine_state(self, _state: EngineState) -> None:
        """A question that waits for the engine is asked once it is there."""
        if self.context.search.busy:
            self._slow.start()

    def _show_waiting(self) -> None:
        self.toolbar.show_waiting(failed=self.context.engine.state is EngineState.FAILED)

    def _show_count(self) -> None:
        self.toolbar.show_count(self.context.results.total, self.grid.selection.count)

    def _draw_doubt(self) -> None:
        icons = self.context.theme.icons
        self._doubt_icon.setPixmap(icons.pixmap("info", tokens.ICON, self.devicePixelRatioF(), "accent"))

    def _describe(self, row: int) -> str:
        """What a screen reader says of a photo."""
        results, words = self.context.results, self.context.words
        look, day = self.grid.look_of(row), results.day(row)
        parts = {
            "at": words.number(row + 1),
            "total": words.number(results.total),
            "day": words.locale.toString(day, "d MMMM yyyy") if day.isValid() else words(msg("Without a date")),
        }
        text = msg("Photo {at} of {total}, {day}", **parts)
        if look.folded:
            folded = msg_n("and one more like it", "and {n} more like it", n=look.folded)
            text = msg("{photo}, {more}", photo=text, more=folded)
        if look.marks & AWAY:
            text = msg("{photo}, not connected", photo=text)
        if look.marks & ~AWAY:
            text = msg("{photo}, {stars} stars", photo=text, stars=look.marks & 7)
        return words(text)

    # What happens elsewhere

    def _on_spot(self, row: int, spot: Spot) -> None:
        if spot is Spot.FOLDED:
            self.actions_of_photos.unfold(row)
        else:
            self.actions_of_photos.lean(row, more=spot is Spot.MORE)

    def _on_moved(self, place: Place) -> None:
        if place.kind is Kind.PHOTO:
            self._photo_row = place.row

    def _on_progress(self, progress: Progress) -> None:
        self.empty.take_progress(progress)
        if self._stack.currentWidget() is self.empty:
            self._show_state()

    def _on_indexing_state(self, state: IndexingState) -> None:
        self._indexing = state.state == "running"
        if self._stack.currentWidget() is self.empty:
            self._show_state()

    def _on_library_changed(self, change: LibraryChanged) -> None:
        if change.what == "folders":
            self._ask_folders()
        elif change.what == "photos":
            self.context.thumbnails.forget()
        elif change.what == _DECIDES.get(self.context.search.query.scope.kind):
            if self.isVisible():
                self.context.search.again()
            else:  # the photo view goes on among the photos that it came from
                self._outdated = True

    def _ask_folders(self, *_: object) -> None:
        def came(reply: Folders, _more: bool) -> None:
            self._folders = bool(reply.folders)
            self._away = any(folder.state in ("offline", "vanished") for folder in reply.folders)
            self._show_state()

        self.context.engine.request(ListFolders(), came, lambda _fault: None)


def _asks(query: Query) -> bool:
    """There is something to be relevant to."""
    return bool(query.text or query.photos or query.more or query.less)
