"""Speed of the training loop: `python benchmarks/training.py`.

Samples a second of the loop, with all that it does beside (drawing, gathering, telling every step), against a bare
forward, backward and optimiser step on one batch that is there: on cached features as `compact_stage1`, and on
photos that are decoded already, with the bundled model. Both ways take turns in one process, step by step, so that
whatever else the machine does falls on both. Then the same batches in one process and in two, each with one thread.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.utils.data import Dataset

from ritrova.encoding.bert import BertConfig
from ritrova.encoding.compact import CompactConfig
from ritrova.paths import bundled_models
from ritrova_trainer.batches import Batch
from ritrova_trainer.config import PhotosConfig, RunConfig, TrainConfig
from ritrova_trainer.config_file import with_changes
from ritrova_trainer.data import FileImage, Pair
from ritrova_trainer.engine import Engine
from ritrova_trainer.feature_learner import FeatureLearner, HeadsModule
from ritrova_trainer.heads import Heads
from ritrova_trainer.learner import Inputs, Learner
from ritrova_trainer.metrics import MetricLog, StepLine, ValidationLine
from ritrova_trainer.objective import Objective
from ritrova_trainer.optim import parameter_groups
from ritrova_trainer.pairs import FeatureSet
from ritrova_trainer.photo_learner import CachedGallery, PhotoLearner
from ritrova_trainer.photo_run import Sources, starting_model
from ritrova_trainer.recipes import compact_stage1, smoke
from ritrova_trainer.sampler import Draw
from ritrova_trainer.train import train
from ritrova_trainer.training import Training

CPU = torch.device("cpu")
CAPTION = "una donna con un ombrello rosso attraversa la strada sotto la pioggia"


class Unkept:
    """No checkpoints: they are written between epochs."""

    def save(self, found: object = None) -> None:
        pass

    def save_if_due(self) -> None:
        pass


class Turns:
    """Told of each step of the loop, takes a bare one, and the time of both."""

    def __init__(self, log: MetricLog, bare: Callable[[], None]) -> None:
        self._log, self._bare = log, bare
        self.loop: list[float] = []  # seconds of each step, from the end of the one before
        self.bare: list[float] = []
        self._last = time.perf_counter()

    def step(self, line: StepLine) -> None:
        self._log.step(line)
        start = time.perf_counter()
        self.loop.append(start - self._last)
        self._bare()
        self._last = time.perf_counter()
        self.bare.append(self._last - start)

    def validation(self, _line: ValidationLine) -> None:
        self._last = time.perf_counter()


class Decoded(Dataset[Batch]):
    """Photos that lie in memory as pixels."""

    def __init__(self, photos: int, side: int) -> None:
        self._pixels = torch.randint(0, 256, (photos, side, side, 3), dtype=torch.uint8)

    def __getitem__(self, draw: Draw) -> Batch:
        return Batch(self._pixels[draw.rows], (CAPTION,) * len(draw.rows))


def feature_learner(config: TrainConfig, photos: int) -> FeatureLearner:
    """Random features in the shape of the bundled model's."""
    text = BertConfig(
        vocab_size=10,
        hidden_size=384,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=8,
    )
    shape = CompactConfig(image_features=1280, text=text)
    present = torch.ones(photos, 3, dtype=torch.bool)
    data = FeatureSet(torch.randn(photos, 1280), torch.randn(photos, 3, 384), present)
    heads = Heads(shape)
    heads.set_dropout(config.heads)
    heads.fit_statistics(data)
    return FeatureLearner(
        module=HeadsModule(heads, config.loss.scale),
        data=data,
        names=[str(row) for row in range(photos)],
        find=lambda _: {},
        seed=config.seed,
        device=CPU,
    )


