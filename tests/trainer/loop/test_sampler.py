"""What each batch holds: every photo once an epoch, shared without overlap, the same again after a resume."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ritrova.errors import UsageError
from ritrova_trainer.sampler import Draw, ResumableSampler


def sampler(
    photos: int, batch: int, *, seed: int = 0, rank: int = 0, world: int = 1, together: int = 1
) -> ResumableSampler:
    present = torch.ones(photos, 3, dtype=torch.bool)
    present[0, 1:] = False
    return ResumableSampler(
        present, batch=batch, weights=(0.5, 0.3, 0.2), seed=seed, rank=rank, world=world, together=together
    )


def told(draw: Draw) -> tuple[list[int], list[int], int, int]:
    return draw.rows.tolist(), draw.captions.tolist(), draw.epoch, draw.number


@given(
    share=st.integers(1, 5),
    world=st.integers(1, 4),
    more=st.integers(0, 40),
    together=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_an_epoch_shows_each_photo_at_most_once_whatever_the_number_of_processes(
    share: int, world: int, more: int, together: int, seed: int
) -> None:
    batch = share * world
    photos = batch * together + more
    alone = list(sampler(photos, batch, seed=seed, together=together))
    assert len(alone) == photos // (batch * together) * together
    seen = Counter(row for draw in alone for row in draw.rows.tolist())
    assert set(seen.values()) == {1}
    shares = [
        list(sampler(photos, batch, seed=seed, together=together, rank=rank, world=world)) for rank in range(world)
    ]
    for whole, *parts in zip(alone, *shares, strict=True):
        assert torch.equal(torch.cat([part.rows for part in parts]), whole.rows)
        assert torch.equal(torch.cat([part.captions for part in parts]), whole.captions)


@given(done=st.integers(0, 5), ahead=st.integers(0, 5), epochs=st.integers(0, 2), world=st.sampled_from([1, 2, 4]))
def test_it_goes_on_where_it_was_also_with_other_processes(done: int, ahead: int, epochs: int, world: int) -> None:
    first = sampler(41, 8)
    for _ in range(epochs):
        list(first)
        first.end_epoch()
    expected = [told(draw) for draw in first]
    reading = iter(first)
    for _ in range(min(done + ahead, first.batches)):  # whoever reads ahead has drawn more than was trained on
        next(reading)
    first.trained(min(done, first.batches))
    state = first.state_dict()
    shares = []
    for rank in range(world):
        second = sampler(41, 8, seed=5, rank=rank, world=world)
        second.load_state_dict(state)
        shares.append(list(second))
        second.end_epoch()
        assert second.epoch == epochs + 1
    rest = [
        ([row for part in parts for row in part.rows.tolist()], parts[0].number) for parts in zip(*shares, strict=True)
    ]
    assert rest == [(rows, number) for rows, _, _, number in expected[done:]]


def test_epochs_differ_and_seeds_differ() -> None:
    one = sampler(40, 8)
    first = [told(draw)[0] for draw in one]
    one.end_epoch()
    assert [told(draw)[0] for draw in one] != first
    assert [told(draw)[0] for draw in sampler(40, 8, seed=1)] != first
    assert [told(draw)[0] for draw in sampler(40, 8)] == first


def test_each_photo_of_each_epoch_has_a_seed_of_its_own_that_no_sharing_changes() -> None:
    one = sampler(40, 8)
    seeds = []
    for _ in range(3):
        seeds += [seed for draw in one for seed in draw.seeds(7)]
        one.end_epoch()
    assert len(set(seeds)) == len(seeds) == 120
    second = [seed for draw in sampler(40, 8, rank=1, world=2) for seed in draw.seeds(7)]
    assert second == [seed for draw in sampler(40, 8) for seed in draw.seeds(7)[4:]]


def test_only_captions_that_exist_are_drawn_and_as_often_as_asked() -> None:
    one = sampler(30, 30)
    counts: Counter[int] = Counter()
    for _ in range(300):
        for draw in one:
            at = draw.rows.tolist().index(0)
            assert draw.captions[at] == 0
            counts.update(draw.captions.tolist())
            counts[0] -= 1
        one.end_epoch()
    total = sum(counts.values())
    assert [counts[place] / total for place in range(3)] == pytest.approx([0.5, 0.3, 0.2], abs=0.02)


def test_the_last_weight_is_that_of_all_further_captions() -> None:
    present = torch.ones(60, 5, dtype=torch.bool)
    one = ResumableSampler(present, batch=60, weights=(1.0,), seed=0)
    assert {place for draw in one for place in draw.captions.tolist()} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("photos", "batch", "together", "world", "told"),
    [(7, 8, 1, 1, "7 photos"), (15, 8, 2, 1, "one batch of 16"), (30, 9, 1, 2, "2 processes")],
)
def test_data_that_hold_no_batch_are_refused(photos: int, batch: int, together: int, world: int, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        sampler(photos, batch, together=together, world=world)
