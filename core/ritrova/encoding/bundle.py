"""Model folders: what a model says of itself (`ritrova.json`), and that its files are the ones it was made with.

Weights are safetensors and nothing else: pickled ones run whatever code they carry when they are read.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from ritrova.atomic import write_bytes
from ritrova.errors import ModelError, UsageError
from ritrova.text import Message, msg

MANIFEST_FILE = "ritrova.json"
FORMAT = 1
SAFE_WEIGHTS = ".safetensors"
REFUSED_WEIGHTS = frozenset({".bin", ".pt", ".pth", ".ckpt", ".msgpack", ".h5", ".pkl", ".pickle"})
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
_RESULT_FILES = frozenset({SAFE_WEIGHTS, ".json", ".txt", ".model"})  # weights, configurations, vocabularies
_ENCODING_VERSION = "1"  # raise when the program's own preprocessing or pooling changes its results


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise ValueError(f"{name!r} leads out of the model's folder")
    return name


FileName = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prompts(_Record):
    """What is put around a person's sentence before it is encoded."""

    text_prefix: str = ""
    text_suffix: str = ""


class Part(_Record):
    """Something that the model was made from."""

    name: str
    source: str
    licence: str


class Bank(_Record):
    """Vectors of unrelated photos, tensor `vectors` `[count, dimension]` float16, against which strength is read."""

    file: FileName
    version: PositiveInt
    count: PositiveInt


class Manifest(_Record):
    """The contents of `ritrova.json`."""

    format: Annotated[int, Field(ge=1, le=FORMAT)] = FORMAT
    name: Annotated[str, Field(pattern=_NAME)]  # also of its folder
    version: str = "1"
    languages: tuple[str, ...] = ()
    dimension: PositiveInt
    prompts: Prompts = Prompts()
    licence: str = "unknown"
    parts: tuple[Part, ...] = ()
    files: dict[FileName, Sha256] = {}  # every file of the folder but the manifest
    bank: Bank | None = None
    calibration: dict[str, Any] | None = None
    figures: dict[str, Any] = {}


def is_name(text: str) -> bool:
    """Whether a model, and so a folder, may be called that."""
    return re.fullmatch(_NAME, text) is not None


def check_name(wanted: str) -> str:
    """The name itself, if a model may have it. Raises UsageError."""
    if not is_name(wanted):
        raise UsageError(
            msg("{name} cannot be the name of a model.", name=wanted),
            msg("Use letters, digits, dots, hyphens and underscores, a letter or digit first."),
        )
    return wanted


def read(folder: Path) -> Manifest:
    """The manifest of a model folder. Raises ModelError where there is none, or one we do not understand."""
    path = folder / MANIFEST_FILE
    try:
        data = json.loads(path.read_bytes())
        if isinstance(data, dict) and isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise ModelError(
                msg("This model was made for a newer Ritrova."),
                msg("Update Ritrova, or use another model."),
                str(path),
            )
        return Manifest.model_validate(data)
    except FileNotFoundError as error:
        raise ModelError(
            msg("This folder holds no Ritrova model: {file} is missing.", file=MANIFEST_FILE),
            msg("Import the folder: ritrova models import FOLDER"),
            str(folder),
        ) from error
    except (OSError, ValueError) as error:  # ValidationError is a ValueError, and so is broken JSON
        raise damaged(path, error) from error


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """Record the SHA-256 of every file in `folder` and write the manifest. Returns what was written."""
    refuse_unsafe(folder)
    hashes = {name: sha256(folder / name) for name in sorted(_names(folder))}
    if manifest.bank is not None and manifest.bank.file not in hashes:
        raise missing(folder / manifest.bank.file)
    sealed = manifest.model_copy(update={"files": hashes})
    write_bytes(folder / MANIFEST_FILE, sealed.model_dump_json(indent=2).encode(), durable=True)
    return sealed


def verify(folder: Path, manifest: Manifest) -> None:
    """Raise ModelError, naming the file, where one is missing, altered, or a weight file that nobody listed."""
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            found = sha256(path)
        except FileNotFoundError as error:
            raise missing(path) from error
        except OSError as error:
            raise damaged(path, error) from error
        if found != expected:
            raise ModelError(
                msg("This file of the model is not the one it was made with (its SHA-256 differs)."), AGAIN, str(path)
            )
    for name in _names(folder):
        if Path(name).suffix in REFUSED_WEIGHTS | {SAFE_WEIGHTS} and name not in manifest.files:
            raise ModelError(
                msg("This weight file is not in the model's list of files."),
                msg("Remove it, or import the model again from a whole copy."),
                str(folder / name),
            )


def fingerprint(manifest: Manifest) -> str:
    """16 hexadecimal digits that change with any file that changes results; card, licence and bank do not."""
    digest = hashlib.sha256(_ENCODING_VERSION.encode())
    for name, value in sorted(manifest.files.items()):
        path = PurePosixPath(name)
        is_bank = manifest.bank is not None and name == manifest.bank.file
        is_legal = path.stem.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))
        if path.suffix in _RESULT_FILES and not is_bank and not is_legal:
            digest.update(f"{name}\0{value}\n".encode())
    return digest.hexdigest()[:16]


def refuse_unsafe(folder: Path) -> None:
    """Raise ModelError where the folder has no safetensors weights, or asks to run code of its own."""
    names = list(_names(folder))
    if not any(name.endswith(SAFE_WEIGHTS) for name in names):
        unsafe = next((name for name in names if Path(name).suffix in REFUSED_WEIGHTS), None)
        if unsafe is None:
            raise ModelError(
                msg("This folder holds no weights in the safetensors format."),
                msg("Choose the folder that holds config.json and model.safetensors."),
                str(folder),
            )
        raise ModelError(
            msg("Weights in this format are refused: reading them can run any code that they carry."),
            msg("Take the model's safetensors file, or make one: ritrova models convert FILE"),
            str(folder / unsafe),
        )
    for name in names:
        if name.endswith(".json") and _asks_for_code(folder / name):
            raise ModelError(
                msg("This model asks to run code of its own (auto_map), which Ritrova refuses."),
                msg("Choose a model of a kind that Ritrova knows: see the manual."),
                str(folder / name),
            )


def sha256(path: Path) -> str:
    """64 hexadecimal digits of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(path: Path, error: Exception) -> ModelError:
    """A file of a model that cannot be read, as an error for people."""
    return ModelError(msg("This file of the model cannot be read: {reason}", reason=reason(error)), AGAIN, str(path))


def reason(error: Exception) -> str:
    """The first line of what a library's error says."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    lines: Iterable[str] = str(error).splitlines()
    return next(iter(lines), type(error).__name__)


AGAIN: Message = msg("Import the model again from a whole copy; if it came with Ritrova, install Ritrova again.")
"""The remedy for a model folder that is not whole."""


def missing(path: Path) -> ModelError:
    """A file that a model should have, as an error for people."""
    return ModelError(msg("A file of the model is missing."), AGAIN, str(path))


def _names(folder: Path) -> Iterator[str]:
    """Every file below the folder but the manifest and hidden ones, as a relative name with slashes."""
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if (
            path.is_file()
            and relative.as_posix() != MANIFEST_FILE
            and not any(p.startswith(".") for p in relative.parts)
        ):
            yield relative.as_posix()


def _asks_for_code(path: Path) -> bool:
    # tokenizer.json is the one large file, and holds data only.
    if path.name == "tokenizer.json":
        return False
    try:
        waiting: list[object] = [json.loads(path.read_bytes())]
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("auto_map") or value.get("trust_remote_code"):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False
