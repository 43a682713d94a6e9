"""Model cards: written words in `cards/`, measured figures put in."""

from collections.abc import Mapping
from importlib.resources import files
from string import Template

from ritrova.encoding.weights import Storage
from ritrova_trainer.evaluation.retrieval import FIGURES
from ritrova_trainer.figures import Figures
from ritrova_trainer.releases import Release

_HEADINGS = ("text", "R@1", "R@5", "R@10", "MRR@10")


_STORED: Mapping[Storage, str] = {
    "float16": "Floats are stored as float16",
    "int8": "Matrices are stored as int8 with a scale a row, other floats as float16",
}


def render_card(release: Release, figures: Figures, *, dimension: int, size: int, storage: Storage = "float16") -> str:
    """The card of a release in Markdown. `dimension` is that of the vectors, `size` that of the folder in bytes."""
    template = Template((files("ritrova_trainer") / "cards" / release.card).read_text(encoding="utf-8"))
    over_seeds = {
        kind: [
            f"{one[name].mean:.3f}" + (f" ± {one[name].deviation:.3f}" if len(figures.seeds) > 1 else "")
            for name in FIGURES
        ]
        for kind, one in figures.runs.items()
    }
    shipped = {kind: [f"{getattr(one, name):.3f}" for name in FIGURES] for kind, one in figures.shipped.items()}
    return template.substitute(
        version=release.version,
        storage=_STORED[storage],
        dimension=dimension,
        megabytes=f"{size / 1e6:.1f}",
        photos=f"{figures.photos:,}",
        gallery=f"{figures.gallery:,}",
        seeds=len(figures.seeds),
        over_seeds=_table(over_seeds),
        shipped=_table(shipped),
    )


def _table(rows: Mapping[str, list[str]]) -> str:
    lines = [_HEADINGS, ("---",) * len(_HEADINGS), *((kind, *values) for kind, values in rows.items())]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def render_licences(release: Release) -> str:
    """The licences of a release's parts in Markdown: which part has which, and every licence in full."""
    rows = "\n".join(f"| {part.name} | {part.source} | {part.licence} |" for part in release.parts)
    texts = files("ritrova_trainer") / "cards" / "licences"
    names = dict.fromkeys([release.licence, *(part.licence for part in release.parts)])
    paragraphs = [
        f"# Licences of {release.name}, version {release.version}",
        f"What Ritrova trained is under {release.licence}; the parts are under their own licences.",
        f"| part | source | licence |\n| --- | --- | --- |\n{rows}",
        *release.copyrights,
        *(f"## {name}\n\n```\n{(texts / f'{name}.txt').read_text(encoding='utf-8').rstrip()}\n```" for name in names),
    ]
    return "\n\n".join(paragraphs) + "\n"
