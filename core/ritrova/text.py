"""Text for people: marked where it is written, rendered where it is shown.

Code deep in the program does not know the person's language. It makes a `Message` (an English key with
parameters) and hands it up; the command line or the window renders it with its one `Catalogue`.
Babel extracts the keys from calls of `msg` and `msg_n`.
"""

import gettext
import os
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["it", "en"]
DOMAIN = "ritrova"
_ITALIAN = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Message:
    """A text for people in English, not yet in their language. `params` fill the `{named}` places."""

    key: str
    params: dict[str, object] = field(default_factory=dict)
    plural: str | None = None
    count: int = 1

    def __str__(self) -> str:
        """The English text: what logs show."""
        return Catalogue("en").render(self)


def msg(key: str, /, **params: object) -> Message:
    """Mark `key` for translation: `msg("No photo at {path}", path=path)`."""
    return Message(key, params)


def msg_n(one: str, many: str, /, *, n: int, **params: object) -> Message:
    """Mark a text that depends on a number: `msg_n("one photo", "{n} photos", n=3)`."""
    return Message(one, {"n": n, **params}, many, n)


def language_of(environment: dict[str, str] | os._Environ[str] = os.environ) -> Language:
    """The language that the person's locale asks for.

    `RITROVA_LANGUAGE` decides, then the usual locale variables. Italian is the default of an Italian
    program: it also serves where no locale is set (`C`, `POSIX`, nothing).
    """
    for name in ("RITROVA_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "").split(":")[0]
        code = value.split(".")[0].split("_")[0].lower()
        if code in ("", "c", "posix"):
            continue
        return "it" if code == "it" else "en"
    return "it"


class Catalogue:
    """Renders messages in one language, from the shared gettext catalogue."""

    def __init__(self, language: Language) -> None:
        if language not in get_args(Language):
            raise ValueError(f"no such language: {language}")
        self.language = language
        self._translations: gettext.NullTranslations = gettext.NullTranslations()
        if language != "en":  # the keys are the English text
            path = files("ritrova_resources") / "translations" / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
            with path.open("rb") as file:
                self._translations = gettext.GNUTranslations(file)

    def number(self, value: float, decimals: int = 0) -> str:
        """1.240,5 in Italian, 1,240.5 in English."""
        text = f"{value:,.{decimals}f}"
        return text.translate(_ITALIAN) if self.language == "it" else text

    def render(self, message: Message) -> str:
        """The message in the catalogue's language; parameters that are messages are rendered too.

        Numbers are written as the language does, those with a fraction to one decimal. What only looks like a number
        (a year, the number of a process) is given as text.
        """
        if message.plural is None:
            template = self._translations.gettext(message.key)
        else:
            template = self._translations.ngettext(message.key, message.plural, message.count)
        params = {name: self._shown(value) for name, value in message.params.items()}
        return template.format(**params) if params else template

    def _shown(self, value: object) -> object:
        match value:
            case Message():
                return self.render(value)
            case bool():
                return value
            case int():
                return self.number(value)
            case float():
                return self.number(value, 1)
        return value
