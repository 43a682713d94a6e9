"""Why a photo was found: said in a strip below it, and shown on the photo where the model can tell."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from ritrova.engine.base import Fault
from ritrova.engine.query import Query
from ritrova.engine.replies import Because, PhotoDetails
from ritrova.engine.requests import Why
from ritrova.text import Message, msg, msg_n
from ritrova_desktop.text import Words
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.filter_kinds import KINDS, listed
from ritrova_desktop.views.picture_canvas import PictureCanvas


class PhotoWhy(QFrame):
    """Closed at first; it asks only while it is open. `canvas` shows the photo, and its heat map."""

    opened = Signal(bool)

    def __init__(self, context: Context, canvas: PictureCanvas) -> None:
        super().__init__()
        self._context, self._canvas = context, canvas
        self._content = b""
        self._because: Because | None = None
        self._keywords: tuple[str, ...] = ()
        self.setProperty("look", "sidebar")
        context.words.bind(self, self.setAccessibleName, msg("Why this one?"))
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.GAP_LARGE, tokens.GAP, tokens.GAP_LARGE, tokens.GAP)
        column.setSpacing(tokens.GAP_SMALL)
        self._title, self._reasons = QLabel(), QLabel()
        self._title.setProperty("look", "heading")
        for part in (self._title, self._reasons):
            part.setTextFormat(Qt.TextFormat.PlainText)
            part.setWordWrap(True)
            column.addWidget(part)
        self.hide()
        context.words.changed.connect(self._draw)
        context.results.state_changed.connect(self._ask)  # another answer: it may stand elsewhere in it

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    @property
    def text(self) -> str:
        return f"{self._title.text()}\n{self._reasons.text()}"

    def open(self, wanted: bool) -> None:
        if wanted is self.is_open:
            return
        self.setVisible(wanted)
        if wanted:
            self._ask()
        else:
            self._canvas.show_heat(None)
        self.opened.emit(wanted)

    def flip(self) -> None:
        self.open(not self.is_open)

    def show_photo(self, content: bytes) -> None:
        """Another photo is looked at. What is said of the last one gives way to the answer, without a gap."""
        self._content, self._because, self._keywords = content, None, ()
        self._ask()

    def show_details(self, photo: PhotoDetails | None) -> None:
        self._keywords = photo.keywords if photo is not None else ()
        if self._because is not None:
            self._draw()

    def _ask(self) -> None:
        if self.is_open and self._content:
            request = Why(search=self._context.results.number, content=self._content)
            self._context.engine.request(request, partial(self._on_answer, self._content), self._on_refusal, owner=self)

    def _on_answer(self, content: bytes, because: Because, _more: bool) -> None:
        if content == self._content and self.is_open:
            self._because = because
            self._canvas.show_heat(because.heat)
            self._draw()

    def _on_refusal(self, _fault: Fault) -> None:
        """The photo is gone, which the photo view says by itself."""
        self._because = None
        self._draw()

    def _draw(self) -> None:
        words, because = self._context.words, self._because
        self._title.setText(words(_fit(because, words.number)) if because is not None else "")
        reasons = reasons_of(because.query, self._keywords, words) if because is not None else []
        self._reasons.setText("\n".join(reasons))
        self._reasons.setVisible(bool(reasons))


def reasons_of(query: Query, keywords: Sequence[str], words: Words) -> list[str]:
    """What was asked that the photo answers, a line each."""
    looked_for = [words(msg("“{text}”", text=query.text))] if query.text else []
    for photos, text in (
        (query.photos, msg_n("a photo", "{n} photos", n=len(query.photos))),
        (query.more, msg_n("more like a photo", "more like {n} photos", n=len(query.more))),
        (query.less, msg_n("less like a photo", "less like {n} photos", n=len(query.less))),
    ):
        if photos:
            looked_for.append(words(text))
    shared = listed(shared_words(query.text, keywords), words)
    told: list[tuple[Message, str | None]] = [
        (msg("Looked for"), ", ".join(looked_for) or None),
        (msg("Keywords that are in the sentence"), shared),
        *((kind.title, kind.says(query.filters, words)) for kind in KINDS),
    ]
    return [f"{words(name)}: {value}" for name, value in told if value]


def shared_words(sentence: str, keywords: Sequence[str]) -> list[str]:
    """The keywords that the sentence has, all their words one after the other."""
    plain = "".join(letter if letter.isalnum() else " " for letter in sentence.casefold())
    spaced = f" {' '.join(plain.split())} "
    return [keyword for keyword in keywords if f" {' '.join(keyword.casefold().split())} " in spaced]


def _fit(because: Because, number: Callable[[int], str]) -> Message:
    if because.rank is None:
        return msg("Nothing was looked for: the photos are only listed.")
    place = msg("Number {rank} of {total}", rank=number(because.rank), total=number(because.total))
    if because.strength is None:
        return place
    percent = int(because.strength * 100)
    return msg("{match} · {place}", match=msg("Match: {percent} %", percent=percent), place=place)
