"""Whether the text side understands Italian words, without any photo.

Each question is three sentences: one, another that means the same, and a third that means something else though it
may look alike. The model is right where the second is nearer to the first than the third is.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from ritrova_trainer.evaluation.retrieval import TextEncoder

Triple = tuple[str, str, str]
"""A sentence, its like, its unlike."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of question was answered."""

    questions: int
    right: float  # share, 0 to 1; by chance 0.5
    margin: float  # mean of the cosine with the like less that with the unlike
    missed: tuple[Triple, ...]


def questions() -> dict[str, list[Triple]]:
    """The questions that ship with the trainer, by kind."""
    text = (files("ritrova_trainer.evaluation") / "wording_it.toml").read_text(encoding="utf-8")
    return {kind: [(one, like, unlike) for one, like, unlike in rows] for kind, rows in tomllib.loads(text).items()}


def wording(encode: TextEncoder, asked: dict[str, list[Triple]]) -> dict[str, Wording]:
    """The answers of a model's text side, by kind."""
    answers = {}
    for kind, triples in asked.items():
        one, like, unlike = (encode([triple[place] for triple in triples]) for place in range(3))
        margins = (one * like).sum(axis=1) - (one * unlike).sum(axis=1)
        missed = tuple(triple for triple, margin in zip(triples, margins.tolist(), strict=True) if margin <= 0)
        answers[kind] = Wording(len(triples), 1 - len(missed) / len(triples), float(np.mean(margins)), missed)
    return answers
