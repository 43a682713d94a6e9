"""An evaluation as one HTML page that needs nothing beside it: no script, no font, no picture from elsewhere."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ritrova.atomic import write_bytes
from ritrova.text import Catalogue, Message
from ritrova_trainer.evaluation.calibration import Calibration, Distribution
from ritrova_trainer.evaluation.report import Evaluation
from ritrova_trainer.evaluation.tables import FIGURES
from ritrova_trainer.evaluation.words import PAGE, spoken_figure, spoken_kind, spoken_question

Thumbnail = Callable[[str], bytes | None]
"""A photo's small WebP; None where the photo is not at hand."""

SURE_OF_DIFFERENCE = 0.05  # p-values below are shown as a difference


def write_page(evaluation: Evaluation, thumbnail: Thumbnail, catalogue: Catalogue, path: Path) -> None:
    """Write the page in the catalogue's language."""
    write_bytes(path, page(evaluation, thumbnail, catalogue).encode(), durable=True)


def page(evaluation: Evaluation, thumbnail: Thumbnail, catalogue: Catalogue) -> str:
    """The page as text. Each photo is asked for once."""

    @cache
    def picture(photo: str) -> str | None:
        webp = thumbnail(photo)
        return None if webp is None else f"data:image/webp;base64,{base64.b64encode(webp).decode()}"

    def said(message: Message) -> str:
        return catalogue.render(message)

    def number(value: float, digits: int = 1) -> str:
        written = f"{round(value, digits) + 0.0:.{digits}f}"  # adding zero takes the sign of a zero away
        return written.replace(".", ",") if catalogue.language == "it" else written

    def gain(value: float) -> str:
        return ("+" if round(value, 1) > 0 else "") + number(value)

    environment = Environment(
        loader=PackageLoader("ritrova_trainer.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        evaluation=evaluation,
        several=len(evaluation.models) > 1,
        language=catalogue.language,
        words={name: said(message) for name, message in PAGE.items()},
        picture=picture,
        number=number,
        gain=gain,
        kind=lambda name: said(spoken_kind(name)),
        question=lambda name: said(spoken_question(name)),
        figures=FIGURES,
        figure=spoken_figure,
        boxes=boxes,
        middle=lambda calibration, name: _score(getattr(calibration, name), 0.5),
        sure=SURE_OF_DIFFERENCE,
    )


@dataclass(frozen=True, slots=True)
class Box:
    """Where scores lie on an axis, in percent of its length: the middle, half of them, nine of ten."""

    low: float
    quarter: float
    middle: float
    three_quarters: float
    high: float


def boxes(calibration: Calibration) -> dict[str, Box]:
    """The unrelated and the own scores on one axis."""
    both = {"unrelated": calibration.unrelated, "own": calibration.own}
    scores = {name: [_score(one, level) for level in (0.05, 0.25, 0.5, 0.75, 0.95)] for name, one in both.items()}
    start = min(min(one) for one in scores.values())
    length = max(max(one) for one in scores.values()) - start or 1.0
    return {name: Box(*(100 * (score - start) / length for score in one)) for name, one in scores.items()}


def _score(one: Distribution, level: float) -> float:
    return one.scores[one.levels.index(level)]
