"""Peak memory of a large batch with gradient caching against without: `python benchmarks/gradient_cache.py`.

One backward pass of the symmetric cross-entropy through two small towers: convolutions over 64 x 64 pixels, and a
BERT of two layers over 32 tokens. Each way runs in a process of its own, since a process's peak never falls. What is
counted is what the pass adds to the inputs and weights that were there before it; the norm of the gradients shows
that all ways compute the same.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ritrova.encoding.bert import BertConfig, BertTower
from ritrova_trainer.gradient_cache import cached_backward
from ritrova_trainer.loss import info_nce

SIDE = 64
TOKENS = 32
WORDS = 1000
WIDTH = 64
SCALE = 20.0


@dataclass(frozen=True, slots=True)
class Way:
    """How the gradients are computed."""

    name: str
    chunk: int
    block: int | None = None  # of the loss


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one backward pass."""

    peak: int  # bytes above what was there
    seconds: float
    norm: float  # of all gradients


class Towers(nn.Module):
    """uint8 pixels `[n, 3, SIDE, SIDE]` and ids `[n, TOKENS]` to unit vectors `[n, WIDTH]` each."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(3, 16, 4, stride=4),
            nn.GELU(),
            nn.Conv2d(16, WIDTH, 4, stride=4),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(WIDTH * (SIDE // 16) ** 2, WIDTH),
        )
        self.text = BertTower(
            BertConfig(
                vocab_size=WORDS,
                hidden_size=WIDTH,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=2 * WIDTH,
                max_position_embeddings=TOKENS,
            )
        )

    def forward(self, chunk: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        pixels, ids = chunk
        images = self.image(pixels.float() / 255)
        texts = self.text(ids, torch.ones_like(ids, dtype=torch.bool))
        return functional.normalize(images, dim=-1), functional.normalize(texts, dim=-1)


def measure(way: Way, batch: int) -> Measured:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    towers = Towers().eval()  # dropout would draw other masks in other chunks
    pixels = torch.randint(0, 256, (batch, 3, SIDE, SIDE), dtype=torch.uint8)
    ids = torch.randint(0, WORDS, (batch, TOKENS))
    one = (pixels[:2], ids[:2])
    cached_backward(towers, [one], lambda images, texts: info_nce(images, texts, SCALE))  # torch's own first needs
    towers.zero_grad(set_to_none=False)
    before, start = _peak(), time.process_time()
    chunks = list(zip(torch.split(pixels, way.chunk), torch.split(ids, way.chunk), strict=True))
    cached_backward(towers, chunks, lambda images, texts: info_nce(images, texts, SCALE, block=way.block))
    seconds, peak = time.process_time() - start, _peak() - before
    gradients = [parameter.grad.flatten() for parameter in towers.parameters() if parameter.grad is not None]
    return Measured(peak, seconds, torch.cat(gradients).double().norm().item())


def _peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--chunk", type=int, default=64)
    options = parser.parse_args()
    ways = (
        Way("at once", options.batch),
        Way(f"chunks of {options.chunk}", options.chunk),
        Way(f"chunks of {options.chunk}, loss in blocks of 256", options.chunk, 256),
    )
    print(f"batch of {options.batch}")
    for way in ways:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found = pool.apply(measure, (way, options.batch))
        print(
            f"{way.name:45} {found.peak / 1e6:7.0f} MB   {found.seconds:6.1f} s of CPU   |gradient| {found.norm:.6f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
