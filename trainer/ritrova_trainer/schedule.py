"""Learning rates as pure functions of the step."""

import math


def warm_up_cosine(step: int, *, steps: int, warm_up: float) -> float:
    """The factor of the learning rate in step `step` of `steps` (from 0): a line up to 1, then a cosine towards 0.

    The first step already has a share of the rate, and the last one still has: no step is wasted on zero, as the first
    of the published schedule is.
    """
    rising = round(warm_up * steps)
    if step < rising:
        return (step + 1) / rising
    return (1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2
