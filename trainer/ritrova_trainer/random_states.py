"""The random generators of a process, as bytes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def capture() -> Tensor:
    """The states of torch's, numpy's and Python's global generators (and CUDA's, where it is used): uint8 `[k]`."""
    _, keys, place, has_gauss, gauss = np.random.get_state(legacy=True)
    _, internal, next_gauss = random.getstate()
    parts: list[NDArray[np.generic]] = [
        torch.get_rng_state().numpy(),
        np.asarray(keys, np.uint32),
        np.array([place, has_gauss], np.int64),
        np.array([gauss, np.nan if next_gauss is None else next_gauss], np.float64),
        np.array(internal, np.uint32),
    ]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_rng_state().numpy())
    return torch.from_numpy(np.concatenate([np.ascontiguousarray(part).view(np.uint8) for part in parts]))


def restore(state: Tensor) -> None:
    """Set the generators as `capture` found them; CUDA's only where it was captured and is there."""
    rest = state.numpy()

    def take(kind: type[np.generic], count: int) -> NDArray[np.generic]:
        nonlocal rest
        size = np.dtype(kind).itemsize * count
        part, rest = rest[:size], rest[size:]
        return part.copy().view(kind)

    torch.set_rng_state(torch.from_numpy(take(np.uint8, len(torch.get_rng_state()))))
    keys = take(np.uint32, 624)
    place, has_gauss = take(np.int64, 2).tolist()
    gauss, next_gauss = take(np.float64, 2).tolist()
    internal = take(np.uint32, 625).tolist()
    np.random.set_state(
        {"bit_generator": "MT19937", "state": {"key": keys, "pos": place}, "has_gauss": has_gauss, "gauss": gauss}
    )
    random.setstate((3, tuple(internal), None if np.isnan(next_gauss) else next_gauss))
    if torch.cuda.is_available() and len(rest):
        torch.cuda.set_rng_state(torch.from_numpy(rest.copy()))


def seed_all(seed: int) -> None:
    """Set every generator from one seed."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


@contextmanager
def preserved() -> Iterator[None]:
    """Leave the generators afterwards as they were before."""
    before = capture()
    try:
        yield
    finally:
        restore(before)
