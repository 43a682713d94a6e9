"""The library itself: where it lies, its copies, whether it is sound, the photos that are gone, its logs."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from ritrova.engine.events import LibraryChanged
from ritrova.engine.keeping_messages import Forgotten, KeepingOf
from ritrova.engine.replies import StatusOf
from ritrova.engine.requests import GetStatus
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.engine import EngineState
from ritrova_desktop.models.keeping import bytes_told
from ritrova_desktop.names import shown
from ritrova_desktop.operations.keeping import forget_missing, show_keeping
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.check_card import CheckCard
from ritrova_desktop.views.confirm_bar import ConfirmBar
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.copies_card import CopiesCard
from ritrova_desktop.views.copyable import CopyableText
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.navigation import Place
from ritrova_desktop.views.page import FormPage, button, label
from ritrova_desktop.views.show_in_folder import SystemFiles

_PARTS: dict[str, Callable[[str], Message]] = {
    "database": lambda size: msg("database {size}", size=size),
    "index": lambda size: msg("search index {size}", size=size),
    "thumbnails": lambda size: msg("thumbnails {size}", size=size),
    "models": lambda size: msg("models {size}", size=size),
    "backups": lambda size: msg("copies {size}", size=size),
}
"""What takes room in a library, as `KeepingOf` names it."""


class LibraryPage(FormPage):
    top_bar = False

    def __init__(self, context: Context, files: SystemFiles | None = None) -> None:
        super().__init__(
            context,
            msg("The library"),
            msg("What Ritrova knows of your photos. The photos themselves stay in their own folders."),
        )
        files = files or SystemFiles(context.notices)
        self.confirm = ConfirmBar(context, self)
        self.where = WhereCard(context, files)
        self.copies = CopiesCard(context, files, self.confirm)
        self.check = CheckCard(context)
        self.gone = GoneCard(context, self.confirm)
        self.trouble = TroubleCard(context, files)
        for card in (self.where, self.copies, self.check, self.gone, self.trouble):
            self.column.addWidget(card)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.confirm)
        self.copies.changed.connect(self._ask)
        for busy in (self.copies.busy_changed, self.check.changed, context.engine.state_changed):
            busy.connect(lambda *_: self._follow())
        context.engine.greeted.connect(lambda _hello: self._on_greeted())
        context.engine.library_changed.connect(self._on_change)
        self._follow()

    def enter(self, _place: Place) -> None:
        if self.context.engine.state is not EngineState.ALONE:
            self._ask()

    def leave(self) -> None:
        self.confirm.dismiss()

    def focus_first(self) -> None:
        (self.copies.list if self.copies.model.rowCount() else self.copies.save).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def show_keeping(self, keeping: KeepingOf) -> None:
        self.where.show_keeping(keeping)
        self.copies.show_keeping(keeping)
        self.trouble.show_logs(keeping.logs)

    def _ask(self) -> None:
        show_keeping(self.context.engine, self.show_keeping, self)
        self.gone.ask()

    def _on_greeted(self) -> None:
        self._follow()
        if self.isVisible():
            self._ask()

    def _on_change(self, change: LibraryChanged) -> None:
        if self.isVisible() and change.what in ("photos", "folders"):
            self.gone.ask()

    def _follow(self) -> None:
        self.copies.follow(checking=self.check.running)
        self.check.follow(saving=self.copies.saving)
        self.gone.follow()


class WhereCard(Card):
    """Where the library lies, and how much room each part takes."""

    def __init__(self, context: Context, files: SystemFiles) -> None:
        super().__init__(context, msg("Where it lies"))
        self._context, self._files = context, files
        self._keeping: KeepingOf | None = None
        self.path = CopyableText(context.words, "")
        self.sizes = label(context, msg("Where it lies"), "quiet")
        self.sizes.hide()
        self.show_it = button(context, msg("Show in the file manager"), self._show)
        self.show_it.setEnabled(False)
        self.column.addWidget(self.path)
        self.column.addWidget(self.sizes)
        self.column.addLayout(ButtonRow(self.show_it))
        context.words.changed.connect(self._tell)

    def show_keeping(self, keeping: KeepingOf) -> None:
        self._keeping = keeping
        self.path.show_text(shown(keeping.library))
        self.show_it.setEnabled(True)
        self._tell()

    def _tell(self) -> None:
        if self._keeping is None:
            return
        words = self._context.words
        sizes = {name: getattr(self._keeping, name) for name in _PARTS}
        told = [words(_PARTS[name](bytes_told(size, words))) for name, size in sizes.items() if size]
        whole = bytes_told(sum(sizes.values()), words)
        words.bind(self.sizes, self.sizes.setText, msg("{all}: {parts}", all=whole, parts=", ".join(told)))
        self.sizes.show()

    def _show(self) -> None:
        if self._keeping is not None:
            self._files.show(self._keeping.library)


class GoneCard(Card):
    """The photos that are gone, and forgetting them."""

    def __init__(self, context: Context, confirm: ConfirmBar) -> None:
        super().__init__(context, msg("Photos that are gone"))
        self._context, self._confirm = context, confirm
        self._missing = 0
        self.said = label(context, msg("No photo is gone."), "quiet")
        self.forget = button(context, msg("Forget them…"), self._ask_to_forget)
        self.column.addWidget(self.said)
        self.column.addLayout(ButtonRow(self.forget))
        self.follow()

    def ask(self) -> None:
        self._context.engine.request(GetStatus(), lambda reply, _more: self._on_status(reply), owner=self)

    def follow(self) -> None:
        engine = self._context.engine
        self.forget.setVisible(self._missing > 0)
        self.forget.setEnabled(engine.state is EngineState.READY and not engine.read_only)

    def _on_status(self, status: StatusOf) -> None:
        self._missing = status.forgettable
        count = self._context.words.number(status.forgettable)
        said: Message = msg_n(
            "One photo is no longer in its folder. What you said of it is kept, in case it comes back.",
            "{count} photos are no longer in their folders. What you said of them is kept, in case they come back.",
            n=status.forgettable,
            count=count,
        )
        self._context.words.bind(self.said, self.said.setText, said if status.forgettable else msg("No photo is gone."))
        self.follow()

    def _ask_to_forget(self) -> None:
        question = msg_n(
            "Forget {n} photo that is gone? Its stars and albums hold again if it comes back.",
            "Forget {n} photos that are gone? Their stars and albums hold again if they come back.",
            n=self._missing,
        )
        self._confirm.ask(question, msg("Forget"), lambda: forget_missing(self._context.engine, self._forgotten))

    def _forgotten(self, reply: Forgotten) -> None:
        self._context.notices.tell(msg_n("{n} photo forgotten", "{n} photos forgotten", n=reply.photos))
        self.ask()


class TroubleCard(Card):
    """The logs, and the report that can be made of them."""

    def __init__(self, context: Context, files: SystemFiles) -> None:
        super().__init__(
            context,
            msg("If something goes wrong"),
            msg("The logs tell what Ritrova did, and of no sentence that you searched for."),
        )
        self._logs = b""
        self.open = button(context, msg("Open the folder of the logs"), lambda: files.open(self._logs))
        self.open.setEnabled(False)
        report = button(
            context, msg("Report a problem"), lambda: context.actions["window.report"].trigger(), icon="report"
        )
        self.column.addLayout(ButtonRow(self.open, report))

    def show_logs(self, folder: bytes) -> None:
        self._logs = folder
        self.open.setEnabled(True)
