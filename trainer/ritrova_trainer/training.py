"""A run under way: all that moves, how it moves, and how it is kept and found again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from ritrova_trainer import random_states
from ritrova_trainer.adabelief import AdaBelief
from ritrova_trainer.clipping import clip_units_, unit_axes
from ritrova_trainer.config import OptimiserConfig, RunConfig
from ritrova_trainer.engine import Engine
from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.gradient_cache import cached_backward
from ritrova_trainer.learner import Inputs, Learner
from ritrova_trainer.objective import Objective
from ritrova_trainer.optim import averaged, parameter_groups
from ritrova_trainer.optimiser_state import load_optimiser, optimiser_tensors
from ritrova_trainer.sampler import ResumableSampler
from ritrova_trainer.scale import clamp_log_scale_
from ritrova_trainer.schedule import warm_up_cosine

_OWN_STREAM = 7919  # added to the seed for each further process, whose dropout must not repeat the first's


class Training:
    """One process's part of a run."""

    def __init__(self, learner: Learner, config: RunConfig, engine: Engine) -> None:
        """Raises UsageError where the data hold no batch."""
        self._learner, self._config, self._engine = learner, config, engine
        self._sampler = ResumableSampler(
            learner.present,
            batch=config.batch,
            weights=config.caption_weights,
            seed=config.seed,
            together=config.loop.accumulate,
            rank=engine.peers.rank,
            world=engine.peers.world,
        )
        self.step = 0  # optimiser steps done
        self.steps = config.epochs * (self._sampler.batches // config.loop.accumulate)
        self._objective = Objective(config.loss, block=config.loop.loss_block, peers=engine.peers)
        self._plain = learner.module.to(engine.device).train()
        if config.loop.compile:
            self._plain.compile()
        self._average = averaged(self._plain, decay=config.loop.average) if config.loop.average else None
        self._units = unit_axes(self._plain)
        self._optimiser = _optimiser(learner, config.optimiser)
        self._module, self._stepper = engine.prepare(self._plain, self._optimiser)
        if engine.peers.rank:
            random_states.seed_all(config.seed + _OWN_STREAM * engine.peers.rank)

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and speaks."""
        return self._engine.is_main

    def wait(self) -> None:
        """Until all processes have come here."""
        self._engine.wait()

    @property
    def epoch(self) -> int:
        """The epoch that comes next or is under way, from 0."""
        return self._sampler.epoch

    @property
    def epochs(self) -> int:
        return self._config.epochs

    @property
    def samples_a_step(self) -> int:
        """Pairs that one step sees, over all processes."""
        return self._config.batch * self._config.loop.accumulate

    @property
    def learning_rate(self) -> float:
        """Of the heads, in the step that comes next or was just done."""
        rate: float = self._optimiser.param_groups[0]["lr"]
        return rate

    @property
    def result(self) -> nn.Module:
        """What is measured and kept: the average of the weights where there is one, else the weights."""
        return self._plain if self._average is None else self._average.module

    def rest_of_epoch(self) -> Iterator[list[Inputs]]:
        """This process's share of the batches of each step that is left in the epoch."""
        batches = self._learner.batches(self._sampler)
        while together := list(islice(batches, self._config.loop.accumulate)):
            yield together

    def backward(self, batches: Sequence[Inputs]) -> float:
        """Add up the gradients of one step. Returns its loss: the mean over batches and processes."""
        losses = []
        for place, inputs in enumerate(batches):
            last = place == len(batches) - 1
            with nullcontext() if last else self._engine.no_sync(self._module):
                losses.append(self._backward(inputs, share=1 / len(batches)))
        (loss,) = self._engine.mean(sum(losses))
        return loss

    def advance(self) -> None:
        """Take one step along the gradients, and forget them."""
        config = self._config.optimiser
        for group in self._optimiser.param_groups:
            share = warm_up_cosine(self.step, steps=self.steps, warm_up=config.warm_up)
            group["lr"] = config.learning_rate * share * group["rate"]
        if config.clipping:
            self._engine.unscale(self._stepper)
            clip_units_(self._units, clipping=config.clipping)
        self._stepper.step()
        self._stepper.zero_grad()
        for name, parameter in self._plain.named_parameters():
            if parameter.requires_grad and name.rsplit(".", 1)[-1] == "log_scale":
                clamp_log_scale_(parameter)
        if self._average is not None:
            self._average.update_parameters(self._plain)
        self.step += 1
        self._sampler.trained(self._config.loop.accumulate)

    def end_epoch(self) -> None:
        """Go to the next epoch, after all of this one."""
        self._sampler.end_epoch()

    def agreed(self, stop: bool) -> bool:
        """Whether any process is to stop: then all must."""
        (share,) = self._engine.mean(float(stop))
        return share > 0

    def suspects(self, batches: Sequence[Inputs]) -> list[str]:
        """The photos of a step, by name; only those with numbers that are none, where there are such."""
        first = self._sampler.position
        rows = torch.cat([self._sampler.whole_batch(first + place) for place in range(len(batches))])
        wrong = torch.cat([self._engine.each(_not_finite(inputs)).flatten() for inputs in batches]).bool()
        return [self._learner.name(int(row)) for row in (rows[wrong] if wrong.any() else rows)]

    def measure(self) -> Mapping[str, Retrieval]:
        """How well the result finds the validation photos; empty in all processes but the first."""
        found: Mapping[str, Retrieval] = {}
        if self._engine.is_main:
            self._plain.eval()
            with torch.inference_mode():
                found = self._learner.measure(self.result.eval())
            self._plain.train()
        self._engine.wait()
        return found

    def state(self) -> tuple[dict[str, Mapping[str, Tensor]], dict[str, Any]]:
        """All that a later process needs to go on as this one would: named tensors, and JSON values."""
        sampler = self._sampler.state_dict()
        parts: dict[str, Mapping[str, Tensor]] = {
            "model": self._plain.state_dict(),
            "optimiser": optimiser_tensors(self._optimiser, self._plain),
            "random": {
                "sampler": sampler.pop("generator"),
                "processes": self._engine.each(random_states.capture()),
            },
        }
        if self._average is not None:
            parts["average"] = self._average.state_dict()
        return parts, {"step": self.step, "sampler": sampler, "engine": self._engine.state_dict()}

    def load_state(self, parts: Mapping[str, Mapping[str, Tensor]], values: Mapping[str, Any]) -> None:
        """Go on from `state`, with as many processes as there are now.

        Raises KeyError, ValueError or RuntimeError where it is another model's.
        """
        self.load_weights(parts)
        load_optimiser(self._optimiser, self._plain, parts["optimiser"])
        self._sampler.load_state_dict({**values["sampler"], "generator": parts["random"]["sampler"]})
        self._engine.load_state_dict(values["engine"])
        self.step = values["step"]
        rank, processes = self._engine.peers.rank, parts["random"]["processes"]
        if rank < len(processes):
            random_states.restore(processes[rank])
        else:  # there were fewer then
            random_states.seed_all(self._config.seed + _OWN_STREAM * rank + self.step)

    def load_weights(self, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Take the weights, and their average, out of `state`; nothing else."""
        self._plain.load_state_dict(parts["model"])
        if self._average is not None:
            self._average.load_state_dict(parts["average"])

    def _backward(self, inputs: Inputs, *, share: float) -> float:
        chunks = inputs.chunks(self._config.loop.chunk or len(inputs))

        def encode(chunk: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            with self._engine.autocast():
                outputs: tuple[Tensor, ...] = self._module(*chunk)
            return outputs

        def loss(images: Tensor, texts: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
            return self._engine.scaled(share * self._objective(images, texts, scale, bias, inputs.likeness))

        value = cached_backward(encode, chunks, loss, no_sync=lambda: self._engine.no_sync(self._module))
        return value.item() / self._engine.loss_scale


def _optimiser(learner: Learner, config: OptimiserConfig) -> Optimizer:
    groups = parameter_groups(
        learner.module, weight_decay=config.weight_decay, towers=learner.towers, tower_rate=config.tower_rate
    )
    kind = AdamW if config.kind == "adamw" else AdaBelief
    return kind(groups, lr=config.learning_rate)


def _not_finite(inputs: Inputs) -> Tensor:
    """Which pairs hold numbers that are none: uint8 `[n]`."""
    wrong = [~torch.isfinite(tensor).flatten(1).all(dim=1) for tensor in inputs.arguments if tensor.is_floating_point()]
    found = torch.stack(wrong).any(dim=0) if wrong else torch.zeros(len(inputs), dtype=torch.bool)
    return found.to(torch.uint8)
