"""The picture of a run: loss, learning rate and what validation found."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ritrova.atomic import replacing
from ritrova.text import Message, msg
from ritrova_trainer.metrics import StepLine, ValidationLine

CURVES_FILE = "curves.png"
FIGURES_SHOWN = {"recall_1": "R@1", "recall_10": "R@10"}


def draw_curves(
    steps: Sequence[StepLine], validation: Sequence[ValidationLine], path: Path, *, text: Callable[[Message], str] = str
) -> None:
    """Write a PNG of the curves; `text` puts words into a person's language."""
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)  # no window, no pyplot and its global state
    loss, rate, found = figure.subplots(1, 3)
    _draw_loss(loss, steps)
    rate.plot([line.step for line in steps], [line.learning_rate for line in steps], color="tab:green")
    _draw_validation(found, validation)
    titles = (msg("Loss"), msg("Learning rate"), msg("Found in the validation photos"))
    for axes, title in zip((loss, rate, found), titles, strict=True):
        axes.set_title(text(title))
        axes.set_xlabel(text(msg("step")))
        axes.grid(alpha=0.3)
    with replacing(path, durable=False) as part:
        figure.savefig(part, format="png", dpi=100)


def _draw_loss(axes: Axes, steps: Sequence[StepLine]) -> None:
    """Every step, pale, and the mean of each epoch in its middle."""
    axes.plot([line.step for line in steps], [line.loss for line in steps], alpha=0.4)
    epochs = [list(lines) for _, lines in groupby(steps, key=lambda line: line.epoch)]
    means = [mean(line.loss for line in lines) for lines in epochs]
    axes.plot([lines[len(lines) // 2].step for lines in epochs], means, "o-", color="tab:blue", markersize=3)


def _draw_validation(axes: Axes, validation: Sequence[ValidationLine]) -> None:
    kinds = list(dict.fromkeys(kind for line in validation for kind in line.figures))
    for place, kind in enumerate(kinds):
        lines = [line for line in validation if kind in line.figures]
        for name, style in zip(FIGURES_SHOWN, ("-", "--"), strict=True):
            values = [line.figures[kind][name] for line in lines]
            label = f"{kind} {FIGURES_SHOWN[name]}"
            axes.plot([line.step for line in lines], values, f"o{style}", color=f"C{place}", markersize=3, label=label)
    axes.set_ylim(0, 1)
    if kinds:
        axes.legend(fontsize="small")
