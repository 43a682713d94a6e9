"""Where a model runs, and what happens when its memory is short."""

import logging
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ritrova.encoding import device
from ritrova.encoding.device import Batches
from ritrova.errors import EnvironmentFault
from ritrova.settings import EncodingSettings, cores

CPU = torch.device("cpu")


def small_memory(rows: int, seen: list[int]) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """A tower whose device holds no more than `rows` at once."""

    def tower(part: NDArray[np.uint8]) -> NDArray[np.float32]:
        if len(part) > rows:
            raise torch.OutOfMemoryError("tried to allocate too much")
        seen.append(len(part))
        return part.astype(np.float32)

    return tower


@given(n=st.integers(1, 60), fits=st.integers(1, 20), size=st.integers(1, 64))
def test_batches_halve_until_they_fit_and_no_row_is_lost(n: int, fits: int, size: int) -> None:
    rows = np.arange(n, dtype=np.uint8)[:, None]
    batches, seen = Batches(CPU, size), list[int]()
    np.testing.assert_array_equal(batches.run(rows, small_memory(fits, seen)), rows)
    assert max(seen) <= fits
    # Kept for the next call, and not smaller than need be: halving what did not fit gives at least half of what does.
    assert batches.size >= min(size, (fits + 1) // 2)


def test_a_halved_batch_is_told_once_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    batches = Batches(CPU, 8)
    rows = np.zeros((24, 1), np.uint8)
    with caplog.at_level(logging.WARNING):
        batches.run(rows, small_memory(4, []))
        batches.run(rows, small_memory(4, []))
    assert [record.getMessage() for record in caplog.records] == ["out of memory with 8 photos a batch: now 4"]
    assert batches.size == 4


def test_a_device_that_does_not_hold_one_photo_says_what_to_do() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        Batches(CPU, 4).run(np.zeros((2, 1), np.uint8), small_memory(0, []))
    assert "cpu" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("present", "chosen"),
    [({"cuda", "mps", "xpu"}, "cuda"), ({"mps", "xpu"}, "mps"), ({"xpu"}, "xpu"), (set(), "cpu")],
)
def test_the_best_device_is_taken(present: set[str], chosen: str) -> None:
    assert device.choose("auto", lambda name: name == "cpu" or name in present).type == chosen


def test_the_choice_can_be_overridden_but_not_invented() -> None:
    assert device.choose("cpu", lambda _: True).type == "cpu"
    with pytest.raises(EnvironmentFault, match="cuda"):
        device.choose("cuda", lambda name: name == "cpu")


def test_this_machine_has_a_cpu() -> None:
    assert device.available("cpu")
    assert not device.available("abacus")
    with device.lower_precision(CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_one_core_is_left_to_the_person() -> None:
    before = torch.get_num_threads()
    try:
        assert device.limit_threads(EncodingSettings()) == max(1, cores() - 1) == torch.get_num_threads()
        assert device.limit_threads(EncodingSettings(threads=2)) == 2 == torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
