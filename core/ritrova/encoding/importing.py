"""Taking a model's folder into a library: copied aside, checked, tried, then put in place."""

import errno
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from ritrova.encoding import bundle
from ritrova.encoding.bundle import AGAIN, Bank, Manifest
from ritrova.encoding.encoder import BANK_TENSOR, TorchEncoder
from ritrova.encoding.loading import describe, open_folder
from ritrova.errors import DiskFull, EnvironmentFault, ModelError, UsageError
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings
from ritrova.text import msg

_ASIDE = ".aside-"
_BANK_FILE = "bank.safetensors"
_WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors")  # and not the same weights once more for another library
_LICENCE_TAG = re.compile(r"^license:\s*[\"']?([\w.+-]+)", re.MULTILINE)


def import_folder(
    source: Path,
    root: Path,
    name: str | None,
    *,
    samples: Callable[[PixelSpec], NDArray[np.uint8]] | None,
    reserved: Collection[str],
) -> Path:
    """Copy the model in `source` to `root/NAME` and return that folder. See `Models.import_folder`."""
    if not source.is_dir():
        raise UsageError(
            msg("There is no such folder."), msg("Give the folder that holds the model's config.json."), str(source)
        )
    bundle.refuse_unsafe(source)
    with _disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        for leftover in root.glob(f"{_ASIDE}*"):  # of an import that was killed
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=root) as aside:
            copy = Path(aside) / "new"
            manifest = _copy(source, copy, name)
            if manifest.name in reserved:
                raise UsageError(
                    msg("The name {name} belongs to a model that ships with Ritrova.", name=manifest.name),
                    msg("Choose another name with --name."),
                )
            _seal(copy, manifest, samples)
            target = root / manifest.name
            if target.exists():
                target.replace(Path(aside) / "old")
            return copy.replace(target)


def remove_folder(folder: Path) -> None:
    """Delete a model's folder; it is out of the way at once, even where deleting stops half-way."""
    with _disk_errors(folder), tempfile.TemporaryDirectory(prefix=_ASIDE, dir=folder.parent) as aside:
        folder.replace(Path(aside) / folder.name)


def _copy(source: Path, copy: Path, name: str | None) -> Manifest:
    """Copy what belongs to the model, and return its manifest, verified on the copy, under its new name."""
    has_manifest = (source / bundle.MANIFEST_FILE).exists()
    manifest = bundle.read(source) if has_manifest else None
    names = list(manifest.files) if manifest else [path.name for path in source.iterdir() if _belongs(path)]
    copy.mkdir()
    for file in names:
        target = copy / PurePosixPath(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source / file, target)  # what a link leads to, never the link
        except FileNotFoundError as error:
            raise bundle.missing(source / file) from error
    if manifest is None:
        return describe(copy, bundle.check_name(name or _stem(source)), _licence(copy))
    bundle.verify(copy, manifest)
    return manifest.model_copy(update={"name": bundle.check_name(name or manifest.name)})


def _belongs(path: Path) -> bool:
    if path.name.startswith(".") or not path.is_file():
        return False
    if path.suffix == bundle.SAFE_WEIGHTS:
        return _WEIGHTS.fullmatch(path.name) is not None
    return path.suffix in (".json", ".txt", ".md") or path.stem.upper() in ("LICENSE", "LICENCE", "NOTICE")


def _seal(copy: Path, manifest: Manifest, samples: Callable[[PixelSpec], NDArray[np.uint8]] | None) -> None:
    encoder = open_folder(copy, manifest, EncodingSettings(device="cpu"))
    side = encoder.pixels.side
    pictures = samples(encoder.pixels) if samples and manifest.bank is None else None
    vectors = _try(encoder, copy, np.full((1, side, side, 3), 127, np.uint8) if pictures is None else pictures)
    if pictures is not None:
        save_file({BANK_TENSOR: vectors.astype(np.float16)}, copy / _BANK_FILE)
        manifest = manifest.model_copy(update={"bank": Bank(file=_BANK_FILE, version=1, count=len(vectors))})
    bundle.seal(copy, manifest)


def _try(encoder: TorchEncoder, folder: Path, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The pictures' vectors, once both sides have shown that they load and agree on the dimension."""
    texts = encoder.encode_texts(["una foto"])
    parts = [encoder.encode_images(pictures[i : i + 32]) for i in range(0, len(pictures), 32)]
    vectors = np.concatenate(parts)
    if {texts.shape[1], vectors.shape[1]} != {encoder.dimension}:
        raise ModelError(
            msg(
                "The model gives vectors of {texts} and {images} numbers instead of {wanted}.",
                texts=texts.shape[1],
                images=vectors.shape[1],
                wanted=encoder.dimension,
            ),
            AGAIN,
            str(folder),
        )
    return vectors


def _stem(source: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", source.resolve().name).lstrip("._-")


def _licence(folder: Path) -> str:
    """The tag in the head of the model's card."""
    card = folder / "README.md"
    found = _LICENCE_TAG.search(card.read_text("utf-8", "replace")) if card.exists() else None
    return found.group(1) if found else "unknown"


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                msg("The disk is full: nothing was changed."), msg("Free some space, then try again."), str(path)
            ) from error
        raise EnvironmentFault(
            msg("The folder of the models cannot be changed: {reason}", reason=bundle.reason(error)),
            msg("Check that the folder exists and may be written."),
            str(path),
        ) from error
