"""What the optimiser is given, the scale that is held, and weights that follow the model."""

import math

import pytest
import torch
from torch import nn

from ritrova_trainer.optim import averaged, parameter_groups
from ritrova_trainer.scale import clamp_log_scale_


def model() -> nn.Sequential:
    made = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3), nn.LayerNorm(3), nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    made.register_parameter("log_scale", nn.Parameter(torch.tensor(3.0)))
    return made


def names(made: nn.Module, group: dict[str, list[nn.Parameter]]) -> set[str]:
    return {name for name, parameter in made.named_parameters() if any(parameter is one for one in group["params"])}


def test_weight_decay_is_off_for_norms_biases_and_the_scale() -> None:
    made = model()
    decayed, others = parameter_groups(made, weight_decay=0.1)
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert names(made, decayed) == {"0.weight", "1.weight", "3.weight"}
    assert names(made, others) == {"1.bias", "2.weight", "2.bias", "3.bias", "4.weight", "4.bias", "log_scale"}


def test_frozen_parameters_are_not_given() -> None:
    made = model()
    made[0].requires_grad_(False)
    given = [parameter for group in parameter_groups(made, weight_decay=0.1) for parameter in group["params"]]
    assert len(given) == len(list(made.parameters())) - 1
    assert not any(parameter is made[0].weight for parameter in given)


def test_towers_learn_at_a_rate_of_their_own() -> None:
    made = model()
    tower = [*made[1].parameters(), *made[2].parameters()]
    groups = parameter_groups(made, weight_decay=0.1, towers=tower, tower_rate=0.1)
    assert [(group["rate"], group["weight_decay"]) for group in groups] == [(1, 0.1), (1, 0), (0.1, 0.1), (0.1, 0)]
    assert names(made, groups[2]) | names(made, groups[3]) == {"1.weight", "1.bias", "2.weight", "2.bias"}
    assert sum(len(group["params"]) for group in groups) == len(list(made.parameters()))


def test_averaged_weights_follow_the_model_closer_at_first() -> None:
    made = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    average = averaged(made, decay=0.23)
    followed = []
    for weight in (1.0, 2.0, 4.0):
        made.load_state_dict(
            {"0.weight": torch.tensor([[weight]]), "1.running_mean": torch.tensor([weight])}, strict=False
        )
        average.update_parameters(made)
        followed.append(average.module.get_parameter("0.weight").item())
    second = 2 / 11 * 1 + 9 / 11 * 2
    assert followed == pytest.approx([1.0, second, 0.23 * second + 0.77 * 4])  # 3 / 12 would be more than 0.23
    assert average.module.get_buffer("1.running_mean").item() == 4.0


@pytest.mark.parametrize(("log_scale", "expected"), [(10.0, 100.0), (-1.0, 1.0), (math.log(30), 30.0)])
def test_the_scale_is_held_within_its_limits(log_scale: float, expected: float) -> None:
    parameter = nn.Parameter(torch.tensor(log_scale))
    clamp_log_scale_(parameter)
    assert parameter.exp().item() == pytest.approx(expected, rel=1e-5)
    assert parameter.requires_grad
