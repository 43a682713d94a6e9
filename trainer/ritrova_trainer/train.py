"""The training loop."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ritrova.encoding.compact import CompactConfig
from ritrova.errors import EnvironmentFault, UsageError
from ritrova.text import msg
from ritrova_trainer.config import OptimiserConfig, TrainConfig
from ritrova_trainer.heads import Heads
from ritrova_trainer.loss import contrastive
from ritrova_trainer.pairs import FeatureSet, draw
from ritrova_trainer.schedule import warm_up_cosine


class NotFinite(EnvironmentFault):
    """The loss is no number any more: the data hold NaN, or the learning rate is too high."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is told after each epoch."""

    number: int  # from 1
    loss: float  # mean over the epoch's steps
    learning_rate: float  # of its last step


def train(
    config: TrainConfig, model: CompactConfig, data: FeatureSet, *, watch: Callable[[Epoch], None] | None = None
) -> Heads:
    """Train the heads of a compact model on cached features and return them, ready to encode.

    The caller's random state is left as it was. Raises NotFinite before a step that would spoil the weights.
    """
    if len(data) < config.batch:
        raise UsageError(
            msg("There are {n} photos, fewer than one batch of {batch}.", n=len(data), batch=config.batch),
            msg("Choose a smaller batch: `--set batch={n}`.", n=len(data)),
        )
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)  # first weights, dropout
        generator = torch.Generator().manual_seed(config.seed)  # order, captions
        heads = Heads(model)
        heads.set_dropout(config.heads)
        heads.fit_statistics(data)
        optimiser = _adamw(heads, config.optimiser)
        steps = config.epochs * (len(data) // config.batch)
        step = 0
        for epoch in range(1, config.epochs + 1):
            losses = []
            for images, texts in draw(data, batch=config.batch, weights=config.caption_weights, generator=generator):
                rate = config.optimiser.learning_rate * warm_up_cosine(
                    step, steps=steps, warm_up=config.optimiser.warm_up
                )
                for group in optimiser.param_groups:
                    group["lr"] = rate
                image_vectors, text_vectors = heads(images, texts)
                loss = contrastive(image_vectors, text_vectors, heads.centred(texts), config.loss)
                losses.append(loss.item())
                if not torch.isfinite(loss):
                    raise _not_finite(losses[-1], step + 1)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                step += 1
            if watch is not None:
                watch(Epoch(epoch, sum(losses) / len(losses), rate))
    return heads.eval()


def _not_finite(loss: float, step: int) -> NotFinite:
    return NotFinite(
        msg("The loss is {loss} in step {step}.", loss=loss, step=step),
        msg("Look for numbers that are none in the features, or lower the learning rate."),
    )


def _adamw(heads: Heads, config: OptimiserConfig) -> torch.optim.AdamW:
    """Weight decay pulls matrices towards zero, not biases: these only shift."""
    matrices = [parameter for parameter in heads.parameters() if parameter.ndim >= 2]
    biases = [parameter for parameter in heads.parameters() if parameter.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate)
