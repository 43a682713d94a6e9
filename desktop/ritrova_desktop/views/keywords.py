"""The keywords of the chosen photos: those that all have, those that some have; add and take away."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ritrova.engine.replies import Completions, DetailsOf
from ritrova.engine.requests import PART, Complete, Details
from ritrova.text import msg, msg_n
from ritrova_desktop.names import clean_name
from ritrova_desktop.operations.albums import set_keywords
from ritrova_desktop.operations.did import OnDone, ignore
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.page import button, label
from ritrova_desktop.views.ticked_rows import TickedRows


class KeywordsDialog(QDialog):
    """Ticked: all have it. Half ticked: some do, and it stays so. Show it with `open()`."""

    def __init__(self, context: Context, parent: QWidget | None, files: Sequence[int], done: OnDone = ignore) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 480)
        self._context, self._files, self._done = context, tuple(files), done
        self._before: dict[str, Qt.CheckState] = {}
        context.words.bind(self, self.setWindowTitle, msg("Keywords"))
        self.edit = QLineEdit()
        context.words.bind(self.edit, self.edit.setPlaceholderText, msg("Add a keyword, then Enter"))
        context.words.bind(self.edit, self.edit.setAccessibleName, msg("New keyword"))
        self._words = QStringListModel(self)
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.edit.setCompleter(completer)
        self.edit.textEdited.connect(self._complete)
        self.edit.returnPressed.connect(self._add)
        self.list = QListWidget()
        TickedRows(self.list)
        context.words.bind(self.list, self.list.setAccessibleName, msg("Keywords of the photos"))
        self.save = button(context, msg("Apply"), self._save, "primary")
        self.save.setAutoDefault(False)
        cancel = button(context, msg("Cancel"), self.reject)
        cancel.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(tokens.GAP)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[tokens.GAP_PAGE] * 4)
        column.setSpacing(tokens.GAP_LARGE)
        title = msg_n("Keywords of one photo", "Keywords of {n} photos", n=len(self._files))
        column.addWidget(label(context, title, "title"))
        column.addWidget(self.edit)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.edit.setFocus()
        context.engine.request(Details(files=self._files[:PART]), self._on_details, owner=self)

    def _on_details(self, reply: DetailsOf, _more: bool) -> None:
        counts = Counter(word for photo in reply.photos for word in set(photo.keywords))
        for word, count in sorted(counts.items(), key=lambda one: one[0].casefold()):
            every = count == len(reply.photos)
            self._before[word] = Qt.CheckState.Checked if every else Qt.CheckState.PartiallyChecked
            self._item(word, self._before[word])

    def _item(self, word: str, state: Qt.CheckState) -> QListWidgetItem:
        item = QListWidgetItem(word)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(state)
        self.list.addItem(item)
        return item

    def _complete(self, text: str) -> None:
        if text.strip():
            self._context.engine.request(Complete(prefix=text.strip()), self._on_completions, owner=self)

    def _on_completions(self, reply: Completions, _more: bool) -> None:
        self._words.setStringList([one.text for one in reply.found if one.source == "keyword"])

    def _add(self) -> None:
        for word in filter(None, map(clean_name, self.edit.text().split(","))):
            known = self.list.findItems(word, Qt.MatchFlag.MatchFixedString)
            item = known[0] if known else self._item(word, Qt.CheckState.Checked)
            item.setCheckState(Qt.CheckState.Checked)
            self.list.scrollToItem(item)
        self.edit.clear()

    def _save(self) -> None:
        self._add()  # a word that was typed and not yet entered is meant
        items = [self.list.item(row) for row in range(self.list.count())]
        now = {item.text(): item.checkState() for item in items}
        on, off = Qt.CheckState.Checked, Qt.CheckState.Unchecked
        add = [word for word, state in now.items() if state is on and self._before.get(word) is not on]
        remove = [word for word, state in now.items() if state is off and self._before.get(word, off) is not off]
        if add or remove:
            set_keywords(self._context.engine, self._files, add, remove, self._done)
        self.accept()
