"""A look over a data set before any training: what is there, what is broken, what cleaning would leave out."""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.photo import PixelSpec
from ritrova_trainer.data.cleaning import CleaningRules, Tally, clean
from ritrova_trainer.data.pair import ImageRef, Pair, is_present
from ritrova_trainer.data.proper_nouns import Tagger
from ritrova_trainer.data.split import SplitRule
from ritrova_trainer.data.text import words

EXAMPLES = 10
_SIDE = 32  # pixels: enough to see that an image can be decoded
T = TypeVar("T")


@dataclass(slots=True)
class Looked:
    """What became of the images that were decoded."""

    looked: int = 0
    failed: Counter[FailureKind] = field(default_factory=Counter)
    examples: list[tuple[str, str]] = field(default_factory=list)  # key and reason of the first that failed

    @property
    def broken(self) -> int:
        """Those that could not be decoded."""
        return self.failed.total()

    def add(self, image: ImageRef, failure: DecodeFailure | None) -> None:
        """Count one image."""
        self.looked += 1
        if failure is None:
            return
        self.failed[failure.kind] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((image.key, failure.reason))


@dataclass(slots=True)
class Findings:
    """What `check` saw."""

    pairs: int = 0
    present: int = 0  # pairs whose image is there
    captions: int = 0
    lengths: Counter[int] = field(default_factory=Counter)  # captions by their number of words
    cleaning: Tally = field(default_factory=Tally)
    train: Counter[str] = field(default_factory=Counter)  # images by source, of what cleaning leaves
    validation: Counter[str] = field(default_factory=Counter)
    images: Looked = field(default_factory=Looked)
    examples: list[Pair] = field(default_factory=list)

    def length_at(self, share: float) -> int:
        """The number of words that this share of the captions does not exceed; 0 where there is none."""
        wanted = max(1.0, share * self.lengths.total())
        seen = 0
        for length in sorted(self.lengths):
            seen += self.lengths[length]
            if seen >= wanted:
                return length
        return 0


class Inspector:
    """Decodes images small, out of harm's way, to see whether they can be. A context manager."""

    def __init__(self, limits: DecodeLimits) -> None:
        self._decoder = SandboxedDecoder(PixelSpec(side=_SIDE, resize=_SIDE), limits)
        self._folder = tempfile.TemporaryDirectory(prefix="ritrova-check-")
        self._file = Path(self._folder.name) / "image"  # the decoder reads files, and a shard's image is none

    def look(self, image: ImageRef) -> DecodeFailure | None:
        """What is wrong with the image, or None."""
        try:
            self._file.write_bytes(image.read())
            self._decoder.open(os.fsencode(self._file))
            self._decoder.thumbnail(_SIDE)
        except DecodeFailure as failure:
            return failure
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoder.close()
        self._folder.cleanup()


class Sample(Generic[T]):
    """A random sample of a stream of unknown length, every item as likely as any other; repeatable by its seed."""

    def __init__(self, size: int, seed: int) -> None:
        self.items: list[T] = []
        self._size = size
        self._random = random.Random(seed)
        self._seen = 0

    def offer(self, item: T) -> None:
        """Perhaps take the next item of the stream."""
        self._seen += 1
        if len(self.items) < self._size:
            self.items.append(item)
        elif (place := self._random.randrange(self._seen)) < self._size:
            self.items[place] = item


def check(
    pairs: Iterable[Pair],
    *,
    rules: CleaningRules,
    split: SplitRule,
    tagger: Tagger,
    inspector: Inspector,
    look_at: int | None = None,
    watch: Callable[[int], None] | None = None,
) -> Findings:
    """Go through the pairs once.

    Of the images that are there, `look_at`, drawn at random, are decoded; None decodes all, as they come. The draws
    follow the seed of `split`. `watch` is told how many images were decoded.
    """
    found = Findings()
    examples: Sample[Pair] = Sample(EXAMPLES, split.seed)
    drawn: Sample[ImageRef] = Sample(look_at or 0, split.seed)

    def look(image: ImageRef) -> None:
        found.images.add(image, inspector.look(image))
        if watch is not None:
            watch(found.images.looked)

    def counted() -> Iterator[Pair]:
        for pair in pairs:
            found.pairs += 1
            found.captions += len(pair.captions)
            found.lengths.update(len(words(caption)) for caption in pair.captions)
            examples.offer(pair)
            if is_present(pair.image):
                found.present += 1
                if look_at is None:
                    look(pair.image)
                else:
                    drawn.offer(pair.image)
            yield pair

    for pair in clean(counted(), rules, tagger, found.cleaning):
        side = found.train if split.side(pair) == "train" else found.validation
        side[pair.source] += 1
    for image in drawn.items:
        look(image)
    found.examples = examples.items
    return found
