"""Models from folders."""

from pathlib import Path

from ritrova.encoding import bundle, compact
from ritrova.encoding.tokens import read_json
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.models.hub import open_hub


def open_model(folder: Path) -> DualEncoder:
    """A compact model, a `vision-text-dual-encoder`, CLIP or SigLIP, its towers frozen. Raises ModelError."""
    bundle.refuse_unsafe(folder)
    if read_json(folder / compact.CONFIG_FILE).get("model_type") == "ritrova-compact":
        return CompactDual(compact.load(folder), folder)
    return open_hub(folder)
