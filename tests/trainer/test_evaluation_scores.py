"""What scores mean, what words mean, and which examples are shown."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ritrova_trainer.evaluation.calibration import LEVELS, Distribution, calibrate
from ritrova_trainer.evaluation.examples import examples
from ritrova_trainer.evaluation.gallery import Gallery
from ritrova_trainer.evaluation.ranks import ranks_of_own
from ritrova_trainer.evaluation.wording import questions, wording


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def test_the_distributions_are_those_of_all_scores() -> None:
    random = np.random.default_rng(0)
    texts, photos = unit(random.normal(size=(700, 16))), unit(random.normal(size=(90, 16)))
    own = random.integers(0, 90, 700)
    found = calibrate(texts, photos, own)
    scores = texts @ photos.T
    is_own = np.arange(90) == own[:, None]
    assert (found.photos, found.texts) == (90, 700)
    assert (found.unrelated.count, found.own.count) == (700 * 89, 700)
    for distribution, expected in ((found.unrelated, scores[~is_own]), (found.own, scores[is_own])):
        at_levels = np.quantile(expected, LEVELS, method="inverted_cdf")
        np.testing.assert_allclose(distribution.scores, at_levels, atol=1e-4)


def test_a_score_is_told_as_the_share_of_unrelated_scores_below_it() -> None:
    random = np.random.default_rng(1)
    texts, photos = unit(random.normal(size=(300, 8))), unit(random.normal(size=(200, 8)))
    unrelated = calibrate(texts, photos, np.zeros(300, np.int64)).unrelated
    scores = np.sort((texts @ photos[1:].T).ravel())
    for score in (-0.5, 0.0, 0.3, 0.6):
        assert unrelated.percentile(score) == pytest.approx(np.searchsorted(scores, score) / len(scores), abs=0.02)
    assert unrelated.percentile(-1.0) == 0
    assert unrelated.percentile(1.0) == 1


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=2))
def test_a_higher_score_never_has_a_lower_percentile(scores: list[float]) -> None:
    distribution = Distribution(100, (0.0, 0.5, 0.9, 1.0), (-0.2, 0.1, 0.4, 0.8))
    low, high = sorted(scores)
    assert 0 <= distribution.percentile(low) <= distribution.percentile(high) <= 1


def test_there_are_about_sixty_questions_and_none_is_there_twice() -> None:
    asked = questions()
    assert set(asked) == {"synonyms", "gender", "number", "negation"}
    triples = [triple for kind in asked.values() for triple in kind]
    assert 55 <= len(triples) <= 70
    assert len(set(triples)) == len(triples)
    assert all(len(set(triple)) == 3 for triple in triples)


def test_a_model_is_right_where_the_like_is_nearer_than_the_unlike() -> None:
    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[np.cos(float(text)), np.sin(float(text))] for text in texts], np.float32)

    found = wording(encode, {"kind": [("0", "0.1", "0.5"), ("0", "0.5", "0.1"), ("0", "0.2", "0.2")]})["kind"]
    assert found.questions == 3
    assert found.right == pytest.approx(1 / 3)
    assert found.missed == (("0", "0.5", "0.1"), ("0", "0.2", "0.2"))  # to see no difference is to miss it
    assert found.margin == pytest.approx(0, abs=1e-6)


def test_examples_are_the_clearest_hits_and_the_worst_misses() -> None:
    gallery = Gallery.of([("a", ["chiaro", "chiaro ancora"]), ("b", ["appena"]), ("c", ["perso"])])
    photos = np.eye(3, dtype=np.float32)
    texts = unit(np.array([[1, 0, 0], [1, 0.2, 0], [0.5, 0.6, 0.5], [0.9, 0.5, 0.1]]))
    ranks = ranks_of_own(texts, photos, gallery.own)
    found = examples(gallery, texts, photos, ranks, np.arange(4), count=2)
    assert [example.text for example in found.best] == ["chiaro", "appena"]  # one text a photo
    (worst,) = found.worst
    assert (worst.text, worst.rank, worst.own.photo) == ("perso", 3, "c")
    assert [shown.photo for shown in worst.first] == ["a", "b", "c"]
    assert [shown.own for shown in worst.first] == [False, False, True]
    assert worst.first[0].score > worst.first[1].score > worst.first[2].score
