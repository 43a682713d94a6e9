"""The models page: those that ship and those that were imported, and a second one beside the first."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout

from ritrova.engine.base import Fault
from ritrova.engine.events import IndexEnded, LibraryChanged, Progress
from ritrova.engine.replies import ModelsOf, ModelState
from ritrova.engine.requests import ListModels
from ritrova.text import msg
from ritrova_desktop.operations.did import Did
from ritrova_desktop.operations.models import import_model
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.choose_folder import choose_folder, dropped_paths
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card, settle
from ritrova_desktop.views.focus_order import read_by_keyboard
from ritrova_desktop.views.model_card import ModelCard
from ritrova_desktop.views.navigation import Place
from ritrova_desktop.views.page import FormPage, button, label
from ritrova_desktop.views.status_bar import pace
from ritrova_desktop.views.undo_notice import tell_done


class ModelsPage(FormPage):
    top_bar = False

    def __init__(self, context: Context) -> None:
        super().__init__(
            context,
            msg("Models"),
            msg("A model understands sentences and photos. A second one can see the photos beside the first."),
        )
        self.cards: list[ModelCard] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(tokens.GAP_LARGE)
        self.column.addLayout(self._column)
        self.progress = _Progress(context)
        self.column.insertWidget(2, self.progress)
        self.importing = button(context, msg("Import a model…"), self._choose, icon="plus")
        add = Card(
            context,
            msg("Another model"),
            msg(
                "A folder with config.json and model.safetensors: CLIP-Italian, CLIP, SigLIP or AltCLIP. "
                "Ritrova copies it and tries it."
            ),
        )
        self._trouble = label(context, msg("Another model"), "bad")
        self._trouble.hide()
        add.column.addWidget(self._trouble)
        add.column.addLayout(ButtonRow(self.importing))
        self.column.addWidget(add)
        self.setAcceptDrops(True)
        engine = context.engine
        engine.library_changed.connect(self._on_change)
        engine.progress.connect(self._on_progress)
        engine.index_ended.connect(self._on_end)

    def enter(self, _place: Place) -> None:
        self._ask()

    def show_models(self, reply: ModelsOf) -> None:
        writable = not self.context.engine.read_only
        self.importing.setEnabled(writable)
        if [_but_for_seen(card.model) for card in self.cards] == [_but_for_seen(model) for model in reply.models]:
            for card, model in zip(self.cards, reply.models, strict=True):
                card.show_seen(model)
            return
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        current = next((model.name for model in reply.models if model.in_use), "")
        self.cards = [ModelCard(self.context, model, current, self._done) for model in reply.models]
        for card in self.cards:
            self._column.addWidget(card)
            card.show()  # the layout would only do it in the next turn
        settle(self.progress)
        read_by_keyboard(self)

    def _ask(self) -> None:
        self.context.engine.request(ListModels(), lambda reply, _more: self.show_models(reply), owner=self)

    def _on_change(self, change: LibraryChanged) -> None:
        if self.isVisible() and change.what in ("models", "photos", "settings"):
            self._ask()

    def _on_progress(self, progress: Progress) -> None:
        if progress.activity in ("index-model", "import-model"):
            self.progress.show_progress(progress)

    def _on_end(self, _ended: IndexEnded) -> None:
        self.progress.hide()
        if self.isVisible():
            self._ask()

    def _choose(self) -> None:
        choose_folder(self.context, self, msg("The model's folder"), self._import)

    def _import(self, folder: bytes) -> None:
        self._trouble.hide()
        self.importing.setEnabled(False)
        self.context.words.bind(self.importing, self.importing.setText, msg("Copying and trying…"))
        import_model(self.context.engine, folder, self._imported, self._refused)

    def _imported(self, reply: ModelsOf) -> None:
        self._ready_again()
        self.show_models(reply)
        self.context.notices.tell(msg("The model was imported. Let it see the photos, then search with it."))

    def _refused(self, fault: Fault) -> None:
        self._ready_again()
        self.context.words.bind(self._trouble, self._trouble.setText, fault.title.message())
        self._trouble.show()

    def _ready_again(self) -> None:
        self.importing.setEnabled(True)
        self.context.words.bind(self.importing, self.importing.setText, msg("Import a model…"))
        self.progress.hide()

    def _done(self, did: Did) -> None:
        self._ask()
        tell_done(self.context, did)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(self.importing.isEnabled() and event.mimeData().hasUrls())

    def dropEvent(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        for path in dropped_paths(event.mimeData())[:1]:
            self._import(path)


def _but_for_seen(model: ModelState) -> ModelState:
    """What makes a card another one; how much the model has seen only makes it grow."""
    return model.model_copy(update={"seen": 0, "total": 0})


class _Progress(Card):
    """How far the second model is, or the copying of a new one."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._title = label(context, msg("Indexing with another model"), "heading")
        self._pace = label(context, msg("Indexing with another model"), "quiet")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        context.words.bind(self._bar, self._bar.setAccessibleName, msg("Progress of indexing"))
        for part in (self._title, self._bar, self._pace):
            self.column.addWidget(part)
        self.column.setSpacing(tokens.GAP)
        self.hide()

    def show_progress(self, progress: Progress) -> None:
        words = self._context.words
        importing = progress.activity == "import-model"
        title = msg("Importing a model") if importing else msg("Indexing with another model")
        words.bind(self._title, self._title.setText, title)
        self._pace.setVisible(not importing)
        words.bind(self._pace, self._pace.setText, pace(words, progress))
        known = progress.total_final and progress.total > 0
        self._bar.setRange(0, progress.total if known else 0)
        self._bar.setValue(progress.done if known else -1)
        self.show()
