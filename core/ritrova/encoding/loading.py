"""From a checked model folder to its encoder. Imports torch."""

from pathlib import Path

from ritrova.encoding import compact
from ritrova.encoding.bundle import Manifest, Prompts
from ritrova.encoding.compact_checkpoint import open_compact
from ritrova.encoding.encoder import TorchEncoder
from ritrova.encoding.tokens import read_json
from ritrova.encoding.transformers import dimension_of, open_checkpoint
from ritrova.settings import EncodingSettings

_COMPACT = "ritrova-compact"


def open_folder(folder: Path, manifest: Manifest, settings: EncodingSettings) -> TorchEncoder:
    """The encoder of a model folder, nothing loaded yet. Raises ModelError, EnvironmentFault."""
    checkpoint = open_compact(folder, manifest) if _is_compact(folder) else open_checkpoint(folder, manifest)
    return TorchEncoder(folder, manifest, checkpoint, settings)


def describe(folder: Path, name: str, licence: str) -> Manifest:
    """A manifest for a folder that came without one, not sealed. Raises ModelError."""
    if _is_compact(folder):
        config = compact.read_config(folder)
        prompts = Prompts(text_prefix=config.text_prefix)
        return Manifest(name=name, dimension=config.dimension, prompts=prompts, licence=licence)
    return Manifest(name=name, dimension=dimension_of(folder), licence=licence)


def _is_compact(folder: Path) -> bool:
    return read_json(folder / compact.CONFIG_FILE).get("model_type") == _COMPACT
