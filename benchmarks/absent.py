"""How often "probably not there" is right: `python benchmarks/absent.py --data didascalie/val.jsonl`.

The bank of the bundled model holds the photos of the validation captions, in their order. A question is one of these
captions, a library is drawn from the other photos, and what is left of them is the bank that tells strengths.

there     the caption's own photo is in the library, among photos drawn from all
alone     the same, but no other photo of the library is related to the question: the hardest case
nowhere   the library holds neither that photo nor any that is related

A photo is related to a question if the model puts one of its captions nearer than `NEAR` to it, or if they share a word
that fewer than `RARE` of the photos have. Of libraries larger than the bank (marked ~) the best score is drawn from the
Gumbel distribution that goes with an exponential tail, fitted to the upper 5 % of the photos' scores. Real tails end
sooner, so these figures are rough.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ritrova.encoding.bundle import read
from ritrova.encoding.loading import open_folder
from ritrova.paths import bundled_models
from ritrova.search import probably_absent
from ritrova.settings import EncodingSettings

KINDS = ("sentences", "other views", "short queries")
DRAWN, FITTED = (10, 30, 100, 300, 1_000, 1_250), (10_000, 100_000)
NEAR, RARE, TAIL, SAME = 0.25, 0.05, 0.05, 1e-4
Scores = NDArray[np.float32]
Rows = NDArray[np.int64]


def encoded(model: str, rows: list[list[str]], threads: int) -> tuple[Scores, Scores]:
    """The captions `[photo, kind, d]` and the bank `[photo, d]`. Ends where they do not belong together."""
    folder = bundled_models() / model
    encoder = open_folder(folder, read(folder), EncodingSettings(device="cpu", threads=threads))
    bank = encoder.bank
    if bank is None or len(bank) != len(rows):
        raise SystemExit("the bank of this model holds other photos")
    flat = [caption for row in rows for caption in row]
    parts = [encoder.encode_texts(flat[start : start + 64]) for start in range(0, len(flat), 64)]
    texts = np.concatenate(parts).reshape(len(rows), len(KINDS), -1)
    own = np.einsum("nkd,nd->nk", texts, bank)
    if own.mean() < 0.2:
        raise SystemExit("the bank of this model has another order")
    return texts, bank


def words(rows: list[list[str]]) -> tuple[list[list[set[str]]], list[set[str]]]:
    """The rare words of each caption and of each photo, cut to their stems."""
    stems = [[{word[:5] for word in re.findall(r"\w{4,}", text.lower())} for text in row] for row in rows]
    photos = [set().union(*row) for row in stems]
    seen = Counter(stem for photo in photos for stem in photo)
    rare = {stem for stem, count in seen.items() if count < RARE * len(rows)}
    return [[stem & rare for stem in row] for row in stems], [photo & rare for photo in photos]


class Questions:
    """Draws libraries for captions, and tells the strength of the best photo in them."""

    def __init__(self, texts: Scores, bank: Scores, rows: list[list[str]], seed: int) -> None:
        self._texts, self._bank = texts, bank
        told = texts[..., texts.std(axis=(0, 1)) > SAME]  # a number that all texts share would make all alike
        self._likenesses = told / np.linalg.norm(told, axis=-1, keepdims=True)
        self._of_captions, self._of_photos = words(rows)
        self._random = np.random.default_rng(seed)

    def ask(self, kind: int, one: int) -> NDArray[np.float64]:
        """By size: there, alone, nowhere; not-a-number where too few photos are left."""
        question = self._texts[one, kind]
        scores = self._bank @ question
        near = (self._likenesses @ self._likenesses[one, kind]).max(axis=1) > NEAR
        same = np.array([bool(self._of_captions[one][kind] & photo) for photo in self._of_photos])
        others = np.arange(len(scores)) != one
        pools = [np.flatnonzero(others), *[np.flatnonzero(others & ~near & ~same)] * 2]
        owns = [scores[one], scores[one], -np.inf]
        return np.array(
            [
                [self._best(scores, pools[0], pool, float(own), size) for pool, own in zip(pools, owns, strict=True)]
                for size in (*DRAWN, *FITTED)
            ]
        )

    def _best(self, scores: Scores, others: Rows, pool: Rows, own: float, size: int) -> float:
        """The strength of the best in a library of `size` photos of `pool`, or of one less and the own one."""
        if size in FITTED:
            upper = np.sort(scores[pool])[-int(len(pool) * TAIL) :]
            slope = (upper - upper[0]).mean()
            best = float(upper[0] + slope * (np.log(size * TAIL) + self._random.gumbel()))
            return float((scores[others] < max(best, own)).mean())
        if len(pool) < size:
            return np.nan
        library = self._random.choice(pool, size - (own > -np.inf), replace=False)
        bank = np.setdiff1d(others, library, assume_unique=True)
        return float((scores[bank] < max(float(scores[library].max()), own)).mean())


def report(name: str, found: NDArray[np.float64], photos: int) -> None:
    print(name)
    for at, size in enumerate((*DRAWN, *FITTED)):
        bank = photos - size if size in DRAWN else photos
        said = [
            np.mean([probably_absent(one, size, bank) for one in found[:, at, case] if not np.isnan(one)])
            for case in range(3)
        ]
        wrong = np.quantile((1 - found[:, at, 0]) * size**0.5, 0.95)
        mark = " " if size in DRAWN else "~"
        print(f"  {mark}{size:7}   {said[0]:6.1%}   {said[1]:6.1%}   {said[2]:6.1%}   {wrong:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="captions of the photos of the model's bank")
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows = [json.loads(line)["captions"] for line in arguments.data.read_text("utf-8").splitlines()]
    texts, bank = encoded(arguments.model, rows, arguments.threads)
    questions = Questions(texts, bank, rows, arguments.seed)
    print("  photos     there    alone  nowhere   (said of so many), and the constant that is wrong of 5 % there")
    for kind, name in enumerate(KINDS):
        some = np.random.default_rng(kind).choice(len(bank), arguments.questions, replace=False)
        report(name, np.array([questions.ask(kind, int(one)) for one in some]), len(bank))


if __name__ == "__main__":
    main()
