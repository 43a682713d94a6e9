"""Gradients of a loss over a large batch, in the memory of a small one.

A contrastive loss needs the vectors of all rows at once, but not what was computed on the way to them. So all chunks
are encoded without keeping that; the loss gives the gradient of each vector; and each chunk is encoded a second time,
with the same random numbers, to take its vectors' gradients back to the weights. It costs one more forward pass.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from torch import Tensor

from ritrova_trainer import random_states

Chunk = TypeVar("Chunk")
Outputs = tuple[Tensor, ...]


def cached_backward(
    encode: Callable[[Chunk], Outputs],
    chunks: Sequence[Chunk],
    loss: Callable[..., Tensor],
    *,
    no_sync: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Tensor:
    """Add the gradients of `loss(*outputs)` to the parameters' and return its value, a scalar without graph.

    `encode` makes of a chunk of n rows a tuple of tensors `[n, ...]`, which are joined for the loss, and of scalars
    that are the same for every chunk, such as the scale of the logits. A single chunk takes the usual way, once.

    Gradients equal those of all chunks encoded in turn and kept. For that a row's vectors must depend on nothing but
    the row, the weights and the process's global random generators: no batch normalisation in training mode.

    With DistributedDataParallel, `encode` must call the wrapped model, get every parameter's part in the loss through
    its outputs (the scale too), and `no_sync` be the model's: gradients are averaged once, with the last chunk.
    """
    if len(chunks) == 1:
        return _backward(loss(*encode(chunks[0])))
    states: list[Tensor] = []
    parts: list[Outputs] = []
    with no_sync(), torch.no_grad():
        for chunk in chunks:
            states.append(random_states.capture())
            parts.append(encode(chunk))
    columns = list(zip(*parts, strict=True))
    leaves = [_joined(column) for column in columns]
    value = _backward(loss(*leaves))
    gradients = [_split(leaf.grad, column) for leaf, column in zip(leaves, columns, strict=True)]
    for place, (chunk, state) in enumerate(zip(chunks, states, strict=True)):
        with no_sync() if place < len(chunks) - 1 else nullcontext():
            random_states.restore(state)
            _push(encode(chunk), [pieces[place] for pieces in gradients])
    return value


def _backward(value: Tensor) -> Tensor:
    value.backward()  # type: ignore[no-untyped-call]
    return value.detach()


def _joined(column: Sequence[Tensor]) -> Tensor:
    """One output of all chunks, as a leaf that collects a gradient."""
    joined = column[0] if column[0].ndim == 0 else torch.cat(tuple(column))
    return joined.detach().requires_grad_()


def _split(gradient: Tensor | None, column: Sequence[Tensor]) -> list[Tensor | None]:
    """Each chunk's part in the gradient of an output. A scalar's goes with the last chunk, once."""
    if gradient is None or gradient.ndim == 0:
        return [*[None] * (len(column) - 1), gradient]
    return list(torch.split(gradient, [len(piece) for piece in column]))


def _push(outputs: Outputs, gradients: Sequence[Tensor | None]) -> None:
    """Take the outputs' gradients back to the weights, but not into a frozen side."""
    pairs = [
        (output, gradient)
        for output, gradient in zip(outputs, gradients, strict=True)
        if output.requires_grad and gradient is not None
    ]
    if pairs:
        torch.autograd.backward([output for output, _ in pairs], [gradient for _, gradient in pairs])
