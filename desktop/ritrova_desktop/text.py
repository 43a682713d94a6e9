"""The window's language: renders messages, and renders them anew when the person chooses another language."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from ritrova.text import Catalogue, Language, Message, language_of

Choice = Literal["it", "en", "system"]
Setter = Callable[[str], object]


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
        return self._catalogues[self.language].render(message)

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
