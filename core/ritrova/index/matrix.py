"""The float32 matrix behind the exact index, on disk: three files that only ever grow, and a manifest.

Bytes beyond what the manifest says do not count, so a process that ends while it appends leaves the prefix that
was valid before. Numbers are little-endian, as on every machine that the program runs on.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ritrova.index.manifest import Damaged, Extent, Manifest, fresh_name, sweep
from ritrova.text import msg
from ritrova.vectors import Stamp

_KIND = "exact"


class _ExactManifest(Manifest):
    vectors: Extent = Extent()  # float32 rows
    ids: Extent = Extent()  # int64, ascending, one a row
    dead: Extent = Extent()  # int64 numbers of the rows that are deleted, in the order of their deletion


class MatrixFiles:
    """Reads and extends the files in `folder`. Methods that write raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"{_KIND}.json"
        self._manifest: _ExactManifest | None = None

    @property
    def stamp(self) -> Stamp | None:
        return self._manifest.stamp if self._manifest else None

    def open(self, dimension: int) -> None:
        """Find the files and prove them whole. Raises Damaged where there are none that serve."""
        manifest = _ExactManifest.read(self._path)
        if manifest is None:
            raise Damaged(msg("There was none yet."))
        rows, remainder = divmod(manifest.ids.size, 8)
        if manifest.dimension != dimension or remainder or manifest.vectors.size != rows * dimension * 4:
            raise Damaged(msg("It was made for vectors of another length."))
        for extent, suffix in self._parts(manifest):
            if extent.size:
                extent.check(self._file(manifest, suffix))
        self._manifest = manifest

    def create(self, dimension: int, stamp: Stamp) -> None:
        """Begin with new, empty files; the old ones go."""
        manifest = _ExactManifest(name=fresh_name(_KIND), dimension=dimension, stamp=stamp)
        self._folder.mkdir(parents=True, exist_ok=True)
        for _, suffix in self._parts(manifest):
            self._file(manifest, suffix).touch(mode=0o600, exist_ok=False)
        self._write(manifest)
        sweep(self._folder, _KIND, keep=manifest.name)

    def append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32], stamp: Stamp) -> None:
        manifest = self._require()
        extents = {"vectors": self._grow(manifest.vectors, "f32", vectors), "ids": self._grow(manifest.ids, "ids", ids)}
        self._write(manifest.model_copy(update={**extents, "stamp": stamp}))

    def bury(self, rows: NDArray[np.int64], stamp: Stamp) -> None:
        """Note that these rows are deleted."""
        manifest = self._require()
        dead = self._grow(manifest.dead, "dead", rows)
        self._write(manifest.model_copy(update={"dead": dead, "stamp": stamp}))

    def seal(self, stamp: Stamp) -> None:
        manifest = self._require()
        if manifest.stamp != stamp:
            self._write(manifest.model_copy(update={"stamp": stamp}))

    def read_ids(self) -> NDArray[np.int64]:
        """`[n]`, in memory."""
        return self._numbers("ids", self._require().ids)

    def read_dead(self) -> NDArray[np.int64]:
        """Row numbers, in memory."""
        return self._numbers("dead", self._require().dead)

    def map_vectors(self) -> NDArray[np.float32]:
        """`[n, d]`, memory-mapped: the system may drop its pages when memory is short."""
        manifest = self._require()
        rows = manifest.ids.size // 8
        if rows == 0:  # nothing can be mapped
            return np.empty((0, manifest.dimension), np.float32)
        path = self._file(manifest, "f32")
        return np.asarray(np.memmap(path, np.float32, mode="r", shape=(rows, manifest.dimension)))

    def _grow(self, extent: Extent, suffix: str, array: NDArray[np.float32] | NDArray[np.int64]) -> Extent:
        data = np.ascontiguousarray(array).data.cast("B")
        with self._file(self._require(), suffix).open("r+b") as file:
            file.seek(extent.size)  # over what a killed process may have appended
            file.write(data)
        return extent.extended(data)

    def _write(self, manifest: _ExactManifest) -> None:
        manifest.write(self._path)
        self._manifest = manifest

    def _numbers(self, suffix: str, extent: Extent) -> NDArray[np.int64]:
        return np.fromfile(self._file(self._require(), suffix), np.int64, count=extent.size // 8)

    def _file(self, manifest: Manifest, suffix: str) -> Path:
        return self._folder / f"{manifest.name}.{suffix}"

    def _require(self) -> _ExactManifest:
        if self._manifest is None:
            raise ValueError("neither opened nor created")
        return self._manifest

    @staticmethod
    def _parts(manifest: _ExactManifest) -> tuple[tuple[Extent, str], ...]:
        return (manifest.vectors, "f32"), (manifest.ids, "ids"), (manifest.dead, "dead")
