"""The list of keyboard shortcuts, made of the actions themselves."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from ritrova.text import Message, msg
from ritrova_desktop.actions import SECTION_TITLES, Section, Shortcut
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.navigation import Place
from ritrova_desktop.views.page import FormPage, label


class ShortcutsPage(FormPage):
    top_bar = False

    def __init__(self, context: Context) -> None:
        super().__init__(context, msg("Keyboard shortcuts"))
        self._cards: list[QWidget] = []
        self._shown: tuple[Shortcut, ...] = ()

    def enter(self, _place: Place) -> None:
        if self._shown == self.context.actions.shortcuts:
            return
        self._shown = self.context.actions.shortcuts
        for card in self._cards:
            card.deleteLater()
        self._cards = [self._card(section) for section in Section if any(s.section is section for s in self._shown)]
        for card in self._cards:
            self.column.addWidget(card)

    def _card(self, section: Section) -> QWidget:
        card = QFrame()
        card.setProperty("look", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(tokens.GAP_LARGE, tokens.GAP_LARGE, tokens.GAP_LARGE, tokens.GAP_LARGE)
        column.setSpacing(tokens.GAP_LARGE)
        column.addWidget(label(self.context, SECTION_TITLES[section], "heading"))
        grid = QGridLayout()
        grid.setVerticalSpacing(tokens.GAP)
        grid.setColumnStretch(0, 1)
        for row, (what, keys) in enumerate(self._by_action(section)):
            grid.addWidget(label(self.context, what), row, 0)
            cell = QLabel(
                "   ".join(QKeySequence(one).toString(QKeySequence.SequenceFormat.NativeText) for one in keys)
            )
            cell.setProperty("look", "quiet")
            grid.addWidget(cell, row, 1, Qt.AlignmentFlag.AlignRight)
        column.addLayout(grid)
        return card

    def _by_action(self, section: Section) -> list[tuple[Message, list[str]]]:
        keys: dict[str, tuple[Message, list[str]]] = {}
        for shortcut in self._shown:
            if shortcut.section is section:
                keys.setdefault(shortcut.what.key, (shortcut.what, []))[1].append(shortcut.keys)
        return list(keys.values())


def native(keys: str) -> str:
    """The keys as this system writes them: `Ctrl+F`, `⌘F`."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
