"""One model: what it is, how good it is, how much it has seen, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout

from ritrova.engine.replies import ModelState
from ritrova.text import Message, msg
from ritrova_desktop.operations.did import OnDone
from ritrova_desktop.operations.models import index_model, remove_model, use_model
from ritrova_desktop.theme import tokens
from ritrova_desktop.views.button_row import ButtonRow
from ritrova_desktop.views.context import Context
from ritrova_desktop.views.fields import Card
from ritrova_desktop.views.page import button, label

_LANGUAGES = {"it": msg("Italiano"), "en": msg("English")}
_UNDERSTANDS = {
    frozenset({"it"}): msg("Understands Italian"),
    frozenset({"en"}): msg("Understands English"),
    frozenset({"it", "en"}): msg("Understands Italian and English"),
}
"""In one's own language; the names that languages have for themselves are for the others."""


class ModelCard(Card):
    """`current` is the name of the model that is used now."""

    def __init__(self, context: Context, model: ModelState, current: str, done: OnDone) -> None:
        super().__init__(context)
        self._context, self.model, self._current, self._done = context, model, current, done
        self.column.addLayout(self._head())
        facts = QVBoxLayout()
        facts.setSpacing(tokens.GAP_SMALL)
        for fact in self._facts():
            facts.addWidget(label(context, fact, "quiet"))
        if model.trouble is not None:
            facts.addWidget(label(context, model.trouble.message(), "bad"))
        self.column.addLayout(facts)
        self.seen = label(context, self._seen())
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, max(1, model.total))
        self._bar.setValue(model.seen)
        context.words.bind(self._bar, self._bar.setAccessibleName, msg("Photos that it has seen"))
        seen = QVBoxLayout()
        seen.setSpacing(tokens.GAP)
        seen.addWidget(self.seen)
        seen.addWidget(self._bar)
        self.column.addLayout(seen)
        self._bar.setVisible(model.total > 0)
        self.use = button(context, msg("Search with it"), self._use, "primary")
        self.see = button(context, msg("Let it see the photos"), lambda: self._see(use=False))
        self.take_over = button(context, msg("See the photos, then switch"), lambda: self._see(use=True))
        self.remove = button(context, msg("Remove"), self._remove)
        self.column.addLayout(ButtonRow(self.use, self.take_over, self.see, self.remove, right_from=3))
        self._offer()  # not before they are in the card: what has no parent is shown as a window

    def show_seen(self, model: ModelState) -> None:
        """The same model has seen more."""
        self.model = model
        self._context.words.bind(self.seen, self.seen.setText, self._seen())
        self._bar.setRange(0, max(1, model.total))
        self._bar.setValue(model.seen)
        self._offer()

    @property
    def _complete(self) -> bool:
        return self.model.seen >= self.model.total

    def _offer(self) -> None:
        model, writable = self.model, not self._context.engine.read_only
        usable = model.trouble is None
        self.use.setVisible(usable and not model.in_use and self._complete)
        self.see.setVisible(usable and not self._complete and not model.in_use)
        self.take_over.setVisible(usable and not self._complete and not model.in_use)
        self.remove.setVisible(not model.bundled and not model.in_use)
        for one in (self.use, self.see, self.take_over, self.remove):
            one.setEnabled(writable)

    def _head(self) -> QHBoxLayout:
        name = QLabel(self.model.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setProperty("look", "title")
        head = QHBoxLayout()
        head.setSpacing(tokens.GAP)
        head.addWidget(name, 1)
        if self.model.in_use:
            used = label(self._context, msg("In use"), "good")
            used.setWordWrap(False)
            head.addWidget(used)
        return head

    def _facts(self) -> list[Message]:
        model, locale = self.model, self._context.words.locale
        origin = msg("Ships with Ritrova") if model.bundled else msg("Imported")
        facts = [
            msg(
                "{origin} · version {version} · {size} · {dimension} dimensions · licence {licence}",
                origin=origin,
                version=model.version,
                size=locale.formattedDataSize(model.size, 0, locale.DataSizeFormat.DataSizeSIFormat),
                dimension=model.dimension,
                licence=model.licence,
            )
        ]
        if model.languages:
            names = ", ".join(self._context.words(language_name(code)) for code in model.languages)
            facts.append(
                _UNDERSTANDS.get(frozenset(model.languages)) or msg("Understands {languages}", languages=names)
            )
        facts.append(figures_told(figures_of(model.figures)))
        return facts

    def _seen(self) -> Message:
        number = self._context.words.number
        if self.model.total == 0:
            return msg("There are no photos yet.")
        if self._complete:
            return msg("It has seen all photos.")
        return msg(
            "It has seen {seen} of {total} photos.", seen=number(self.model.seen), total=number(self.model.total)
        )

    def _use(self) -> None:
        use_model(self._context.engine, self.model.name, self._current, self._done)

    def _see(self, *, use: bool) -> None:
        index_model(self._context.engine, self.model.name, use=use, done=self._done)

    def _remove(self) -> None:
        remove_model(self._context.engine, self.model.name, self._done)


def language_name(code: str) -> Message:
    """A language's own name for itself, as a rule; its code, where nobody knows it."""
    return _LANGUAGES.get(code) or msg("{name}", name=QLocale(code).nativeLanguageName() or code)


def figures_of(figures: Mapping[str, Any]) -> dict[int, float]:
    """Recall at 1, 5 and 10 for whole sentences, as a manifest tells them: of the model that ships, else at the top."""
    shipped = figures.get("shipped")
    sentence = shipped.get("sentence") if isinstance(shipped, Mapping) else None
    where = sentence if isinstance(sentence, Mapping) else figures
    found: dict[int, float] = {}
    for k in (1, 5, 10):
        share = next((where[name] for name in (f"recall_{k}", f"recall@{k}") if name in where), None)
        if isinstance(share, int | float) and 0 <= share <= 1:
            found[k] = float(share)
    return found


def figures_told(figures: Mapping[int, float]) -> Message:
    """In words: how many of a hundred sentences find their photo."""
    among = {k: round(100 * share) for k, share in figures.items()}
    if {1, 5, 10} <= among.keys():
        return msg(
            "Tested: of 100 sentences, {one} find their photo first, {five} in the first 5, {ten} in the first 10.",
            one=among[1],
            five=among[5],
            ten=among[10],
        )
    if 10 in among:
        return msg("Tested: of 100 sentences, {ten} find their photo in the first 10.", ten=among[10])
    return msg("No test figures come with it.")
