"""Adaptive gradient clipping: no unit's gradient is longer than a share of the unit's own weights.

Brock et al. 2021 (arXiv 2102.06171), by the axes that optax had in 2021 for Flax's parameters. What a unit is:

| parameter | in Flax | in torch | one norm for each |
|---|---|---|---|
| kernel of a linear layer | `[in, out]` | `[out, in]` | output |
| kernel of a convolution | `[h, w, in, out]` | `[out, in, h, w]` | output |
| embedding | `[entries, width]` | `[entries, width]` | **column of the table**, over all entries |
| bias, norm, scalar, and what has one axis longer than 1 | | | the parameter as a whole |

optax sums over the first axis of whatever has two. In a linear layer that leaves its outputs, but in an embedding its
columns, and torch's embeddings lie as Flax's do. So a rule for torch that takes the first axis for the units (timm's
`adaptive_clip_grad`) fits linear layers, but clips each word by itself.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

Axes = tuple[int, ...]


def unit_axes(model: nn.Module) -> dict[nn.Parameter, Axes]:
    """For each parameter of `model`, the axes that the norm of one unit sums over."""
    tables = {module.weight for module in model.modules() if isinstance(module, nn.Embedding)}
    return {parameter: _axes(parameter, table=parameter in tables) for parameter in model.parameters()}


def clip_units_(axes: Mapping[nn.Parameter, Axes], *, clipping: float = 0.01, eps: float = 1e-3) -> None:
    """Shorten gradients, in place, to `clipping` times their unit's norm, for which at least `eps` is taken.

    Between the backward pass (with its averaging over processes, and without the factor of a gradient scaler) and the
    optimiser's step. Parameters without a gradient are passed over; a gradient that is not finite stays so.
    """
    with torch.no_grad():
        for parameter, summed in axes.items():
            if parameter.grad is None:
                continue
            most = clipping * _norm(parameter, summed).clamp(min=eps)
            length = _norm(parameter.grad, summed)
            parameter.grad.mul_(torch.where(length < most, 1.0, most / length.clamp(min=1e-6)))


def _axes(parameter: Tensor, *, table: bool) -> Axes:
    if parameter.squeeze().ndim <= 1:
        return tuple(range(parameter.ndim))
    return (0,) if table else tuple(range(1, parameter.ndim))


def _norm(values: Tensor, summed: Axes) -> Tensor:
    """With the summed axes kept at length 1."""
    norm: Tensor = torch.linalg.vector_norm(values, dim=summed, keepdim=True)
    return norm
