"""An optimiser's state as named tensors, so that it is kept without pickle."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_SEPARATOR = "|"  # in no parameter's name


def optimiser_tensors(optimiser: Optimizer, module: nn.Module) -> dict[str, Tensor]:
    """What the optimiser remembers of each parameter, by the parameter's name in `module` and the memory's."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in module.named_parameters()}
    return {
        f"{names[parameter]}{_SEPARATOR}{key}": torch.as_tensor(value)
        for parameter, memory in optimiser.state.items()
        for key, value in memory.items()
    }


def load_optimiser(optimiser: Optimizer, module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Make the optimiser remember what `optimiser_tensors` gave. Raises KeyError for a parameter that it has not."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in module.named_parameters()}
    ordered = [names[parameter] for group in optimiser.param_groups for parameter in group["params"]]
    place = {name: number for number, name in enumerate(ordered)}
    state: dict[int, dict[str, Any]] = {}
    for full, value in tensors.items():
        name, key = full.split(_SEPARATOR)
        state.setdefault(place[name], {})[key] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
