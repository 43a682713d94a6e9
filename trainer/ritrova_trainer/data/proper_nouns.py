"""How much of a caption is proper nouns: the published filter drops captions that are little but names.

The share is found by a tagger. spaCy is used where the person has installed it with an Italian model, as the
published work did; otherwise capital letters tell. Which one ran is recorded by its name.
"""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from ritrova_trainer.data.language import ITALIAN
from ritrova_trainer.data.text import words

_SENTENCE_ENDS = re.compile(r"[.!?…:]+\s+")


class Tagger(Protocol):
    """Finds proper nouns."""

    @property
    def name(self) -> str:
        """What ran, for the record."""

    def shares(self, captions: Sequence[str]) -> list[float]:
        """The share of each caption's tokens that are proper nouns, 0 to 1."""


class CapitalLetters:
    """Takes a word for a proper noun where it is capitalised inside a sentence.

    The capital at the start of a sentence says nothing by itself: the first word counts as a name where it is
    neither an article nor a preposition and the word after it is a name. So "Giuseppe Garibaldi" is all names,
    "Il Colosseo" half, and a single word never is. In a caption written mostly in capitals they mean nothing.
    """

    name = "capital letters"

    def shares(self, captions: Sequence[str]) -> list[float]:
        return [self._share(caption) for caption in captions]

    def _share(self, caption: str) -> float:
        if 2 * sum(map(str.isupper, caption)) > sum(map(str.isalpha, caption)):
            return 0.0
        sentences = [found for sentence in _SENTENCE_ENDS.split(caption) if (found := words(sentence))]
        total = sum(map(len, sentences))
        return sum(map(self._names, sentences)) / total if total else 0.0

    def _names(self, sentence: list[str]) -> int:
        capital = [word[0].isupper() for word in sentence]
        first = len(sentence) > 1 and all(capital[:2]) and sentence[0].lower() not in ITALIAN
        return first + sum(capital[1:])


class Spacy:
    """spaCy's parts of speech: the share of tokens, punctuation included, that are PROPN.

    `pipeline` is a loaded `spacy.Language` whose tokens carry `pos_`.
    """

    def __init__(self, pipeline: Any, name: str) -> None:
        self._pipeline = pipeline
        self.name = name

    def shares(self, captions: Sequence[str]) -> list[float]:
        return [_share_of_names(document) for document in self._pipeline.pipe(captions)]


def best_tagger() -> Tagger:
    """spaCy with the first Italian model that is installed, else `CapitalLetters`."""
    if find_spec("spacy") is None:
        return CapitalLetters()
    spacy = import_module("spacy")
    models = sorted(name for name in spacy.util.get_installed_models() if name.startswith("it_"))
    if not models:
        return CapitalLetters()
    pipeline = spacy.load(models[0], exclude=["parser", "ner", "lemmatizer"])
    return Spacy(pipeline, f"spacy {spacy.__version__} {models[0]} {pipeline.meta['version']}")


def _share_of_names(tokens: Iterable[Any]) -> float:
    tags = [token.pos_ for token in tokens]
    return tags.count("PROPN") / len(tags) if tags else 0.0
