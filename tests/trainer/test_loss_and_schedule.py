"""What is minimised, against a computation by hand; how the learning rate goes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ritrova_trainer.config import LossConfig
from ritrova_trainer.loss import contrastive, targets
from ritrova_trainer.schedule import warm_up_cosine

CONFIG = LossConfig(scale=20.0, soft_share=0.5, soft_sharpness=12.0)


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
    assert contrastive(images, texts, captions, CONFIG).item() == pytest.approx((forth + back) / 2, abs=1e-12)


def test_without_soft_targets_it_is_the_published_symmetric_cross_entropy() -> None:
    images, texts = unit(0.0, 1.0, 2.0), unit(0.1, 1.2, 2.5)
    hard = LossConfig(scale=20.0, soft_share=0.0, soft_sharpness=12.0)
    own = torch.arange(3)
    logits = 20 * images @ texts.T
    expected = (torch.nn.functional.cross_entropy(logits, own) + torch.nn.functional.cross_entropy(logits.T, own)) / 2
    torch.testing.assert_close(contrastive(images, texts, texts, hard), expected)


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
