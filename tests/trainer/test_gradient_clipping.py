"""Adaptive gradient clipping: which weights are one unit, and how far their gradient is cut."""

import pytest
import torch
from timm.utils.agc import adaptive_clip_grad
from torch import Tensor, nn

from ritrova_trainer.clipping import clip_units_, unit_axes


def clipped(model: nn.Module, gradient: Tensor | list[object], *, clipping: float = 0.1, eps: float = 1e-3) -> Tensor:
    """The gradient of the model's only parameter after clipping."""
    (parameter,) = model.parameters()
    parameter.grad = torch.as_tensor(gradient, dtype=parameter.dtype).reshape(parameter.shape)
    clip_units_(unit_axes(model), clipping=clipping, eps=eps)
    return parameter.grad


def set_weights(parameter: Tensor, values: list[list[float]]) -> None:
    with torch.no_grad():
        parameter.copy_(torch.tensor(values))


def test_a_linear_layer_is_clipped_by_output() -> None:
    layer = nn.Linear(2, 3, bias=False)
    set_weights(layer.weight, [[3, 4], [30, 40], [0, 0]])  # outputs of norm 5, 50, 0; Flax's kernel is the transpose
    found = clipped(layer, [[0.6, 0.8], [0.6, 0.8], [0.6, 0.8]])
    # Up to 0.5, up to 5, and up to 0.1 * eps for weights that are zero.
    torch.testing.assert_close(found, torch.tensor([[0.3, 0.4], [0.6, 0.8], [0.6e-4, 0.8e-4]]))


def test_an_embedding_is_clipped_by_column_over_all_its_entries() -> None:
    table = nn.Embedding(3, 2)
    set_weights(table.weight, [[3, 30], [4, 40], [0, 0]])  # columns of norm 5 and 50
    found = clipped(table, [[0.6, 0.6], [0.8, 0.8], [0, 0]])
    torch.testing.assert_close(found, torch.tensor([[0.3, 0.6], [0.4, 0.8], [0.0, 0.0]]))


def test_a_kernel_is_clipped_by_output() -> None:
    layer = nn.Conv2d(1, 2, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.stack([torch.full((1, 2, 2), 1.0), torch.full((1, 2, 2), 10.0)]))  # norms 2 and 20
    found = clipped(layer, torch.ones(2, 1, 2, 2))  # norm 2 each
    torch.testing.assert_close(found, torch.stack([torch.full((1, 2, 2), 0.1), torch.full((1, 2, 2), 1.0)]))


@pytest.mark.parametrize("shape", [(4,), (4, 1), (1, 4)])
def test_what_is_one_line_is_one_unit(shape: tuple[int, ...]) -> None:
    model = nn.ParameterList([nn.Parameter(torch.full(shape, 5.0))])  # norm 10
    torch.testing.assert_close(clipped(model, torch.ones(shape)), torch.full(shape, 0.5))


def test_a_scalar_is_a_unit() -> None:
    model = nn.ParameterList([nn.Parameter(torch.tensor(-3.0))])
    torch.testing.assert_close(clipped(model, torch.tensor(-5.0)), torch.tensor(-0.3))


def test_short_gradients_and_missing_ones_are_left_alone() -> None:
    layer = nn.Linear(2, 2)
    layer.weight.grad = torch.full((2, 2), 1e-9)
    before = layer.weight.grad.clone()
    clip_units_(unit_axes(layer))
    assert torch.equal(layer.weight.grad, before)
    assert layer.bias.grad is None


def test_a_gradient_that_is_no_number_stays_to_be_seen() -> None:
    layer = nn.Linear(2, 1, bias=False)
    assert clipped(layer, [[float("nan"), 1.0]]).isnan().any()


def test_linear_layers_and_biases_are_as_timm_has_them_and_embeddings_are_not() -> None:
    torch.manual_seed(0)
    ours, theirs = (nn.ModuleDict({"linear": nn.Linear(6, 5), "table": nn.Embedding(7, 4)}) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        one.grad = torch.randn(one.shape)
        other.grad = one.grad.clone()
    clip_units_(unit_axes(ours), clipping=0.01)
    adaptive_clip_grad(theirs.parameters(), clip_factor=0.01)  # type: ignore[no-untyped-call]
    found, other_way = (
        {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
        for model in (ours, theirs)
    )
    for name in ("linear.weight", "linear.bias"):
        torch.testing.assert_close(found[name], other_way[name])
    assert not torch.allclose(found["table.weight"], other_way["table.weight"])
