"""Random generators are kept and found again."""

import random

import numpy as np
import torch

from ritrova_trainer import random_states


def numbers() -> list[float]:
    """Some of each generator; a single Gaussian leaves the second of its pair behind."""
    return [
        *(random.random(), random.gauss(0, 1)),
        *(float(np.random.random()), float(np.random.standard_normal())),
        *torch.rand(3).tolist(),
        *torch.randn(1).tolist(),
    ]


def test_what_comes_after_a_capture_comes_again() -> None:
    with random_states.preserved():
        random_states.seed_all(5)
        numbers()
        state = random_states.capture()
        expected = [numbers() for _ in range(3)]
        random_states.seed_all(9)
        assert numbers() != expected[0]
        random_states.restore(state)
        assert [numbers() for _ in range(3)] == expected


def test_a_seed_sets_all_and_a_large_one_too() -> None:
    with random_states.preserved():
        found = []
        for seed in (1, 1, 2, 2**63 - 1):
            random_states.seed_all(seed)
            found.append(numbers())
    assert found[0] == found[1]
    assert all(ours != theirs for ours, theirs in zip(found[0], found[2], strict=True))


def test_states_have_one_length_so_that_processes_can_exchange_them() -> None:
    with random_states.preserved():
        lengths = set()
        for seed in range(5):
            random_states.seed_all(seed)
            numbers()
            lengths.add(len(random_states.capture()))
            random.gauss(0, 1)
            lengths.add(len(random_states.capture()))
    assert len(lengths) == 1
