"""The window's language: renders messages, and renders them anew when the person chooses another language."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from ritrova.text import Catalogue, Language, Message, language_of, msg

Choice = Literal["it", "en", "system"]
Setter = Callable[[str], object]

IN_A_WINDOW: dict[str, Message] = {
    "Add a folder of photos: ritrova add FOLDER": msg("Add a folder of photos."),
    "Check it with ritrova models verify, or set encoding.device to cpu.": msg(
        "Choose the processor in the preferences, or let the library be checked."
    ),
    "Choose a file that `ritrova backup` made.": msg("Choose a file that Ritrova saved as a copy."),
    "First choose another: ritrova models use NAME": msg("First choose another on the page of the models."),
    "Free some space and run the command again: nothing is lost.": msg(
        "Free some space and try again: nothing is lost."
    ),
    "Import the folder: ritrova models import FOLDER": msg("Import the folder, on the page of the models."),
    "Make the folder writable and run `ritrova index` once.": msg(
        "Let the folder be written, then start Ritrova again."
    ),
    "Restore a backup (ritrova restore FILE), or add your folders and index again.": msg(
        "Go back to a copy, or add your folders again."
    ),
    "Run `ritrova doctor`; reinstalling Ritrova puts its decoders right.": msg("Install Ritrova again."),
    "Run `ritrova index` once: it updates the library after making a backup.": msg(
        "Start Ritrova again when nobody else writes to the library: it is updated after a copy was made."
    ),
    "See `ritrova folders`.": msg("See the page of the folders."),
    "These are there: {names}. Others can be added: ritrova models import FOLDER": msg(
        "These are there: {names}. Others can be imported on the page of the models."
    ),
    "To put it right: ritrova check --repair": msg("“Check and repair” puts it right."),
    "Your photos are untouched. Restore a backup (ritrova restore FILE), or begin anew.": msg(
        "Your photos are untouched. Go back to a copy."
    ),
}
"""What the core advises to a person at the command line, as one before a window does it."""


class Words(QObject):
    """The catalogue of the person's language. Reads its files when made: before the event loop runs.

    words(message)                      the text now
    words.bind(label, label.setText, message)   the text now, and again after each change of the language
    """

    changed = Signal()

    def __init__(self, choice: Choice = "system") -> None:
        super().__init__()
        self._catalogues: dict[Language, Catalogue] = {"it": Catalogue("it"), "en": Catalogue("en")}
        self._qt_texts = QTranslator(self)  # those of Qt's own dialogs and menus
        self._qt_texts.load("qtbase_it", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        self._bound: dict[int, dict[tuple[int, str], tuple[Setter, Message]]] = {}
        self._choice: Choice = choice
        self._install()

    def __call__(self, message: Message) -> str:
        said = IN_A_WINDOW.get(message.key)
        return self._catalogues[self.language].render(replace(message, key=said.key) if said else message)

    @property
    def choice(self) -> Choice:
        return self._choice

    @property
    def language(self) -> Language:
        return language_of() if self._choice == "system" else self._choice

    @property
    def locale(self) -> QLocale:
        """For numbers, dates and sizes: `locale.toString(1240)`, `locale.formattedDataSize(bytes)`."""
        return QLocale(QLocale.Language.Italian if self.language == "it" else QLocale.Language.English)

    def number(self, number: int) -> str:
        """1.240 in Italian, 1,240 in English; Qt would group from five digits on only."""
        return f"{number:,}".replace(",", self.locale.groupSeparator())

    def bind(self, owner: QObject, setter: Setter, message: Message) -> None:
        """Give `setter` the text now and whenever the language changes, as long as `owner` lives.

        A second message for the same setter takes the place of the first.
        """
        key = id(owner)
        if key not in self._bound:
            self._bound[key] = {}
            owner.destroyed.connect(lambda: self._bound.pop(key, None))
        self._bound[key][_name_of(setter)] = (setter, message)
        setter(self(message))

    def choose(self, choice: Choice) -> None:
        before = self.language
        self._choice = choice
        if self.language == before:
            return
        self._install()
        for setters in tuple(self._bound.values()):
            for setter, message in tuple(setters.values()):
                setter(self(message))
        self.changed.emit()

    def _install(self) -> None:
        QLocale.setDefault(self.locale)
        if self.language == "it":
            QCoreApplication.installTranslator(self._qt_texts)
        else:
            QCoreApplication.removeTranslator(self._qt_texts)


def _name_of(setter: Setter) -> tuple[int, str]:
    """Tells setters apart: a bound method is a new object each time it is looked up."""
    return id(getattr(setter, "__self__", setter)), getattr(setter, "__name__", "")
