"""The actions of the window: one place for names, icons, and shortcuts, which the shortcut list is made of.

actions.add("search.focus", msg("Search"), run, shortcuts=("Ctrl+F",), icon="search", section=Section.SEARCH)
actions.key(Section.RESULTS, "Space", msg("Preview"))      a key that a widget handles by itself: listed only
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from ritrova.text import Message, msg
from ritrova_desktop.text import Words
from ritrova_desktop.theme import Theme


class Section(StrEnum):
    """Where the shortcut list shows an action."""

    WINDOW = "window"
    SEARCH = "search"
    RESULTS = "results"
    PHOTO = "photo"


SECTION_TITLES = {
    Section.WINDOW: msg("Window"),
    Section.SEARCH: msg("Search"),
    Section.RESULTS: msg("Results"),
    Section.PHOTO: msg("Photo"),
}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One line of the shortcut list."""

    section: Section
    keys: str  # portable form, as QKeySequence reads it
    what: Message


class Actions(QObject):
    """Owns every `QAction`. The main window adopts them (`adopt`), so that their shortcuts work in it."""

    added = Signal(object)  # the QAction

    def __init__(self, words: Words, theme: Theme) -> None:
        super().__init__()
        self._words, self._theme = words, theme
        self._actions: dict[str, QAction] = {}
        self._shortcuts: list[Shortcut] = []

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    @property
    def shortcuts(self) -> tuple[Shortcut, ...]:
        return tuple(self._shortcuts)

    def add(
        self,
        name: str,
        what: Message,
        run: Callable[[], object],
        *,
        shortcuts: Sequence[str] = (),
        icon: str | None = None,
        section: Section = Section.WINDOW,
        checkable: bool = False,
    ) -> QAction:
        """Make the action called `name`; the shortcuts work wherever the window has the keyboard.

        Raises ValueError on a name or a shortcut that is taken.
        """
        taken = {shortcut.keys for shortcut in self._shortcuts if shortcut.section is section}
        if name in self._actions or taken.intersection(shortcuts):
            raise ValueError(f"taken: {name} {shortcuts}")
        action = QAction(self)
        action.setObjectName(name)
        action.setCheckable(checkable)
        self._words.bind(action, action.setText, what)
        if icon is not None:
            action.setIcon(self._theme.icon(icon))
        action.setShortcuts([QKeySequence(keys) for keys in shortcuts])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda *_: run())
        self._actions[name] = action
        self._shortcuts += [Shortcut(section, keys, what) for keys in shortcuts]
        self.added.emit(action)
        return action

    def key(self, section: Section, keys: str, what: Message) -> None:
        """List a key that a widget handles by itself."""
        self._shortcuts.append(Shortcut(section, keys, what))

    def adopt(self, window: QWidget) -> None:
        """Let the shortcuts of all actions, also of those to come, work in `window`."""
        window.addActions(list(self._actions.values()))
        self.added.connect(window.addAction)
