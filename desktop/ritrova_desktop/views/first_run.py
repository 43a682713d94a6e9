"""The first start: which folders, a word on privacy, the model, and off it goes."""

import os
from collections.abc import Callable

from PySide6.QtCore import QObject, QStandardPaths, Qt, QThreadPool, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from ritrova.engine.replies import ModelsOf
from ritrova.engine.requests import ListModels
from ritrova.text import msg
from ritrova_desktop.names import shown
from ritrova_desktop.operations.folders import add_folder
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.choose_folder import choose_folder, dropped_paths
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card, Tick
from ritrova_desktop.views.navigation import Kind, Place
from ritrova_desktop.views.page import FormPage, button, label

FindFolders = Callable[[], list[bytes]]


def pictures_folders() -> list[bytes]:
    """The system's Pictures folder, where it is there. Looks at the disk."""
    found = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.PicturesLocation)
    home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
    # Where a system names no Pictures folder, Qt answers with the home folder: too much to offer.
    return [os.fsencode(path) for path in found if path != home and os.path.isdir(path)]  # noqa: PTH112


class FirstRunPage(FormPage):
    top_bar = False

    def __init__(self, context: Context, find: FindFolders = pictures_folders) -> None:
        super().__init__(
            context,
            msg("Welcome to Ritrova"),
            msg("Describe a photo in your own words, and find it. Tell Ritrova where your photos are."),
        )
        self._find, self._sought = find, False
        self._finder = _Finder(find)
        self._finder.found.connect(self._offer, Qt.ConnectionType.QueuedConnection)
        self.boxes: dict[bytes, QCheckBox] = {}
        self._boxes = QVBoxLayout()
        self._boxes.setSpacing(tokens.GAP)
        self._none = label(context, msg("No folder yet: add one, or drop it here."), "quiet")
        self.add = button(context, msg("Add a folder…"), self._choose, icon="folder-add")
        self._model = label(context, msg("A small Italian model comes with Ritrova."), "quiet")
        models = button(context, msg("Other models…"), lambda: context.navigator.go(Place(Kind.MODELS)), "plain")
        self.start = button(context, msg("Start"), self._start, "primary")
        go = context.navigator.go
        self.back = button(context, msg("Go back to a copy…"), lambda: go(Place(Kind.LIBRARY)), "plain")
        self._hint = label(context, msg("The first photos can be found at once, while the others follow."), "quiet")
        self._lay_out(models)
        self.setAcceptDrops(True)
        self._follow()

    def enter(self, _place: Place) -> None:
        if not self._sought:
            self._sought = True
            self._finder.seek()
        self.context.engine.request(ListModels(), lambda reply, _more: self._on_models(reply), owner=self)
        self._follow()

    def focus_first(self) -> None:
        (self.start if self.start.isEnabled() else self.add).setFocus()

    @property
    def chosen(self) -> list[bytes]:
        return [path for path, box in self.boxes.items() if box.isChecked()]

    def _lay_out(self, models: QWidget) -> None:
        context = self.context
        folders = Card(context, msg("Your photos"), msg("Ritrova reads them and changes nothing."))
        folders.column.addWidget(self._none)
        folders.column.addLayout(self._boxes)
        folders.column.addLayout(ButtonRow(self.add))
        privacy = Card(
            context,
            msg("Nothing leaves this computer"),
            msg("No account, no network, no statistics. What Ritrova learns of your photos stays in your own folder."),
        )
        model = Card(context, msg("The model"))
        model.column.addWidget(self._model)
        model.column.addLayout(ButtonRow(models))
        for card in (folders, privacy, model):
            self.column.addWidget(card)
        foot = QHBoxLayout()
        foot.setSpacing(tokens.GAP_LARGE)
        foot.addWidget(self.start)
        foot.addWidget(self._hint, 1)
        foot.addWidget(self.back)
        self.column.addLayout(foot)

    def _offer(self, paths: list[bytes]) -> None:
        for path in paths:
            self._take(path)

    def _take(self, path: bytes) -> None:
        box = self.boxes.get(path)
        if box is None:
            box = self.boxes[path] = Tick(self.context)
            box.setText(shown(path).replace("&", "&&"))
            box.setAccessibleName(shown(path))
            box.toggled.connect(lambda _on: self._follow())
            self._boxes.addWidget(box)
        box.setChecked(True)
        self._follow()

    def _on_models(self, reply: ModelsOf) -> None:
        used = next((model for model in reply.models if model.in_use), None)
        if used is not None:
            locale = self.context.words.locale
            size = locale.formattedDataSize(used.size, 0, locale.DataSizeFormat.DataSizeSIFormat)
            text = msg("{name} ({size}) is here already, and understands Italian.", name=used.name, size=size)
            if not used.bundled:
                text = msg("{name} ({size}) is used.", name=used.name, size=size)
            self.context.words.bind(self._model, self._model.setText, text)

    def _follow(self) -> None:
        self._none.setVisible(not self.boxes)
        self.start.setEnabled(bool(self.chosen) and not self.context.engine.read_only)

    def _choose(self) -> None:
        choose_folder(self.context, self, msg("Which folder?"), self._take)

    def _start(self) -> None:
        """Indexing begins by itself; meanwhile the photos are shown as they come."""
        for path in self.chosen:
            add_folder(self.context.engine, path)
        self.context.navigator.go(Place(Kind.ALL))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(event.mimeData().hasUrls())

    def dropEvent(self, event: QDropEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        for path in dropped_paths(event.mimeData()):
            self._take(path)


class _Finder(QObject):
    """Looks for the Pictures folder on a thread of the pool."""

    found = Signal(list)

    def __init__(self, find: FindFolders) -> None:
        super().__init__()
        self._find = find

    def seek(self) -> None:
        QThreadPool.globalInstance().start(lambda: self.found.emit(self._find()))
