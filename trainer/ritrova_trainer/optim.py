"""What an optimiser is given, and what is kept beside it. The optimisers are torch's AdamW and `AdaBelief`."""

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

_Tensors = tuple[Tensor, ...] | list[Tensor]


def parameter_groups(
    model: nn.Module, *, weight_decay: float, towers: Iterable[nn.Parameter] = (), tower_rate: float = 1.0
) -> list[dict[str, Any]]:
    """The parameters of `model` that train, in two groups: weight decay for matrices, kernels and tables, and none.

    Biases, the weights of norms and a learned scale have fewer than two axes; they only shift and stretch. `towers`,
    where there are such, make two more groups. The `rate` of a group is its share of the learning rate.
    """
    of_towers = {id(parameter) for parameter in towers}
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    parts = [([parameter for parameter in trained if id(parameter) not in of_towers], 1.0)]
    if of_towers:
        parts.append(([parameter for parameter in trained if id(parameter) in of_towers], tower_rate))
    return [
        {
            "params": [parameter for parameter in part if (parameter.ndim >= 2) == decays],
            "weight_decay": weight_decay if decays else 0.0,
            "rate": rate,
        }
        for part, rate in parts
        for decays in (True, False)
    ]


def averaged(model: nn.Module, *, decay: float) -> AveragedModel:
    """A copy of `model` whose weights follow it: `decay` of their own, the rest the model's, with each update.

    Call `.update_parameters(model)` after each step. The first takes the model's weights as they are, and the next ones
    keep less than `decay`, so that a short run does not end with what it began with. `.module` is the copy. Buffers are
    copied, not averaged: those of norms have their own running means.
    """

    def follow(own: _Tensors, followed: _Tensors, updates: Tensor | int) -> None:
        before = int(updates)  # kept in checkpoints, with the weights
        share = min(decay, (before + 1) / (before + 10))
        get_ema_multi_avg_fn(share)(own, followed, updates)  # type: ignore[no-untyped-call]

    return AveragedModel(model, multi_avg_fn=follow)
