"""Which images are for training and which for validation.

An image's side follows from a hash of the seed, its source and its key, and from nothing else: it stays the same
whatever is added, removed, reordered or moved to another folder, and all captions of an image go together.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ritrova_trainer.data.pair import Pair

Side = Literal["train", "validation"]
METHOD = "blake2b-64 of seed, source and key, separated by a zero byte"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """How images are parted: 95 to 5 in every source, as published."""

    seed: int = 0
    """Another seed parts the same images in another way."""
    validation: float = 0.05
    """The share of images for validation; of few images, more or fewer may fall there."""

    def __post_init__(self) -> None:
        if not 0 <= self.validation < 1:
            raise ValueError("validation must be in [0, 1)")

    def side(self, pair: Pair) -> Side:
        """Where the pair belongs."""
        # Keys can hold file names that are not UTF-8.
        text = f"{self.seed}\0{pair.source}\0{pair.image.key}".encode(errors="surrogatepass")
        drawn = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") / 2**64
        return "validation" if drawn < self.validation else "train"


@dataclass(slots=True)
class Split:
    """Pairs on their two sides."""

    rule: SplitRule
    train: list[Pair] = field(default_factory=list)
    validation: list[Pair] = field(default_factory=list)

    @staticmethod
    def of(pairs: Iterable[Pair], rule: SplitRule) -> "Split":
        """Both sides, each in the order of `pairs`."""
        split = Split(rule)
        for pair in pairs:
            (split.train if rule.side(pair) == "train" else split.validation).append(pair)
        return split

    def as_json(self) -> dict[str, object]:
        """For the record of a run: with the same data it gives the same split again."""
        train, validation = (Counter(pair.source for pair in side) for side in (self.train, self.validation))
        return split_record(self.rule, train, validation)


def split_record(rule: SplitRule, train: Counter[str], validation: Counter[str]) -> dict[str, object]:
    """What is recorded of a split, from the images of each source on its sides."""
    sources = {name: {"train": train[name], "validation": validation[name]} for name in sorted(train | validation)}
    return {"method": METHOD, "seed": rule.seed, "validation": rule.validation, "sources": sources}
