"""Small data sets of every format, made on the spot."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from ritrova_trainer.data import Faults, Format, Pair, open_pairs


class DataSet:
    """What a test puts into a folder, and what is read from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults = Faults()

    def write(self, name: str, content: str | bytes) -> Path:
        """A file; `.gz` in its name packs it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    def photo(self, name: str, mode: str = "RGB") -> Path:
        return self.write(name, picture(mode, Path(name).suffix))

    def shard(self, name: str, members: Mapping[str, bytes]) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w") as archive:
            for member, content in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return path

    def read(
        self, path: Path, form: Format | None = None, images: Path | None = None, source: str | None = None
    ) -> list[Pair]:
        return list(open_pairs(path, self.faults.add, form=form, images=images, source=source))

    def captions(self, path: Path, form: Format | None = None) -> dict[str, tuple[str, ...]]:
        """By the image's key."""
        return {pair.image.key: pair.captions for pair in self.read(path, form)}

    def counts(self) -> dict[str, int]:
        return {kind.value: count for kind, count in self.faults.counts.items()}


@pytest.fixture
def made(tmp_path: Path) -> DataSet:
    return DataSet(tmp_path)


def picture(mode: str, suffix: str) -> bytes:
    """A small picture of a mode, in the format of a suffix."""
    file = io.BytesIO()
    Image.new(mode, (40, 30), 1).save(file, {".jpg": "JPEG", ".png": "PNG", ".tif": "TIFF"}[suffix.lower()])
    return file.getvalue()
