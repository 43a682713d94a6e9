"""The demonstration: indexes the sample photos and finds them by six Italian sentences.

make demo                                               table on the terminal, picture in build/demo.png
.venv/bin/python tools/demo.py --picture docs/demo.jpg  the picture that the README shows
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo_picture import draw
from rich import box
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from ritrova.library import Library
from ritrova.paths import resource
from ritrova.photo import Hit
from ritrova.progress import Progress
from ritrova.settings import Settings
from ritrova.text import Catalogue, Message

BUILD = Path(__file__).parents[1] / "build"
SENTENCES = (
    "una giornata al mare",
    "un animale nella neve",
    "una tazza di caffè su un tavolo di legno",
    "la città illuminata di notte",
    "frutta tagliata a fette",
    "montagne che si specchiano in un lago",
)
SHOWN_IN_TABLE = 3
SHOWN_IN_PICTURE = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What one sentence found, best first."""

    sentence: str
    hits: Sequence[Hit]
    seconds: float


class Watch:
    """Shows the indexing run as a bar."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("indicizzo", total=None)

    def progress(self, progress: Progress) -> None:
        self._bar.update(self._task, completed=progress.done, total=progress.total if progress.total_final else None)

    def notice(self, message: Message) -> None:
        self._bar.console.print(Catalogue("it").render(message), markup=False)


def answer(library: Library, sentence: str) -> Answer:
    start = time.perf_counter()
    hits = library.search(sentence, top=SHOWN_IN_PICTURE)
    return Answer(sentence, hits, time.perf_counter() - start)


def table(answers: Sequence[Answer]) -> Table:
    """The best photos under each sentence, with the cosine and its strength."""
    grid = Table(box=box.SIMPLE_HEAD)
    grid.add_column("frase e foto")
    grid.add_column("somiglianza", justify="right")
    grid.add_column("forza", justify="right")
    for found in answers:
        grid.add_row(Text(f"«{found.sentence}»", style="bold"))
        for hit in found.hits[:SHOWN_IN_TABLE]:
            strength = "" if hit.strength is None else f"{hit.strength:.0%}"
            grid.add_row(f"  {Path(os.fsdecode(hit.path)).name}", f"{hit.score:.3f}", strength)
    return grid


def demonstrate(root: Path, model: str, picture: Path, console: Console) -> None:
    """Make a library in `root` from nothing, ask it, print the table and write the picture."""
    shutil.rmtree(root, ignore_errors=True)
    with Library.open(root, write=True) as library:
        library.use_model(model)
        library.add_folder(resource("samples", "photos"))
        with Bar(console=console, transient=True) as bar:
            report = library.index(Watch(bar))
        console.print(
            f"{report.added} foto indicizzate in {report.seconds:.1f} s "
            f"({report.photos_per_second:.1f} al secondo), senza rete, con {model}."
        )
        library.search(SENTENCES[0])  # loads the text tower, so that the times below are those of searching
        answers = [answer(library, sentence) for sentence in SENTENCES]
    console.print(table(answers))
    mean_ms = 1000 * sum(found.seconds for found in answers) / len(answers)
    console.print(f"Una ricerca dura in media {mean_ms:.0f} ms.")
    picture.parent.mkdir(parents=True, exist_ok=True)
    draw([(found.sentence, found.hits) for found in answers]).save(picture, quality=85)
    console.print(f"L'immagine con i risultati: {picture}", soft_wrap=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, default=BUILD / "demo.png", help="where to write the picture")
    parser.add_argument("--library", type=Path, default=BUILD / "demo", help="the library's folder, made anew")
    parser.add_argument("--model", default=Settings().encoding.model, help="which model finds them")
    given = parser.parse_args()
    demonstrate(given.library, given.model, given.picture, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
