"""Figures on rankings that were made by hand, and against a library that computes the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import label_ranking_average_precision_score, top_k_accuracy_score

from ritrova_trainer.data import Pair
from ritrova_trainer.evaluation.gallery import ALL, Gallery
from ritrova_trainer.evaluation.ranks import found, ranks_of_own, reciprocal, worth
from ritrova_trainer.evaluation.retrieval import Retrieval, retrieval
from ritrova_trainer.figures import Spread, spread

RANKS = np.array([1, 2, 5, 6, 10, 11, 40, 1])


class Photo:
    """A photo that is never looked at."""

    key = "photo.jpg"

    def read(self) -> bytes:
        raise NotImplementedError


def test_recall_and_reciprocal_rank_of_known_ranks() -> None:
    figures = Retrieval.of(RANKS, gallery=50)
    assert figures.recall_1 == 2 / 8
    assert figures.recall_5 == 4 / 8
    assert figures.recall_10 == 6 / 8
    assert figures.mrr_10 == pytest.approx((1 + 1 / 2 + 1 / 5 + 1 / 6 + 1 / 10 + 0 + 0 + 1) / 8)
    assert (figures.texts, figures.gallery) == (8, 50)


def test_the_published_protocol_gives_nothing_beyond_its_cut() -> None:
    assert reciprocal(RANKS, 1).tolist() == [1, 0, 0, 0, 0, 0, 0, 1]
    assert reciprocal(RANKS, 5).tolist() == [1, 1 / 2, 1 / 5, 0, 0, 0, 0, 1]
    assert found(RANKS, 10).tolist() == [1, 1, 1, 1, 1, 0, 0, 1]
    means = {name: values.mean() for name, values in worth(RANKS).items()}
    assert means["mrr_1"] == means["recall_1"] == 2 / 8
    assert means["mrr_5"] == pytest.approx(2.7 / 8)
    assert means["mrr_10"] == pytest.approx((2.7 + 1 / 6 + 1 / 10) / 8)
    assert list(means) == ["mrr_1", "mrr_5", "mrr_10", "recall_1", "recall_5", "recall_10"]


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


def test_figures_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(5)
    gallery, texts = random.normal(size=(30, 8)).astype(np.float32), random.normal(size=(200, 8)).astype(np.float32)
    own = random.integers(0, 30, 200)
    scores = texts @ gallery.T
    ranks = ranks_of_own(texts, gallery, own)
    for within in (1, 5, 10):
        expected = top_k_accuracy_score(own, scores, k=within, labels=np.arange(30))
        assert found(ranks, within).mean() == pytest.approx(expected)
    truth = np.zeros_like(scores, np.int64)
    truth[np.arange(200), own] = 1
    # With one right answer, mean average precision is the mean reciprocal rank.
    assert reciprocal(ranks, 30).mean() == pytest.approx(label_ranking_average_precision_score(truth, scores))


def test_ranks_of_many_texts_are_those_of_each() -> None:
    random = np.random.default_rng(0)
    gallery, texts = random.normal(size=(2, 2500, 4)).astype(np.float32)
    own = np.arange(2500)
    some = [0, 1023, 1024, 2047, 2048, 2499]
    assert ranks_of_own(texts, gallery, own)[some].tolist() == ranks_of_own(texts[some], gallery, own[some]).tolist()


def test_each_kind_of_caption_has_its_own_figures() -> None:
    gallery = np.eye(3, dtype=np.float32)
    pairs = [Pair(Photo(), captions, "") for captions in (("0", "2"), ("1",), ("2", "2"))]

    def encode(texts: object) -> NDArray[np.float32]:
        assert isinstance(texts, list)
        return gallery[[int(text) for text in texts]]

    figures = retrieval(pairs, gallery, encode)
    assert list(figures) == ["sentence", "other view"]
    assert (figures["sentence"].texts, figures["sentence"].recall_1) == (3, 1.0)
    assert (figures["other view"].texts, figures["other view"].recall_1) == (2, 0.5)


def test_a_gallery_tells_kinds_by_their_place() -> None:
    kinds = Gallery.of([("a", ["una", "due"]), ("b", ["tre"])]).kinds()
    assert {kind: rows.tolist() for kind, rows in kinds.items()} == {
        ALL: [0, 1, 2],
        "sentence": [0, 2],
        "other view": [1],
    }
    assert list(Gallery.of([("a", ["una"]), ("b", ["due"])]).kinds()) == ["sentence"]
    assert list(Gallery.of([("a", ["1", "2", "3", "4", "5"]), ("b", ["6"])]).kinds()) == [ALL]


def test_photos_that_are_left_out_take_their_texts_with_them() -> None:
    gallery = Gallery.of([("a", ["una", "due"]), ("b", ["tre"]), ("c", ["quattro", "cinque"])])
    left = gallery.only(np.array([True, False, True]))
    assert left.photos == ("a", "c")
    assert left.texts == ("una", "due", "quattro", "cinque")
    assert left.own.tolist() == [0, 0, 1, 1]
    assert left.places.tolist() == [0, 1, 0, 1]


def test_the_spread_over_seeds() -> None:
    runs = [{"sentence": Retrieval(10, 10, recall, 0.5, 0.5, 0.5)} for recall in (0.1, 0.2, 0.6)]
    one = spread(runs)["sentence"]["recall_1"]
    assert one.mean == pytest.approx(0.3)
    assert one.deviation == pytest.approx(0.2645751)
    assert (one.lowest, one.highest) == (0.1, 0.6)
    assert Spread.of([0.4]).deviation == 0
