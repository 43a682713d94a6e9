"""Which index answers, and why."""

from dataclasses import dataclass
from typing import Literal

from ritrova.settings import IndexSettings
from ritrova.text import Message, msg, msg_n

_NODE_BYTES = 110  # of hnswlib a vector, beside its links: id, lock, level, label table, upper layers (measured)
_ADDED_AT_ONCE = 1_000  # vectors: half a second of building, more than any search by comparing takes
_MARGIN = 1.25  # of free memory over the graph's need: the model and the decoders want some too


@dataclass(frozen=True, slots=True)
class Choice:
    """The index that answers, and the reason for `ritrova status`."""

    kind: Literal["exact", "hnsw"]
    why: Message


def graph_bytes(count: int, dimension: int, m: int) -> int:
    """Memory of an HNSW graph: at 500,000 vectors and M = 16, 0.63 GB with 256 dimensions, 2.4 GB with 1,152."""
    return count * (4 * dimension + 4 * (2 * m + 1) + _NODE_BYTES)


def choose(
    settings: IndexSettings,
    *,
    count: int,
    dimension: int,
    free_bytes: int,
    filtered: bool,
    unavailable: Message | None,
    missing: int = 0,
) -> Choice:
    """Choose for `count` live vectors `[d]`, with `free_bytes` of memory to be had.

    `filtered`: the query has conditions beside the sentence. `unavailable`: what `hnsw.available()` says.
    `missing`: what `HnswIndex.missing` says; leave it out where there is time to build the graph.
    """
    if count <= settings.exact_up_to:
        return Choice("exact", msg_n("One photo: each is compared.", "{n} photos: each is compared.", n=count))
    if filtered:
        return Choice("exact", msg("The search has conditions: each photo that meets them is compared."))
    if unavailable is not None:
        return Choice("exact", unavailable)
    need = graph_bytes(count, dimension, settings.m)
    if need * _MARGIN > free_bytes:
        return Choice(
            "exact",
            msg(
                "The graph of neighbours needs {need} MB of memory, {free} MB are free: each photo is compared.",
                need=need // 10**6,
                free=free_bytes // 10**6,
            ),
        )
    if missing > _ADDED_AT_ONCE:
        return Choice(
            "exact",
            msg(
                "The graph of neighbours lacks {missing} photos, which indexing by command adds: each is compared.",
                missing=missing,
            ),
        )
    return Choice(
        "hnsw",
        msg_n("One photo: a graph of neighbours answers.", "{n} photos: a graph of neighbours answers.", n=count),
    )
