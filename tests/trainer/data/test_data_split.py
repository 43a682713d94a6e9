"""The split belongs to each image: nothing that happens to other images moves it."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova_trainer.data import FileImage, Pair, Split, SplitRule

SOURCES = st.text(max_size=5)
KEYS = st.text(st.characters(exclude_categories=()), min_size=1, max_size=8)  # half characters of odd paths too
RULES = st.builds(SplitRule, seed=st.integers(0, 2**32), validation=st.floats(0, 0.99))


def pair(source: str, key: str, folder: str = "") -> Pair:
    return Pair(FileImage(key, Path(folder) / "x"), ("una foto",), source)


@given(
    st.sets(st.tuples(SOURCES, KEYS), max_size=30), st.sets(st.tuples(SOURCES, KEYS), max_size=10), RULES, st.randoms()
)
def test_order_place_and_other_photos_change_nothing(
    names: set[tuple[str, str]], more: set[tuple[str, str]], rule: SplitRule, order: random.Random
) -> None:
    before = Split.of([pair(*name) for name in names], rule)
    later = [pair(*name, folder="moved") for name in names | more]
    order.shuffle(later)
    after = Split.of(later, rule)
    for side in ("train", "validation"):
        told = {(one.source, one.image.key) for one in getattr(before, side)}
        assert told == {(one.source, one.image.key) for one in getattr(after, side)} & names
    assert len(before.train) + len(before.validation) == len(names)


def test_one_in_twenty_of_each_source_is_for_validation() -> None:
    pairs = [pair(source, f"{number}.jpg") for source in ("wit", "coco") for number in range(20_000)]
    split = Split.of(pairs, SplitRule())
    record = split.as_json()
    sources = record["sources"]
    assert isinstance(sources, dict)
    for counts in sources.values():
        assert counts["train"] + counts["validation"] == 20_000
        assert counts["validation"] == pytest.approx(1000, abs=130)  # more than four standard deviations
    assert (record["seed"], record["validation"]) == (0, 0.05)
    assert "blake2b" in str(record["method"])


def test_the_split_of_a_seed_never_changes_between_versions() -> None:
    """Measured models depend on it: these sides are written in stone."""
    sides = {
        seed: [key for key in range(200) if SplitRule(seed=seed).side(pair("s", f"{key}.jpg")) == "validation"]
        for seed in (0, 1)
    }
    assert sides == {
        0: [5, 21, 25, 31, 79, 101, 105, 112, 118, 124, 171, 186, 190, 192],
        1: [40, 45, 70, 79, 85, 88, 116, 136, 151, 167, 171, 178, 196],
    }


def test_a_share_that_is_none_is_refused() -> None:
    assert Split.of([pair("s", "a")], SplitRule(validation=0)).validation == []
    for share in (-0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match="validation"):
            SplitRule(validation=share)
