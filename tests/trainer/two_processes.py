"""What `test_two_processes.py` starts twice: `two_processes.py RANK FOLDER`.

Both processes hold half of a batch that they could hold whole. What they compute together is compared with what each
computes alone from the whole batch, in float64; the largest differences go into a JSON file.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from ritrova_trainer.distributed import ALONE, Peers, current_peers
from ritrova_trainer.gradient_cache import cached_backward
from ritrova_trainer.loss import info_nce, sigmoid, soft_info_nce, targets

WORLD = 2
ROWS = 12  # of the whole batch
Loss = Callable[[Tensor, Tensor, Tensor, Tensor, Peers], Tensor]

LOSSES: dict[str, Loss] = {
    "info_nce": lambda images, texts, captions, scale, peers: info_nce(images, texts, scale, peers=peers),
    "info_nce in blocks": lambda images, texts, captions, scale, peers: info_nce(
        images, texts, scale, peers=peers, block=4
    ),
    "sigmoid": lambda images, texts, captions, scale, peers: sigmoid(images, texts, scale, -scale / 2, peers=peers),
    "sigmoid in blocks": lambda images, texts, captions, scale, peers: sigmoid(
        images, texts, scale, -scale / 2, peers=peers, block=4
    ),
    "soft": lambda images, texts, captions, scale, peers: soft_info_nce(
        images, texts, scale, targets(captions, soft_share=0.5, soft_sharpness=12.0, peers=peers), peers
    ),
}


class Towers(nn.Module):
    """Two linear towers and a learned scale."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Linear(5, 4)
        self.text = nn.Linear(7, 4)
        self.log_scale = nn.Parameter(torch.tensor(1.5))

    def forward(self, images: Tensor, texts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        vectors = functional.normalize(self.image(images), dim=-1), functional.normalize(self.text(texts), dim=-1)
        return *vectors, self.log_scale.exp()


def mean(value: Tensor) -> Tensor:
    """Over the processes."""
    total = value.detach().clone()
    torch.distributed.all_reduce(total)
    return total / WORLD


def gap(found: Tensor | None, expected: Tensor | None) -> float:
    """How far apart at most."""
    assert found is not None
    assert expected is not None
    return (found - expected).abs().max().item()


def of_vectors(loss: Loss, peers: Peers, half: slice) -> dict[str, float]:
    """Differences of the loss and of its gradients, without any towers."""
    whole = [functional.normalize(torch.randn(ROWS, 4), dim=-1) for _ in range(3)]
    scale = torch.tensor(5.0)
    alone = [value.clone().requires_grad_() for value in (*whole, scale)]
    expected = loss(alone[0], alone[1], alone[2], alone[3], ALONE)
    expected.backward()  # type: ignore[no-untyped-call]
    together = [value.clone().requires_grad_() for value in (*(rows[half] for rows in whole), scale)]
    share = loss(together[0], together[1], together[2], together[3], peers)
    (share / WORLD).backward()  # type: ignore[no-untyped-call]
    differences = {"loss": gap(mean(share), expected)}
    for name, found, all_rows in zip(("images", "texts", "captions"), together[:3], alone[:3], strict=True):
        if all_rows.grad is not None:
            differences[name] = gap(found.grad, all_rows.grad[half])
    assert together[3].grad is not None
    return differences | {"scale": gap(WORLD * mean(together[3].grad), alone[3].grad)}


def of_weights(loss: Loss, peers: Peers, half: slice) -> dict[str, float]:
    """Differences of the gradients that DistributedDataParallel leaves after chunks of two rows."""
    images, texts, captions = torch.randn(ROWS, 5), torch.randn(ROWS, 7), torch.randn(ROWS, 3)
    towers = Towers()
    image_vectors, text_vectors, scale = towers(images, texts)
    loss(image_vectors, text_vectors, captions, scale, ALONE).backward()  # type: ignore[no-untyped-call]
    expected = {name: parameter.grad for name, parameter in towers.named_parameters() if parameter.grad is not None}
    towers.zero_grad()
    model = DistributedDataParallel(towers)
    cached_backward(
        lambda chunk: model(*chunk),
        list(zip(torch.split(images[half], 2), torch.split(texts[half], 2), strict=True)),
        lambda image, text, scale: loss(image, text, captions[half], scale, peers),
        no_sync=model.no_sync,
    )
    return {name: gap(towers.get_parameter(name).grad, gradient) for name, gradient in expected.items()}


def main(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.distributed.init_process_group("gloo", init_method=(folder / "meeting").as_uri(), rank=rank, world_size=WORLD)
    torch.manual_seed(0)
    peers = current_peers()
    half = slice(rank * ROWS // WORLD, (rank + 1) * ROWS // WORLD)
    found = {
        name: {"vectors": of_vectors(loss, peers, half), "weights": of_weights(loss, peers, half)}
        for name, loss in LOSSES.items()
    }
    (folder / f"{rank}.json").write_text(json.dumps(found))
    torch.distributed.barrier()
    os._exit(0)  # gloo's threads abort the process now and then while they are taken down


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
