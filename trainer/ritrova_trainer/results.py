"""The model folder that a run on photos leaves."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ritrova.encoding import bundle
from ritrova.encoding.loading import describe
from ritrova_trainer.models.dual import DualEncoder, save_pretrained


def write_model(
    model: DualEncoder, folder: Path, *, recipe: str, start: Path | None, photos_move: bool, figures: Mapping[str, Any]
) -> None:
    """Write a folder that the application can import; it appears whole, in place of an earlier one of the same run.

    It is called after the model of the folder `start` and the recipe, and keeps that model's licence and parts, and
    its reference bank unless photos have other vectors now (`photos_move`).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        made = Path(scratch) / "model"
        save_pretrained(model, made)
        manifest = describe(made, recipe, "unknown")
        if start is not None and (start / bundle.MANIFEST_FILE).is_file():
            known = bundle.read(start)
            bank = None if photos_move else known.bank
            if bank is not None:
                shutil.copyfile(start / bank.file, made / bank.file)
            manifest = known.model_copy(
                update={"name": f"{known.name}-{recipe}"[:100], "version": "1", "bank": bank, "calibration": None}
            )
        bundle.seal(made, manifest.model_copy(update={"figures": dict(figures)}))
        if folder.exists():
            shutil.rmtree(folder)
        made.replace(folder)
