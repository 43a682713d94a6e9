"""An evaluation as tables for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass

from ritrova.text import Catalogue, Message, msg
from ritrova_trainer.evaluation.ranks import CUTS
from ritrova_trainer.evaluation.report import Evaluation, ModelReport
from ritrova_trainer.evaluation.significance import Estimate
from ritrova_trainer.evaluation.words import spoken_figure, spoken_kind, spoken_question

FIGURES = (*(f"recall_{within}" for within in CUTS), *(f"mrr_{within}" for within in CUTS[1:]))
"""MRR@1 is recall@1."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows, under titles. The first `words` columns are words, the rest numbers."""

    title: Message
    heads: tuple[str, ...]
    rows: list[list[str]]
    words: int = 1


def tables(evaluation: Evaluation, catalogue: Catalogue) -> Iterator[Table]:
    """What was found, most important first; tables that would be empty are left out."""

    def said(message: Message) -> str:
        return catalogue.render(message)

    model = said(msg("Model"))
    heads = tuple(spoken_figure(name) for name in FIGURES)
    yield Table(
        msg("Photos found among {n}", n=evaluation.photos),
        (model, said(msg("text")), "n", *heads),
        [
            [one.name, said(spoken_kind(kind)), str(evaluation.kinds[kind]), *(_share(found[name]) for name in FIGURES)]
            for one in evaluation.models
            for kind, found in one.figures.items()
        ],
        words=2,
    )
    if evaluation.comparisons:
        yield Table(
            msg("Gained against {model}, and the chance of that by luck", model=evaluation.models[0].name),
            (model, said(msg("text")), *heads),
            [
                [
                    one.model,
                    said(spoken_kind(kind)),
                    *(f"{found[name].gain.mean:+.3f} (p {found[name].p_value:.3f})" for name in FIGURES),
                ]
                for one in evaluation.comparisons
                for kind, found in one.differences.items()
            ],
            words=2,
        )
    if any(one.zero_shot for one in evaluation.models):
        yield _naming(evaluation.models, model)
    yield Table(
        msg("Words understood"),
        (model, *(said(spoken_question(kind)) for kind in evaluation.models[0].wording)),
        [[one.name, *(f"{answer.right:.3f}" for answer in one.wording.values())] for one in evaluation.models],
    )
    yield Table(
        msg("Cost"),
        (model, said(msg("ms a sentence")), said(msg("photos a second")), "MB"),
        [
            [
                one.name,
                f"{one.cost.query_ms:.1f}",
                f"{one.cost.photos_per_second:.1f}",
                f"{one.cost.bytes / 1e6:.1f}",
            ]
            for one in evaluation.models
        ],
    )


def _share(one: Estimate) -> str:
    return f"{one.mean:.3f} ({one.low:.3f}-{one.high:.3f})"


def _naming(models: tuple[ModelReport, ...], model: str) -> Table:
    """In brackets, the accuracy with every class for itself."""
    found = [(one.name, one.zero_shot) for one in models if one.zero_shot is not None]
    return Table(
        msg("Photos named by a label"),
        (model, "n", *(f"@{within}" for within in found[0][1].together)),
        [
            [
                name,
                str(one.photos),
                *(f"{share:.3f} ({one.apart[within]:.3f})" for within, share in one.together.items()),
            ]
            for name, one in found
        ],
    )
