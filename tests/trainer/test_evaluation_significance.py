"""Intervals and p-values: against scipy, and where the truth is known."""

import numpy as np
import pytest
from scipy.stats import bootstrap, permutation_test

from ritrova_trainer.evaluation.significance import Groups, difference, estimate

RANDOM = np.random.default_rng(7)
ALONE = Groups.by(np.arange(300))


def test_the_interval_is_that_of_scipy() -> None:
    values = (RANDOM.random(300) < 0.4).astype(np.float64)
    ours = estimate(values, ALONE, draws=4000, seed=1)
    theirs = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=1).confidence_interval
    assert ours.mean == values.mean()
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_captions_of_one_photo_are_one_witness() -> None:
    photos = (RANDOM.random(100) < 0.5).astype(np.float64)
    alone = estimate(photos, Groups.by(np.arange(100)), draws=4000, seed=0)
    thrice = estimate(np.repeat(photos, 3), Groups.by(np.repeat(np.arange(100), 3)), draws=4000, seed=0)
    assert (thrice.low, thrice.high) == pytest.approx((alone.low, alone.high))
    careless = estimate(np.repeat(photos, 3), Groups.by(np.arange(300)), draws=4000, seed=0)
    assert careless.high - careless.low < 0.7 * (thrice.high - thrice.low)


def test_the_p_value_is_that_of_scipy() -> None:
    theirs = (RANDOM.random(300) < 0.4).astype(np.float64)
    ours = np.where(RANDOM.random(300) < 0.08, 1.0, theirs)
    found = difference(ours, theirs, ALONE, draws=9999, seed=0)
    expected = permutation_test(
        (ours, theirs), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=9999, rng=0
    )
    assert found.gain.mean == pytest.approx((ours - theirs).mean())
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.005)


def test_a_model_does_not_differ_from_itself() -> None:
    values = RANDOM.random(300)
    found = difference(values, values, ALONE, draws=500, seed=0)
    assert (found.gain.mean, found.gain.low, found.gain.high, found.p_value) == (0, 0, 0, 1)


def test_chance_is_taken_for_a_difference_as_often_as_it_says() -> None:
    p_values = []
    for _ in range(200):
        ours, theirs = (RANDOM.random((2, 60)) < 0.5).astype(np.float64)
        p_values.append(difference(ours, theirs, Groups.by(np.arange(60)), draws=300, seed=0).p_value)
    assert np.mean(np.array(p_values) < 0.05) < 0.1


def test_the_same_seed_gives_the_same_interval() -> None:
    values = RANDOM.random(300)
    assert estimate(values, ALONE, draws=300, seed=3) == estimate(values, ALONE, draws=300, seed=3)
    assert estimate(values, ALONE, draws=300, seed=3) != estimate(values, ALONE, draws=300, seed=4)


def test_groups_may_carry_any_number() -> None:
    groups = Groups.by(np.array([90, 7, 90, 12]))
    assert groups.count == 3
    assert groups.sums(np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [2, 4, 4]
