"""The whole evaluation of several models on one gallery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritrova.errors import UsageError
from ritrova.text import Message, msg
from ritrova_trainer.evaluation.calibration import calibrate
from ritrova_trainer.evaluation.cost import cost
from ritrova_trainer.evaluation.examples import examples
from ritrova_trainer.evaluation.gallery import ALL, Gallery
from ritrova_trainer.evaluation.ranks import ranks_of_own, worth
from ritrova_trainer.evaluation.report import Comparison, Evaluation, ModelReport
from ritrova_trainer.evaluation.significance import Groups, difference, estimate
from ritrova_trainer.evaluation.subject import Subject
from ritrova_trainer.evaluation.wording import questions, wording
from ritrova_trainer.evaluation.zero_shot import Naming, ZeroShot, zero_shot

DRAWS = 2000
"""Of the bootstrap: the ends of the intervals move by less than a fiftieth of their width."""

Vectors = NDArray[np.float32]
PhotoVectors = Callable[[Subject, Sequence[str]], Vectors]
"""A model's unit vectors `[m, d]` of photos; not-a-number for those that cannot be had."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how."""

    data: str  # the name of the data
    gallery: Gallery
    photos: PhotoVectors
    naming: Naming | None
    examples: int  # of the best and of the worst texts
    seed: int
    notice: Callable[[Message], None]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One model's vectors of a gallery, and the ranks that they give."""

    subject: Subject
    photos: Vectors  # [m, d]
    texts: Vectors  # [n, d]
    ranks: NDArray[np.int64]  # [n] of each text's own photo, from 1


def evaluate(subjects: Sequence[Subject], plan: Plan) -> Evaluation:
    """Measure every model, and compare all others with the first. Raises UsageError as `look` does."""
    gallery, answers = look(subjects, plan.gallery, plan.photos, plan.notice)
    return Evaluation(
        data=plan.data,
        photos=len(gallery.photos),
        texts=len(gallery.texts),
        kinds={kind: len(rows) for kind, rows in gallery.kinds().items()},
        left_out=len(plan.gallery.photos) - len(gallery.photos),
        draws=DRAWS,
        seed=plan.seed,
        models=tuple(_report(one, gallery, plan) for one in answers),
        comparisons=tuple(_compare(one, answers[0], gallery, plan.seed) for one in answers[1:]),
    )


def look(
    subjects: Sequence[Subject], gallery: Gallery, photos: PhotoVectors, notice: Callable[[Message], None]
) -> tuple[Gallery, list[Answers]]:
    """Show a gallery to every model. What comes back holds the photos that all of them could see.

    Raises UsageError where these are fewer than two.
    """
    seen = []
    for subject in subjects:
        notice(msg("{model}: the photos", model=subject.name))
        seen.append(photos(subject, gallery.photos))
    kept = _finite(np.concatenate(seen, axis=1))
    left = gallery.only(kept)
    if len(left.photos) < 2 or not left.texts:
        raise UsageError(
            msg("Of {n} photos, {found} can be seen.", n=len(gallery.photos), found=len(left.photos)),
            msg("Give the folder that holds them with `--photos`, or their features with `--features`."),
        )
    answers = []
    for subject, vectors in zip(subjects, seen, strict=True):
        notice(msg("{model}: the texts", model=subject.name))
        texts = subject.texts(left.texts)
        answers.append(Answers(subject, vectors[kept], texts, ranks_of_own(texts, vectors[kept], left.own)))
    return left, answers


def _report(one: Answers, gallery: Gallery, plan: Plan) -> ModelReport:
    subject, kinds = one.subject, gallery.kinds()
    plan.notice(msg("{model}: words, labels, speed", model=subject.name))
    figures = {}
    for kind, rows in kinds.items():
        groups = Groups.by(gallery.own[rows])
        figures[kind] = {
            name: estimate(values, groups, draws=DRAWS, seed=plan.seed)
            for name, values in worth(one.ranks[rows]).items()
        }
    sentences = kinds["sentence"] if "sentence" in kinds else kinds[ALL]
    return ModelReport(
        name=subject.name,
        version=subject.manifest.version,
        fingerprint=subject.encoder.fingerprint,
        figures=figures,
        zero_shot=None if plan.naming is None else _name(subject, plan.naming, plan.photos),
        wording=wording(subject.texts, questions()),
        calibration=calibrate(one.texts, one.photos, gallery.own),
        cost=cost(subject, [gallery.texts[row] for row in sentences[:100]]),
        examples=examples(gallery, one.texts, one.photos, one.ranks, sentences, count=plan.examples),
    )


def _name(subject: Subject, naming: Naming, photos: PhotoVectors) -> ZeroShot:
    vectors = photos(subject, list(naming.classes))
    seen = _finite(vectors)
    if not seen.any():
        raise UsageError(
            msg("None of the {n} labelled photos can be seen.", n=len(seen)),
            msg("Give the folder that holds them with `--photos`, or their features with `--features`."),
        )
    own = np.array(list(naming.classes.values()), np.int64)
    return zero_shot(vectors[seen], own[seen], naming.labels, naming.templates, subject.texts)


def _finite(vectors: Vectors) -> NDArray[np.bool_]:
    """Which rows of `[m, d]` are numbers throughout, `[m]`."""
    rows: NDArray[np.bool_] = np.asarray(np.isfinite(vectors).all(axis=1))
    return rows


def _compare(one: Answers, first: Answers, gallery: Gallery, seed: int) -> Comparison:
    differences = {}
    for kind, rows in gallery.kinds().items():
        groups = Groups.by(gallery.own[rows])
        ours, theirs = worth(one.ranks[rows]), worth(first.ranks[rows])
        differences[kind] = {
            name: difference(ours[name], theirs[name], groups, draws=DRAWS, seed=seed) for name in ours
        }
    return Comparison(model=one.subject.name, against=first.subject.name, differences=differences)