def photo_learner(config: PhotosConfig, photos: int) -> PhotoLearner:
    """The bundled model on random pixels."""
    model = starting_model(config, Sources(model=bundled_models() / "ritrova-small-it", cache=Path()))
    pairs = [Pair(FileImage(str(row), Path(str(row))), (CAPTION,), "made") for row in range(photos)]
    gallery = CachedGallery(pairs[:8], torch.randn(8, 1, model.image_width))
    pixels = Decoded(photos, model.pixels.side)
    return PhotoLearner(model, pairs, pixels, gallery, model.tokeniser, workers=0, device=CPU)


def bare_step(learner: Learner, config: RunConfig, engine: Engine) -> Callable[[], None]:
    """One step on one batch that is there."""
    rows = torch.arange(config.batch)
    inputs: Inputs = next(learner.batches([Draw(rows, torch.zeros_like(rows), 0, 0)]))
    module = learner.module.train()
    groups = parameter_groups(module, weight_decay=config.optimiser.weight_decay)
    optimiser = torch.optim.AdamW(groups, lr=config.optimiser.learning_rate)
    objective = Objective(config.loss, block=0, peers=engine.peers)

    def step() -> None:
        images, texts, scale, bias = module(*inputs.arguments)
        loss = objective(images, texts, scale, bias, inputs.likeness)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()

    return step


def compare(name: str, make: Callable[[], Learner], config: RunConfig) -> None:
    """Print the speed of the loop and of the bare step. Each has a learner of its own, of the same shape."""
    with Engine(device="cpu") as engine, tempfile.TemporaryDirectory() as folder:
        torch.set_num_threads(1)
        bare = bare_step(make(), config, engine)
        training = Training(make(), config, engine)
        with MetricLog(Path(folder), after=0) as log:
            turns = Turns(log, bare)
            train(training, Unkept(), turns, lambda: False)
    loop, alone = (statistics.median(seconds[2:]) for seconds in (turns.loop, turns.bare))
    print(
        f"{name:34} loop {config.batch / loop:8.1f} samples/s   bare {config.batch / alone:8.1f}"
        f"   ratio {alone / loop:.3f}   ({len(turns.loop)} steps)",
        flush=True,
    )


def of_processes(count: int, steps: int) -> float:
    """Samples a second of the features' loop in so many processes."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
    done = subprocess.run(
        [*launch, __file__, "--worker", "--steps", str(steps)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def worker(steps: int) -> None:
    """One of several processes; the first prints the speed."""
    config = on_features(steps)
    with Engine(device="cpu") as engine, tempfile.TemporaryDirectory() as folder:
        torch.set_num_threads(1)
        torch.manual_seed(0)
        training = Training(feature_learner(config, 8 * config.batch), config, engine)
        with MetricLog(Path(folder), after=0) as log:
            turns = Turns(log, lambda: None)
            train(training, Unkept(), turns, lambda: False)
        if engine.is_main:
            print(config.batch / statistics.median(turns.loop[2:]))


def on_features(steps: int) -> TrainConfig:
    config = with_changes(compact_stage1(), {"epochs": str(max(1, steps // 8)), "captions": "1"})
    assert isinstance(config, TrainConfig)
    return config


def on_photos(steps: int) -> PhotosConfig:
    changes = {"epochs": str(max(1, steps // 4)), "loop.chunk": "0", "loop.average": "0", "trained.image_stages": "1"}
    config = with_changes(smoke(), changes)
    assert isinstance(config, PhotosConfig)
    return config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.steps)
        return
    torch.manual_seed(0)
    features, photos = on_features(options.steps), on_photos(options.steps)
    compare("cached features, batch 1024", lambda: feature_learner(features, 8 * features.batch), features)
    compare("decoded photos, batch 16", lambda: photo_learner(photos, 4 * photos.batch), photos)
    one, two = (of_processes(count, options.steps) for count in (1, 2))
    print(f"{'cached features, by processes':34} one  {one:8.1f} samples/s   two  {two:8.1f}   ratio {two / one:.2f}")


if __name__ == "__main__":
    main()
