"""The photos that cannot be read: why, and trying again."""

from PySide6.QtWidgets import QListView

from ritrova.engine.events import LibraryChanged
from ritrova.engine.replies import Failures
from ritrova.engine.requests import ListFailures
from ritrova.photo import Failure
from ritrova.text import msg
from ritrova_desktop.models.failures import FailuresModel
from ritrova_desktop.models.rows import ITEM
from ritrova_desktop.operations.did import Did
from ritrova_desktop.operations.folders import retry, retry_all
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.navigation import Place
from ritrova_desktop.views.page import EmptyState, FormPage, button
from ritrova_desktop.views.row_delegate import RowList
from ritrova_desktop.views.show_in_folder import SystemFiles
from ritrova_desktop.views.undo_notice import tell_done


class FailuresPage(FormPage):
    top_bar = False

    def __init__(self, context: Context, files: SystemFiles | None = None) -> None:
        super().__init__(
            context,
            msg("Photos that cannot be read"),
            msg("They stay where they are, and are tried again when they change."),
        )
        self._files = files or SystemFiles(context.notices)
        self.model = FailuresModel(context.words)
        self.list = RowList(context.theme, self.model, most_rows=10)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        context.words.bind(self.list, self.list.setAccessibleName, msg("Photos that cannot be read"))
        self.empty = EmptyState(context, "check", msg("All photos could be read"))
        self.retry = button(context, msg("Try again"), self._retry, icon="refresh")
        self.retry_all = button(context, msg("Try all again"), lambda: retry_all(context.engine, self._done))
        self.show_it = button(context, msg("Show in the file manager"), self._show)
        self.open = button(context, msg("Open"), self._open)
        self.buttons = (self.retry, self.retry_all, self.open, self.show_it)
        self.card = Card(context)
        self.card.column.addWidget(self.list)
        self.card.column.addLayout(ButtonRow(*self.buttons, right_from=2))
        self.column.addWidget(self.empty)
        self.column.addWidget(self.card)
        self.list.doubleClicked.connect(lambda _index: self._show())
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._follow())
        self.model.modelReset.connect(self._follow)
        context.engine.library_changed.connect(self._on_change)
        self._follow()

    def enter(self, _place: Place) -> None:
        self._ask()

    def focus_first(self) -> None:
        self.list.setFocus()

    @property
    def chosen(self) -> list[Failure]:
        items = [index.data(ITEM) for index in self.list.chosen_rows()]
        return [item for item in items if isinstance(item, Failure)]

    def _ask(self) -> None:
        self.context.engine.request(ListFailures(), lambda reply, _more: self._on_failures(reply), owner=self)

    def _on_failures(self, reply: Failures) -> None:
        self.model.show_items(reply.failures)
        if reply.failures and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))
        self._follow()

    def _on_change(self, change: LibraryChanged) -> None:
        if self.isVisible() and change.what in ("failures", "folders"):
            self._ask()

    def _follow(self) -> None:
        some, writable = bool(self.chosen), not self.context.engine.read_only
        self.card.setVisible(self.model.rowCount() > 0)
        self.empty.setVisible(self.model.rowCount() == 0)
        self.retry.setEnabled(some and writable)
        self.retry_all.setEnabled(writable)
        self.show_it.setEnabled(some)
        self.open.setEnabled(some)

    def _retry(self) -> None:
        retry(self.context.engine, [failure.path for failure in self.chosen], self._done)

    def _show(self) -> None:
        for failure in self.chosen[:1]:  # one window of the file manager is enough
            self._files.show(failure.path)

    def _open(self) -> None:
        for failure in self.chosen[:1]:
            self._files.open(failure.path)

    def _done(self, did: Did) -> None:
        self._ask()
        tell_done(self.context, did)
