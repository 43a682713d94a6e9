"""AdaBelief against steps computed by hand."""

import math

import pytest
import torch
from torch import nn

from ritrova_trainer.adabelief import AdaBelief


def after(gradients: list[float], *, start: float = 1.0, **options: float | bool | tuple[float, float]) -> list[float]:
    """Where one weight is after each of the gradients."""
    weight = nn.Parameter(torch.tensor([start], dtype=torch.float64))
    optimiser = AdaBelief([weight], lr=0.1, **options)  # type: ignore[arg-type]
    places = []
    for gradient in gradients:
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        optimiser.step()
        places.append(weight.item())
    return places


def test_steps_as_published() -> None:
    # Step 1: mean 0.2, surprise 2 - 0; corrected mean 2, corrected square 4: a step of lr * 2 / 2.
    # Step 2: surprise -1 - 0.2 = -1.2 of the mean before; mean 0.9 * 0.2 - 0.1 = 0.08.
    # Step 3: surprise 0.5 - 0.08 = 0.42; mean 0.9 * 0.08 + 0.05 = 0.122.
    square_2 = (0.999 * 0.004 + 0.001 * 1.44) / (1 - 0.999**2)
    square_3 = (0.999 * (0.999 * 0.004 + 0.001 * 1.44) + 0.001 * 0.42**2) / (1 - 0.999**3)
    first = 1 - 0.1
    second = first - 0.1 * (0.08 / (1 - 0.9**2)) / math.sqrt(square_2)
    third = second - 0.1 * (0.122 / (1 - 0.9**3)) / math.sqrt(square_3)
    assert after([2.0, -1.0, 0.5]) == pytest.approx([first, second, third], abs=1e-12)


def test_steps_with_the_new_mean() -> None:
    # Step 1: mean 0.2, surprise 2 - 0.2 = 1.8. Step 2: mean 0.08, surprise -1 - 0.08 = -1.08.
    square_1 = 0.001 * 1.8**2 / (1 - 0.999)
    square_2 = (0.999 * 0.001 * 1.8**2 + 0.001 * 1.08**2) / (1 - 0.999**2)
    first = 1 - 0.1 * 2 / math.sqrt(square_1)
    second = first - 0.1 * (0.08 / (1 - 0.9**2)) / math.sqrt(square_2)
    assert after([2.0, -1.0], new_mean=True) == pytest.approx([first, second], abs=1e-12)


def test_eps_is_inside_the_root_as_published() -> None:
    # A gradient of 1e-8 is as large as the root of eps: the first step is lr * 1e-8 / sqrt(1e-16 + 1e-16).
    assert after([1e-8], start=0.0)[0] == pytest.approx(-0.1 / math.sqrt(2), rel=1e-9)


def test_eps_adds_up_with_the_new_mean() -> None:
    # Without any surprise left the square is eps in the first step, eps (1 + 0.999) in the second.
    tiny = 1e-30
    first = -0.1 * tiny / (math.sqrt(1e-16 / 0.001) + 1e-16)
    mean = (0.1 * 0.9 + 0.1) * tiny / (1 - 0.9**2)
    second = first - 0.1 * mean / (math.sqrt(1.999e-16 / (1 - 0.999**2)) + 1e-16)
    assert after([tiny, tiny], start=0.0, new_mean=True) == pytest.approx([first, second], rel=1e-9)


def test_the_variants_differ_by_the_share_of_the_old_mean() -> None:
    random = torch.Generator().manual_seed(0)
    gradients = (torch.randn(50, generator=random) + 0.5).tolist()
    published, other = after(gradients, start=0.0), after(gradients, start=0.0, new_mean=True)
    assert other == pytest.approx([place / 0.9 for place in published], rel=1e-9)


def test_the_variants_part_where_gradients_stay_the_same() -> None:
    # Nothing surprises any more. What is left below the root is eps as published, and eps / (1 - b2) = 1e-14 with the
    # new mean, so that the last steps are lr * 1e-6 / 1e-8 and lr * 1e-6 / 1e-7.
    for new_mean, expected in ((False, 10.0), (True, 1.0)):
        before, last = after([1e-6] * 2000, start=0.0, betas=(0.9, 0.99), new_mean=new_mean)[-2:]
        assert before - last == pytest.approx(expected, rel=1e-3)


def test_a_weight_without_gradient_stays_and_one_with_gradient_zero_too() -> None:
    untouched, still = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimiser = AdaBelief([untouched, still], lr=0.1)
    for _ in range(3):
        still.grad = torch.zeros(2)
        optimiser.step()
    assert torch.equal(untouched, torch.ones(2))
    assert torch.equal(still, torch.ones(2))


def test_weight_decay_shrinks_before_the_step() -> None:
    assert after([2.0], weight_decay=0.5)[0] == pytest.approx(1 * (1 - 0.1 * 0.5) - 0.1)


@pytest.mark.parametrize("new_mean", [False, True])
def test_it_goes_on_from_a_saved_state(new_mean: bool) -> None:
    gradients = [2.0, -1.0, 0.5, 0.25]
    expected = after(gradients, new_mean=new_mean)[-1]
    weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimiser = AdaBelief([weight], lr=0.1, new_mean=new_mean)
    for place, gradient in enumerate(gradients):
        if place == 2:
            saved = optimiser.state_dict()
            optimiser = AdaBelief([weight], lr=1.0)
            optimiser.load_state_dict(saved)
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        optimiser.step()
    assert weight.item() == expected


def test_a_closure_computes_the_loss_anew() -> None:
    weight = nn.Parameter(torch.ones(1))
    optimiser = AdaBelief([weight], lr=0.1)

    def loss() -> float:
        optimiser.zero_grad()
        value = (weight**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value.item()

    assert [optimiser.step(loss) for _ in range(2)] == pytest.approx([1.0, 0.9**2])
