"""What is left out of training, caption by caption, by named filters that are counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from ritrova_trainer.data.language import is_foreign
from ritrova_trainer.data.pair import Pair
from ritrova_trainer.data.proper_nouns import Tagger

_CHUNK = 256  # pairs whose captions are tagged together


class Filter(StrEnum):
    """Why a caption was left out. They are asked in this order, and the first that holds is counted."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"  # the same image has it already, but for blanks and capitals
    WRONG_LANGUAGE = "wrong_language"
    PROPER_NOUNS = "proper_nouns"


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningRules:
    """What the filters ask."""

    filters: tuple[Filter, ...] = tuple(Filter)
    """Which of them are used. `empty` always is: no caption that is empty can be trained on."""
    least_letters: int = 3
    """A caption of fewer letters is too short."""
    most_characters: int = 1000
    """A caption of more characters is too long; no text tower reads as many."""
    proper_noun_share: float = 0.8
    """A caption of which at least this share is proper nouns says who or where, not what is to be seen."""


@dataclass(slots=True)
class Tally:
    """What came in and what became of it: `captions == kept + sum(removed.values())`."""

    captions: int = 0
    kept: int = 0
    removed: Counter[Filter] = field(default_factory=Counter)
    pairs: int = 0
    pairs_kept: int = 0  # those that have a caption left
    tagger: str = ""  # what looked for proper nouns

    def as_json(self) -> dict[str, object]:
        """For the record of a run."""
        return {
            "pairs": self.pairs,
            "pairs_kept": self.pairs_kept,
            "captions": self.captions,
            "captions_kept": self.kept,
            "removed": {name.value: self.removed[name] for name in Filter},
            "tagger": self.tagger,
        }


def clean(pairs: Iterable[Pair], rules: CleaningRules, tagger: Tagger, tally: Tally) -> Iterator[Pair]:
    """The pairs with the captions that pass, in their order; a pair with none left is dropped. `tally` counts.

    Captions move up when one before them goes: where their places have a meaning, as in `compact_stage1`,
    do not clean.
    """
    tally.tagger = tagger.name
    remaining = iter(pairs)
    while chunk := list(islice(remaining, _CHUNK)):
        for pair, reasons in zip(chunk, _reasons(chunk, rules, tagger), strict=True):
            captions = tuple(caption for caption, reason in zip(pair.captions, reasons, strict=True) if reason is None)
            tally.pairs += 1
            tally.captions += len(reasons)
            tally.kept += len(captions)
            tally.removed.update(reason for reason in reasons if reason is not None)
            if captions:
                tally.pairs_kept += 1
                yield Pair(pair.image, captions, pair.source)


def _reasons(pairs: list[Pair], rules: CleaningRules, tagger: Tagger) -> list[list[Filter | None]]:
    """For each caption of each pair the first filter that holds, or None."""
    reasons = [_cheap_reasons(pair.captions, rules) for pair in pairs]
    if Filter.PROPER_NOUNS in rules.filters:
        open_places = [
            (row, place) for row, found in enumerate(reasons) for place, it in enumerate(found) if it is None
        ]
        shares = tagger.shares([pairs[row].captions[place] for row, place in open_places])
        for (row, place), share in zip(open_places, shares, strict=True):
            if share >= rules.proper_noun_share:
                reasons[row][place] = Filter.PROPER_NOUNS
    return reasons


def _cheap_reasons(captions: tuple[str, ...], rules: CleaningRules) -> list[Filter | None]:
    seen: set[str] = set()
    reasons = []
    for caption in captions:
        same = " ".join(caption.casefold().split())
        reasons.append(_cheap_reason(caption, same in seen, rules))
        seen.add(same)
    return reasons


def _cheap_reason(caption: str, repeated: bool, rules: CleaningRules) -> Filter | None:
    if not caption.strip():
        return Filter.EMPTY
    tests: tuple[tuple[Filter, Callable[[], bool]], ...] = (
        (Filter.TOO_SHORT, lambda: sum(map(str.isalpha, caption)) < rules.least_letters),
        (Filter.TOO_LONG, lambda: len(caption) > rules.most_characters),
        (Filter.DUPLICATE, lambda: repeated),
        (Filter.WRONG_LANGUAGE, lambda: is_foreign(caption)),
    )
    return next((name for name, holds in tests if name in rules.filters and holds()), None)
