"""The scale of the logits, where it is learned: kept as its logarithm, so that it stays positive."""

import math

import torch
from torch import Tensor

HIGHEST = 100.0  # CLIP's limit: above it, training becomes unstable


def clamp_log_scale_(log_scale: Tensor) -> None:
    """Bring the scale back between 1 and 100, in place; after each step of the optimiser. `log_scale` is a scalar.

    The parameter itself is held: where the forward pass held it instead, one that had gone beyond a limit would find
    no gradient to come back by.
    """
    with torch.no_grad():
        log_scale.clamp_(0.0, math.log(HIGHEST))
