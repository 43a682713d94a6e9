"""What figures are called when they are shown."""

from collections.abc import Mapping
from types import MappingProxyType

from ritrova.text import Message, msg

_KINDS = {
    "all": msg("All texts"),
    "sentence": msg("Sentences"),
    "other view": msg("Other views"),
    "short query": msg("Short queries"),
}
_QUESTIONS = {
    "synonyms": msg("Synonyms"),
    "gender": msg("Gender"),
    "number": msg("Number"),
    "negation": msg("Negation"),
}

PAGE: Mapping[str, Message] = MappingProxyType(
    {
        "title": msg("How well a sentence finds its photo"),
        "photos": msg("photos"),
        "texts": msg("texts"),
        "left_out": msg("photos left out because they are missing or broken"),
        "protocol": msg(
            "Each text must find the one photo that it was written of, among all the others. R@K: share of the texts "
            "whose photo is among the first K, in percent. MRR@K: mean of 1/rank, 0 beyond K, times 100. In brackets: "
            "where the figure would lie in 95 of 100 samples of as many photos."
        ),
        "model": msg("Model"),
        "against": msg("Against"),
        "comparison": msg("Differences"),
        "comparison_note": msg(
            "Points gained, with their interval. Bold: chance alone gives such a difference in fewer than 5 of 100 "
            "cases (permutation test, photo by photo)."
        ),
        "best": msg("Answered best"),
        "best_note": msg("The photo comes first, and far ahead of the second."),
        "worst": msg("Answered worst"),
        "worst_note": msg("The photo that was meant, its place, and what the model shows first instead."),
        "place": msg("place"),
        "no_example": msg("There is none."),
        "words": msg("Does it understand the words?"),
        "words_note": msg(
            "Three sentences: is the one that means the same nearer than the one that does not? By chance 50 %."
        ),
        "labels": msg("Naming what a photo shows"),
        "labels_note": msg(
            "Percent of the photos whose class is among the first K. Classes that share an Italian name count as one; "
            "in brackets, each for itself."
        ),
        "scores": msg("What a score means"),
        "scores_note": msg(
            "Where scores lie when the text is the photo’s own and when it is not: the middle one, half of them, nine "
            "of ten."
        ),
        "own": msg("its own text"),
        "unrelated": msg("a text of another photo"),
        "cost": msg("What it costs"),
        "query_time": msg("a sentence"),
        "photo_rate": msg("photos a second"),
        "size": msg("on the disk"),
        "dimension": msg("numbers a vector"),
        "threads": msg("CPU threads"),
    }
)
"""The words of the page, by their place in it."""


def spoken_kind(kind: str) -> Message:
    """A kind of text."""
    return _KINDS.get(kind, Message("{kind}", {"kind": kind}))


def spoken_question(kind: str) -> Message:
    """A kind of question about words."""
    return _QUESTIONS.get(kind, Message("{kind}", {"kind": kind}))


def spoken_figure(name: str) -> str:
    """`recall_5` as `R@5`, `mrr_10` as `MRR@10`: the same in every language."""
    figure, _, within = name.partition("_")
    return f"{'R' if figure == 'recall' else figure.upper()}@{within}"
