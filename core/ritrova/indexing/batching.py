"""The third stage: photos become vectors, a batch at a time."""

import queue
from collections.abc import Callable

import numpy as np

from ritrova.encoding.protocol import Encoder
from ritrova.errors import OurBug
from ritrova.indexing.work import Channel, Done, Stopped, ToEncode
from ritrova.progress import Courtesy
from ritrova.store.records import Embedded
from ritrova.text import msg

PATIENCE_S = 0.25
"""How long a batch waits for more photos before it goes as it is."""


def encode_batches(
    encoder: Encoder, decoded: Channel[ToEncode], finish: Callable[[Done], None], courtesy: Courtesy
) -> None:
    """Encode until the decoded photos end; runs on a thread of its own."""
    batch: list[ToEncode] = []
    try:
        while True:
            try:
                item = decoded.get(timeout=PATIENCE_S if batch else None)
            except queue.Empty:
                item = None
                ended = False
            else:
                ended = item is None
                if item is not None:
                    batch.append(item)
            if batch and (item is None or len(batch) >= encoder.batch_size):
                courtesy.give_way()
                for done in _encode(encoder, batch):
                    finish(done)
                batch = []
            if ended:
                return
    except Stopped:
        pass


def _encode(encoder: Encoder, batch: list[ToEncode]) -> list[Done]:
    vectors = encoder.encode_images(np.stack([photo.pixels for photo in batch]))
    if not np.isfinite(vectors).all():
        raise OurBug(msg("The model gave a vector that is not a number."), path=batch[0].item.path)
    return [
        Done(
            photo.item,
            Embedded(
                place=photo.item.place,
                stamp=photo.stamp,
                hash=photo.hash,
                facts=photo.facts,
                vector=vector,
                moved_from=photo.moved_from,
                sidecar=photo.sidecar,
            ),
        )
        for photo, vector in zip(batch, vectors, strict=True)
    ]
