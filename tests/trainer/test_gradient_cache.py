"""Chunks one after the other leave the gradients that the whole batch at once leaves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from ritrova_trainer.gradient_cache import cached_backward
from ritrova_trainer.loss import info_nce, sigmoid

Chunks = list[tuple[Tensor, Tensor]]
ROWS = 24
LOSSES: dict[str, Callable[..., Tensor]] = {
    "info_nce": lambda images, texts, scale: info_nce(images, texts, scale),
    "sigmoid": lambda images, texts, scale: sigmoid(images, texts, scale, -0.5 * scale),
}


class Towers(nn.Module):
    """Two towers with dropout, and a learned scale."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Dropout(0.5), nn.Linear(16, 4))
        self.text = nn.Sequential(nn.Linear(5, 16), nn.GELU(), nn.Dropout(0.2), nn.Linear(16, 4))
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, chunk: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        images, texts = chunk
        vectors = functional.normalize(self.image(images), dim=-1), functional.normalize(self.text(texts), dim=-1)
        return *vectors, self.log_scale.exp()


@pytest.fixture
def towers() -> Towers:
    torch.manual_seed(1)
    return Towers().double()


def chunks(size: int) -> Chunks:
    random = torch.Generator().manual_seed(2)
    images = torch.randn(ROWS, 6, generator=random, dtype=torch.float64)
    texts = torch.randn(ROWS, 5, generator=random, dtype=torch.float64)
    return list(zip(torch.split(images, size), torch.split(texts, size), strict=True))


def gradients(towers: nn.Module) -> dict[str, Tensor]:
    found = {name: parameter.grad for name, parameter in towers.named_parameters() if parameter.grad is not None}
    towers.zero_grad()
    return found


def kept(towers: Towers, parts: Chunks, loss: Callable[..., Tensor]) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """Loss, gradients and the next random number where all chunks' graphs are kept at once."""
    torch.manual_seed(3)
    images, texts, scales = zip(*[towers(part) for part in parts], strict=True)
    value = loss(torch.cat(images), torch.cat(texts), scales[0])
    value.backward()  # type: ignore[no-untyped-call]
    return value, gradients(towers), torch.rand(1)


@pytest.mark.parametrize("size", [1, 5, 8, 24])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradients_with_dropout_are_those_of_the_whole_batch(
    towers: Towers, loss: Callable[..., Tensor], size: int
) -> None:
    expected, expected_gradients, expected_random = kept(towers, chunks(size), loss)
    torch.manual_seed(3)
    value = cached_backward(towers, chunks(size), loss)
    torch.testing.assert_close(value, expected.detach(), atol=1e-6, rtol=0)
    assert not value.requires_grad
    found = gradients(towers)
    assert set(found) == set(expected_gradients) == set(dict(towers.named_parameters()))
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected_gradients[name], atol=1e-6, rtol=0)
    assert torch.equal(torch.rand(1), expected_random)  # random numbers go on as if each had been drawn once


@given(size=st.integers(1, ROWS))
def test_without_dropout_the_chunks_do_not_matter(size: int) -> None:
    torch.manual_seed(1)
    towers = Towers().double().eval()
    loss = LOSSES["info_nce"]
    _, expected, _ = kept(towers, chunks(ROWS), loss)
    cached_backward(towers, chunks(size), loss)
    for name, gradient in gradients(towers).items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-6, rtol=0)


def test_gradients_add_to_those_that_are_there(towers: Towers) -> None:
    towers.eval()
    cached_backward(towers, chunks(8), LOSSES["info_nce"])
    once = gradients(towers)
    for _ in range(2):
        cached_backward(towers, chunks(8), lambda *outputs: LOSSES["info_nce"](*outputs) / 2)
    for name, gradient in gradients(towers).items():
        torch.testing.assert_close(gradient, once[name])


def test_a_frozen_tower_gets_no_gradient_and_the_other_its_own(towers: Towers) -> None:
    towers.image.requires_grad_(False)
    _, expected, _ = kept(towers, chunks(8), LOSSES["info_nce"])
    torch.manual_seed(3)
    cached_backward(towers, chunks(8), LOSSES["info_nce"])
    found = gradients(towers)
    assert not any(name.startswith("image") for name in found)
    assert set(found) == set(expected)
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-6, rtol=0)


def test_a_fixed_scale_stays_what_it_is(towers: Towers) -> None:
    towers.eval()
    scale = torch.tensor(20.0, dtype=torch.float64)
    cached_backward(lambda chunk: (*towers(chunk)[:2], scale), chunks(8), LOSSES["info_nce"])
    assert not scale.requires_grad
    assert scale.grad is None
    assert "log_scale" not in gradients(towers)


def test_gradients_are_exchanged_once_with_the_last_chunk(towers: Towers) -> None:
    held = 0
    exchanged: list[bool] = []

    @contextmanager
    def no_sync() -> Iterator[None]:
        nonlocal held
        held += 1
        yield
        held -= 1

    # Where DistributedDataParallel listens.
    towers.text.get_parameter("0.weight").register_post_accumulate_grad_hook(lambda _: exchanged.append(held == 0))  # type: ignore[no-untyped-call]
    cached_backward(towers, chunks(8), LOSSES["info_nce"], no_sync=no_sync)
    assert exchanged == [False, False, True]


def test_only_one_chunk_is_kept_at_a_time(towers: Towers) -> None:
    rows: list[int] = []

    def pack(tensor: Tensor) -> Tensor:
        if tensor.ndim == 2 and tensor.shape[1] == 16:  # hidden units
            rows.append(len(tensor))
        return tensor

    encoded: list[int] = []

    def encode(chunk: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
        rows.clear()
        outputs: tuple[Tensor, ...] = towers(chunk)
        encoded.append(sum(rows))
        return outputs

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        cached_backward(encode, chunks(8), LOSSES["info_nce"])
    assert encoded[:3] == [0, 0, 0]  # nothing is kept on the first way
    assert all(kept_rows > 0 for kept_rows in encoded[3:])
    assert len(encoded) == 6


def test_it_works_inside_autocast() -> None:
    torch.manual_seed(1)
    towers = Towers().eval()
    parts = [(images.float(), texts.float()) for images, texts in chunks(8)]
    _, expected, _ = kept(towers, parts, LOSSES["info_nce"])
    with torch.autocast("cpu", torch.bfloat16):
        cached_backward(towers, parts, LOSSES["info_nce"])
    found = gradients(towers)
    assert set(found) == set(expected)
    for name, gradient in found.items():
        assert torch.nn.functional.cosine_similarity(gradient.flatten(), expected[name].flatten(), dim=0) > 0.98
