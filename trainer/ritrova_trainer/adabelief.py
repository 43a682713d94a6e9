"""AdaBelief: steps are long where the gradient comes as expected, and short where it surprises."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, ParamsT


class AdaBelief(Optimizer):
    """Zhuang et al. 2020 (arXiv 2010.07468), in two variants that differ in what a surprise is.

    With g the gradient, m and s its running mean and the running mean of its squared surprise (both from 0), in step
    t each parameter takes

        m_t = b1 m_(t-1) + (1 - b1) g        s_t = b2 s_(t-1) + (1 - b2) surprise^2

    * By default as optax had it in 2021, which CLIP-Italian was trained with: the surprise is `g - m_(t-1)`, what the
      mean did not foresee; the step is `lr * m^ / sqrt(s^ + eps)`, where `m^ = m_t / (1 - b1^t)` and
      `s^ = s_t / (1 - b2^t)`.
    * With `new_mean` as its authors' PyTorch code and pytorch-optimizer have it: the surprise is `g - m_t`; s_t also
      takes `eps` in, and keeps it, in every step; the step is `lr * m^ / (sqrt(s^) + eps)`.

    Since `g - m_t = b1 (g - m_(t-1))`, steps of the second are 1 / b1 times as long, 1.11 by default, until eps
    counts: where surprises become small, its s_t has grown a floor of up to eps / (1 - b2).

    `weight_decay` is AdamW's: parameters shrink by `lr * weight_decay` before the step. The recipe has none.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-16,
        weight_decay: float = 0.0,
        new_mean: bool = False,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "new_mean": new_mean}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move every parameter that has a gradient. `closure`, if given, computes the loss anew, which is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)
        return loss

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            # Names and kinds of AdamW's, so that whatever stores its state stores this.
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_var"] = torch.zeros_like(parameter)
        state["step"] += 1
        step = int(state["step"].item())
        mean, variance = state["exp_avg"], state["exp_avg_var"]
        (b1, b2), eps = group["betas"], group["eps"]

        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        foreseen = gradient - mean
        mean.lerp_(gradient, 1 - b1)
        surprise = gradient - mean if group["new_mean"] else foreseen
        variance.mul_(b2).addcmul_(surprise, surprise, value=1 - b2)
        if group["new_mean"]:
            divisor = (variance.add_(eps) / (1 - b2**step)).sqrt_().add_(eps)
        else:
            divisor = (variance / (1 - b2**step)).add_(eps).sqrt_()
        parameter.addcdiv_(mean, divisor, value=-group["lr"] / (1 - b1**step))
