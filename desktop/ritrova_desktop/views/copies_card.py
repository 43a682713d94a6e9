"""The copies of the library: those that it made of itself, one made by hand, and going back to one."""

from functools import partial

from PySide6.QtCore import Signal

from ritrova.engine.base import Fault
from ritrova.engine.keeping_messages import Copy, CopyOf, KeepingOf, Restored
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.engine import EngineState
from ritrova_desktop.models.keeping import CopiesModel, moment_of
from ritrova_desktop.models.rows import ITEM
from ritrova_desktop.names import shown
from ritrova_desktop.notices import Notice, Remedy
from ritrova_desktop.operations.keeping import look_at_copy, restore, save_copy
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.choose_copy import choose_copy, choose_new_copy
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.page import button, label
from ritrova_desktop.views.row_delegate import RowList
from ritrova_desktop.views.show_in_folder import SystemFiles

_KEY = "restored"


class CopiesCard(Card):
    """`confirm` asks before the library goes back; `changed` tells that there may be other copies now."""

    changed = Signal()
    busy_changed = Signal()

    def __init__(self, context: Context, files: SystemFiles, confirm: ConfirmBar) -> None:
        super().__init__(
            context,
            msg("Copies"),
            msg(
                "They hold what you said of your photos (stars, albums, keywords) and the settings. "
                "The photos are not in them: keep those elsewhere too."
            ),
        )
        self._context, self._files, self._confirm = context, files, confirm
        self._folder = b""
        self.saving = False
        self.model = CopiesModel(context.words)
        self.list = RowList(context.theme, self.model, most_rows=5)
        context.words.bind(self.list, self.list.setAccessibleName, msg("Copies"))
        self.newest = label(context, msg("There is no copy yet."))
        self.save = button(context, msg("Save a copy…"), self._choose_new, icon="plus")
        self.back = button(context, msg("Go back to this one…"), self._ask_chosen, icon="history")
        self.other = button(context, msg("Go back to another file…"), self._choose)
        self.show_it = button(context, msg("Show in the file manager"), self._show)
        self.column.addWidget(self.newest)
        self.column.addWidget(self.list)
        self.column.addLayout(ButtonRow(self.save, self.back, self.other, self.show_it, right_from=3))
        self.list.selectionModel().currentChanged.connect(lambda *_: self.follow())
        context.words.changed.connect(self._tell_newest)
        self.follow()

    @property
    def chosen(self) -> Copy | None:
        item = self.list.currentIndex().data(ITEM)
        return item if isinstance(item, Copy) else None

    def show_keeping(self, keeping: KeepingOf) -> None:
        before = self.chosen
        self._folder = keeping.library + b"/backups" if keeping.copies else b""
        self.model.show_items(keeping.copies)
        row = self.model.row_of(before.path) if before is not None else 0
        if keeping.copies and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(row or 0))
        self._tell_newest()
        self.follow()

    def follow(self, *, checking: bool = False) -> None:
        """Offer what can be done now."""
        engine = self._context.engine
        ready = engine.state is EngineState.READY
        free = (ready or engine.state is EngineState.FAILED) and not (self.saving or checking or engine.read_only)
        self.list.setVisible(self.model.rowCount() > 0)
        self.save.setEnabled(ready and not self.saving)
        self.back.setVisible(self.model.rowCount() > 0)
        self.back.setEnabled(free and self.chosen is not None)
        self.other.setEnabled(free)
        self.show_it.setVisible(self.model.rowCount() > 0)
        self.show_it.setEnabled(self.chosen is not None)

    def _tell_newest(self) -> None:
        words = self._context.words
        newest = self.model.index(0).data(ITEM)
        told = msg("There is no copy yet.")
        if isinstance(newest, Copy):
            told = msg("The newest is of {when}.", when=moment_of(newest, words))
        words.bind(self.newest, self.newest.setText, told)

    # Saving

    def _choose_new(self) -> None:
        choose_new_copy(self._context, self, self.save_to)

    def save_to(self, path: bytes) -> None:
        self._set_saving(True)
        save_copy(self._context.engine, path, self._saved, self._not_saved)

    def _saved(self, reply: CopyOf) -> None:
        self._set_saving(False)
        show = Remedy(label=msg("Show in folder"), run=partial(self._files.show, reply.copied.path))
        title, detail = (
            msg("The copy is written."),
            msg("Best on another disk: a copy beside the original dies with it."),
        )
        self._context.notices.post(
            Notice(title=title, detail=detail, path=shown(reply.copied.path), remedies=(show,), key="copy")
        )
        self.changed.emit()

    def _not_saved(self, fault: Fault) -> None:
        self._set_saving(False)
        self._context.engine.refused.emit(fault)

    def _set_saving(self, saving: bool) -> None:
        self.saving = saving
        text = msg("Saving…") if saving else msg("Save a copy…")
        self._context.words.bind(self.save, self.save.setText, text)
        self.busy_changed.emit()

    # Going back

    def _choose(self) -> None:
        choose_copy(self._context, self, self._folder, self.ask_for)

    def _ask_chosen(self) -> None:
        if self.chosen is not None:
            self._ask(self.chosen)

    def ask_for(self, path: bytes) -> None:
        """Look into a file, and ask whether to go back to it."""
        look_at_copy(self._context.engine, path, lambda reply: self._ask(reply.copied))

    def _ask(self, copy: Copy) -> None:
        question = msg_n(
            "Go back to the state of {when}, with {n} photo? The present state is kept aside.",
            "Go back to the state of {when}, with {n} photos? The present state is kept aside.",
            n=copy.photos,
            when=moment_of(copy, self._context.words),
        )
        self._confirm.ask(question, msg("Go back"), lambda: self.go_back(copy.path))

    def go_back(self, path: bytes) -> None:
        engine = self._context.engine
        if engine.state not in (EngineState.READY, EngineState.FAILED):
            return
        self._context.notices.post(Notice(title=msg("The library goes back to a copy…"), key=_KEY))
        restore(engine, path, self._restored, self._not_restored)

    def _restored(self, reply: Restored) -> None:
        self._context.undo.clear()  # its steps are of another state
        self._context.notices.post(self._told(reply))
        self.changed.emit()

    def _told(self, reply: Restored) -> Notice:
        when = moment_of(reply.now, self._context.words)
        title = msg("The library is again as it was: {when}", when=when)
        before = reply.before
        if before is None:
            return Notice(title=title, key=_KEY)
        detail: Message = msg("What was there is kept among the copies.")
        remedy = Remedy(label=msg("Undo"), run=lambda: self.go_back(before.path))
        return Notice(title=title, detail=detail, remedies=(remedy,), key=_KEY)

    def _not_restored(self, fault: Fault) -> None:
        self._context.notices.withdraw(_KEY)
        self._context.engine.refused.emit(fault)

    def _show(self) -> None:
        if self.chosen is not None:
            self._files.show(self.chosen.path)
