"""What a model costs: time, memory and disk."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from ritrova_trainer.evaluation.subject import Subject

_QUERIES = 40
_SECONDS = 2.0  # that the image side is watched for, at least
_LEAST_BATCHES = 3

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Cost:
    """Measured on the machine and the threads at hand: for comparing models side by side, no more."""

    bytes: int  # all files of the folder
    dimension: int
    query_ms: float  # median wall time of one sentence, tokenising included
    photos_per_second: float  # through the image side, photos decoded already
    threads: int  # of torch


def cost(subject: Subject, sentences: Sequence[str], *, clock: Clock = time.perf_counter) -> Cost:
    """Loads both sides where they are not loaded yet; the loading is not counted."""
    return Cost(
        bytes=subject.size,
        dimension=subject.encoder.dimension,
        query_ms=1000 * _query_seconds(subject, sentences[:_QUERIES], clock),
        photos_per_second=_photos_per_second(subject, clock),
        threads=torch.get_num_threads(),
    )


def _query_seconds(subject: Subject, sentences: Sequence[str], clock: Clock) -> float:
    subject.encoder.encode_texts(sentences[:1])
    times = []
    for sentence in sentences:
        start = clock()
        subject.encoder.encode_texts([sentence])
        times.append(clock() - start)
    return median(times)


def _photos_per_second(subject: Subject, clock: Clock) -> float:
    side, batch = subject.encoder.pixels.side, subject.encoder.batch_size
    photos = np.random.default_rng(0).integers(0, 256, (batch, side, side, 3), np.uint8)
    subject.encoder.encode_images(photos)
    start, batches = clock(), 0
    while batches < _LEAST_BATCHES or clock() - start < _SECONDS:
        subject.encoder.encode_images(photos)
        batches += 1
    return batches * batch / (clock() - start)
