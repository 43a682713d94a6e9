"""Looking at the indexes on disk without loading or changing them."""

from pathlib import Path

from ritrova.index.hnsw import HnswIndex
from ritrova.index.manifest import Damaged
from ritrova.index.matrix import MatrixFiles
from ritrova.index.sync import check
from ritrova.settings import IndexSettings
from ritrova.text import Message
from ritrova.vectors import VectorSource


def trouble(folder: Path, settings: IndexSettings, source: VectorSource) -> Message | None:
    """Why an index of this model must be built anew; None where the files are whole and belong to this store.

    An index that only lacks the newest photos is in order: it takes them in when it is next used.
    """
    files = MatrixFiles(folder)
    try:
        files.open(source.dimension)
        check(files.stamp, source)
        HnswIndex.verify(folder, settings, source)
    except Damaged as damaged:
        return damaged.reason
    return None
