"""What an optimiser is given, and what is kept beside it. The optimisers are torch's AdamW and `AdaBelief`."""

from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def parameter_groups(model: nn.Module, *, weight_decay: float) -> list[dict[str, Any]]:
    """The parameters of `model` that train, in two groups: weight decay for matrices, kernels and tables, and none.

    Biases, the weights of norms and a learned scale have fewer than two axes; they only shift and stretch.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.ndim >= 2]
    others = [parameter for parameter in trained if parameter.ndim < 2]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def averaged(model: nn.Module, *, decay: float) -> AveragedModel:
    """A copy of `model` whose weights follow it: `decay` of their own, the rest the model's, with each update.

    Call `.update_parameters(model)` after each step; the first takes the model's weights as they are. `.module` is
    the copy. Buffers are copied, not averaged: those of norms have their own running means.
    """
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]
