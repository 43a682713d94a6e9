"""Which photos of a folder are taken: two lists of patterns."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from ritrova.engine.replies import FolderState
from ritrova.text import Message, msg
from ritrova_desktop.names import shown
from ritrova_desktop.operations.did import OnDone
from ritrova_desktop.operations.folders import set_patterns
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.page import button, label
from ritrova_desktop.views.setting_fields import Lines, lines_of

_ROWS = 3


class PatternsCard(Card):
    def __init__(self, context: Context, done: OnDone) -> None:
        super().__init__(context)
        self._context, self._done = context, done
        self._folder: FolderState | None = None
        self._title = label(context, msg("Patterns"), "heading")
        self._why = label(context, msg("Patterns"), "warning")
        self.include, self.exclude = Lines(_ROWS), Lines(_ROWS)
        self.save = button(context, msg("Apply"), self._save)
        self._revert = button(context, msg("Revert"), self._show_patterns, "plain")
        head = QVBoxLayout()
        head.setSpacing(tokens.GAP_SMALL)
        head.addWidget(self._title)
        head.addWidget(self._why)
        head.addWidget(label(context, msg("Names as in *.jpg or old*, one a line."), "quiet"))
        self.column.addLayout(head)
        fields = QHBoxLayout()
        fields.setSpacing(tokens.GAP_LARGE)
        for edit, name in ((self.include, msg("Only these photos")), (self.exclude, msg("None of these"))):
            fields.addLayout(self._field(edit, name))
            edit.document().modificationChanged.connect(lambda *_: self._follow())
        self.column.addLayout(fields)
        self.column.addLayout(ButtonRow(self.save, self._revert))

    def show_folder(self, folder: FolderState) -> None:
        """What is being edited for the same folder stays."""
        same = self._folder is not None and self._folder.path == folder.path
        self._folder = folder
        words = self._context.words
        words.bind(self._title, self._title.setText, msg("Patterns of {folder}", folder=shown(folder.path)))
        self._why.setVisible(folder.why is not None)
        if folder.why is not None:
            words.bind(self._why, self._why.setText, folder.why.message())
        if not (same and self._edited):
            self._show_patterns()
        for edit in (self.include, self.exclude):
            edit.setReadOnly(self._context.engine.read_only)

    @property
    def _edited(self) -> bool:
        return self.include.document().isModified() or self.exclude.document().isModified()

    def _field(self, edit: Lines, name: Message) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(tokens.GAP_SMALL)
        title = label(self._context, name)
        title.setBuddy(edit)
        self._context.words.bind(edit, edit.setAccessibleName, name)
        column.addWidget(title)
        column.addWidget(edit)
        return column

    def _show_patterns(self) -> None:
        if self._folder is not None:
            for edit, patterns in ((self.include, self._folder.include), (self.exclude, self._folder.exclude)):
                edit.setPlainText("\n".join(patterns))
                edit.document().setModified(False)
        self._follow()

    def _follow(self) -> None:
        self.save.setEnabled(self._edited)
        self._revert.setVisible(self._edited)

    def _save(self) -> None:
        if self._folder is None:
            return
        include, exclude = lines_of(self.include.toPlainText()), lines_of(self.exclude.toPlainText())
        for edit in (self.include, self.exclude):
            edit.document().setModified(False)
        set_patterns(self._context.engine, self._folder, include, exclude, self._done)
