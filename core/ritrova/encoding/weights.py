"""Weights as they rest on the disk: smaller than they are computed with."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

Storage = Literal["float16", "int8"]
"""int8 keeps matrices in a byte a number, with one float32 scale a row. All else is float16: the few numbers of a
convolution's filter do not bear the rounding (measured: cosines down to 0.977)."""

_SCALE = ".int8_scale"
_LARGEST = 127


def packed(weights: Mapping[str, Tensor], storage: Storage) -> dict[str, Tensor]:
    """Float weights made small, contiguous and on the CPU; others as they are."""
    small: dict[str, Tensor] = {}
    for name, value in weights.items():
        value = value.detach().cpu()
        if storage == "int8" and value.is_floating_point() and value.ndim == 2:
            rows = value.float()
            scale = rows.abs().amax(dim=1).clamp(min=torch.finfo(torch.float32).tiny) / _LARGEST
            small[name] = (rows / scale[:, None]).round().to(torch.int8).contiguous()
            small[name + _SCALE] = scale
        else:
            small[name] = (value.half() if value.is_floating_point() else value).contiguous()
    return small


def unpacked(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `packed` made, as float32; integers that are no packed floats as they are."""
    whole: dict[str, Tensor] = {}
    for name, value in weights.items():
        scale = weights.get(name + _SCALE)
        if scale is not None:
            whole[name] = value.float() * scale[:, None]
        elif not name.endswith(_SCALE):
            whole[name] = value.float() if value.is_floating_point() else value
    return whole
