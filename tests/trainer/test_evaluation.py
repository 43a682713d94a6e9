"""Figures on rankings that were made by hand."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ritrova_trainer.data import FileImage, Pair
from ritrova_trainer.evaluate import Retrieval, ranks_of_own, retrieval
from ritrova_trainer.figures import Spread, spread


def test_recall_and_reciprocal_rank_of_known_ranks() -> None:
    figures = Retrieval.of(np.array([1, 2, 5, 6, 10, 11, 40, 1]), gallery=50)
    assert figures.recall_1 == 2 / 8
    assert figures.recall_5 == 4 / 8
    assert figures.recall_10 == 6 / 8
    assert figures.mrr_10 == pytest.approx((1 + 1 / 2 + 1 / 5 + 1 / 6 + 1 / 10 + 0 + 0 + 1) / 8)
    assert (figures.texts, figures.gallery) == (8, 50)


def test_the_rank_counts_the_photos_that_fit_better() -> None:
    gallery = np.eye(4, dtype=np.float32)
    texts = np.array([[0.1, 0.2, 0.3, 0.4], [0.9, 0.1, 0.2, 0.3]], np.float32)
    assert ranks_of_own(texts, gallery, np.array([1, 0])).tolist() == [3, 1]


def test_a_model_that_sees_no_difference_finds_nothing() -> None:
    same = np.ones((20, 3), np.float32)
    figures = Retrieval.of(ranks_of_own(same, same, np.arange(20)), gallery=20)
    assert figures.recall_10 == 0


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_ranks_are_those_of_a_full_sort(photos: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    gallery, texts = random.normal(size=(2, photos, 5)).astype(np.float32)
    own = random.permutation(photos)
    order = np.argsort(-(texts @ gallery.T), axis=1)
    expected = [list(row).index(photo) + 1 for row, photo in zip(order, own, strict=True)]
    assert ranks_of_own(texts, gallery, own).tolist() == expected


def test_ranks_of_many_texts_are_those_of_each() -> None:
    random = np.random.default_rng(0)
    gallery, texts = random.normal(size=(2, 2500, 4)).astype(np.float32)
    own = np.arange(2500)
    some = [0, 1023, 1024, 2047, 2048, 2499]
    assert ranks_of_own(texts, gallery, own)[some].tolist() == ranks_of_own(texts[some], gallery, own[some]).tolist()


def test_each_kind_of_caption_has_its_own_figures() -> None:
    gallery = np.eye(3, dtype=np.float32)
    said = {"a": ("0", "2"), "b": ("1",), "c": ("2", "2")}
    pairs = [Pair(FileImage(name, Path(name)), captions, "") for name, captions in said.items()]

    def encode(texts: object) -> NDArray[np.float32]:
        assert isinstance(texts, list)
        return gallery[[int(text) for text in texts]]

    figures = retrieval(pairs, gallery, encode)
    assert list(figures) == ["sentence", "other view"]
    assert (figures["sentence"].texts, figures["sentence"].recall_1) == (3, 1.0)
    assert (figures["other view"].texts, figures["other view"].recall_1) == (2, 0.5)


def test_the_spread_over_seeds() -> None:
    runs = [{"sentence": Retrieval(10, 10, recall, 0.5, 0.5, 0.5)} for recall in (0.1, 0.2, 0.6)]
    one = spread(runs)["sentence"]["recall_1"]
    assert one.mean == pytest.approx(0.3)
    assert one.deviation == pytest.approx(0.2645751)
    assert (one.lowest, one.highest) == (0.1, 0.6)
    assert Spread.of([0.4]).deviation == 0
