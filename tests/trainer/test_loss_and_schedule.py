"""What is minimised, against a computation by hand; how the learning rate goes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from ritrova_trainer.loss import info_nce, sigmoid, soft_info_nce, targets
from ritrova_trainer.schedule import warm_up_cosine


def unit(*angles: float) -> torch.Tensor:
    return torch.tensor([[math.cos(angle), math.sin(angle)] for angle in angles], dtype=torch.float64)


def test_the_loss_is_the_one_computed_by_hand() -> None:
    images, texts, captions = unit(0.0, 0.5), unit(0.1, 0.9), unit(0.2, 0.4)
    logits = [[20 * math.cos(text - image) for text in (0.1, 0.9)] for image in (0.0, 0.5)]
    alike = 1 / (1 + math.exp(12 - 12 * math.cos(0.2)))  # softmax over (12, 12 cos 0.2): the share of the other one
    wanted = [[1 - alike / 2, alike / 2], [alike / 2, 1 - alike / 2]]

    def entropy(row: list[float], target: list[float]) -> float:
        total = math.log(sum(math.exp(value) for value in row))
        return sum(share * (total - value) for value, share in zip(row, target, strict=True))

    other_way = [list(column) for column in zip(*logits, strict=True)]
    forth = sum(map(entropy, logits, wanted)) / 2
    back = sum(map(entropy, other_way, wanted)) / 2
    soft = targets(captions, soft_share=0.5, soft_sharpness=12.0)
    torch.testing.assert_close(soft, torch.tensor(wanted, dtype=torch.float64))
    assert soft_info_nce(images, texts, 20.0, soft).item() == pytest.approx((forth + back) / 2, abs=1e-12)


def test_without_soft_targets_it_is_the_published_symmetric_cross_entropy() -> None:
    images, texts = unit(0.0, 1.0, 2.0), unit(0.1, 1.2, 2.5)
    own = torch.arange(3)
    logits = 20 * images @ texts.T
    expected = (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2
    torch.testing.assert_close(info_nce(images, texts, 20.0), expected)
    hard = targets(texts, soft_share=0.0, soft_sharpness=12.0)
    torch.testing.assert_close(soft_info_nce(images, texts, 20.0, hard), expected)


def test_the_sigmoid_loss_is_the_one_computed_by_hand() -> None:
    images, texts = (0.0, 0.5), (0.1, 0.9)
    total = 0.0
    for row, image in enumerate(images):
        for column, text in enumerate(texts):
            logit = 10 * math.cos(image - text) - 8
            total += math.log(1 + math.exp(-logit if row == column else logit))
    assert sigmoid(unit(*images), unit(*texts), 10.0, -8.0).item() == pytest.approx(total / 2, abs=1e-12)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("name", ["info_nce", "sigmoid"])
def test_comparing_in_blocks_changes_neither_the_loss_nor_its_gradients(name: str, block: int) -> None:
    random = torch.Generator().manual_seed(0)
    found = []
    rows = [torch.randn(7, 4, generator=random, dtype=torch.float64) for _ in range(2)]
    for size in (None, block):
        images, texts = (functional.normalize(value, dim=-1).requires_grad_() for value in rows)
        scale = torch.tensor(20.0, dtype=torch.float64, requires_grad=True)
        if name == "info_nce":
            value = info_nce(images, texts, scale, block=size)
        else:
            value = sigmoid(images, texts, scale, -10.0, block=size)
        value.backward()  # type: ignore[no-untyped-call]
        found.append((value, images.grad, texts.grad, scale.grad))
    torch.testing.assert_close(found[1], found[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_logits_keep_their_precision_under_autocast(dtype: torch.dtype) -> None:
    images, texts = unit(0.0, 0.1, 0.2).to(dtype), unit(0.01, 0.12, 0.18).to(dtype)
    expected = info_nce(images.double(), texts.double(), 100.0)
    with torch.autocast("cpu", torch.bfloat16):
        found = info_nce(images, texts, 100.0)
    torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=0)


def test_captions_that_say_the_same_share_the_soft_half() -> None:
    wanted = targets(unit(0.3, 0.3, 3.4), soft_share=0.5, soft_sharpness=12.0)
    torch.testing.assert_close(wanted[0, :2], torch.tensor([0.75, 0.25], dtype=torch.float64), atol=1e-6, rtol=0)
    torch.testing.assert_close(wanted.sum(dim=1), torch.ones(3, dtype=torch.float64))


def test_the_rate_rises_in_a_line_and_falls_in_a_cosine() -> None:
    rates = [warm_up_cosine(step, steps=100, warm_up=0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert 0 < rates[99] < 0.001


@given(st.integers(1, 500), st.floats(0, 0.99))
def test_the_rate_is_never_zero_nor_above_one(steps: int, warm_up: float) -> None:
    assert all(0 < warm_up_cosine(step, steps=steps, warm_up=warm_up) <= 1 for step in range(steps))
