"""From a finished run to a model folder that the program reads."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter
from safetensors.numpy import save_file

from ritrova.encoding import bundle, compact
from ritrova.encoding.encoder import BANK_TENSOR
from ritrova.encoding.weights import Storage
from ritrova.errors import UsageError
from ritrova.settings import EncodingSettings
from ritrova.text import msg
from ritrova_trainer.card import render_card, render_licences
from ritrova_trainer.evaluation.calibration import Calibration, calibrate
from ritrova_trainer.evaluation.gallery import ALL, Gallery
from ritrova_trainer.evaluation.measure import Answers, PhotoVectors, look
from ritrova_trainer.evaluation.retrieval import Retrieval
from ritrova_trainer.evaluation.subject import Subject
from ritrova_trainer.figures import Figures, spread
from ritrova_trainer.parity import require_parity
from ritrova_trainer.releases import Release
from ritrova_trainer.runs import MODEL_FOLDER, PhotosRecord, Record, read_any_record, read_heads, require_same_recipe
from ritrova_trainer.towers import compact_config, with_backbones

CARD_FILE = "README.md"
LICENCES_FILE = "LICENSES.md"
BANK_FILE = "bank.safetensors"
TOKENIZER_FILES = (compact.TOKENIZER_FILE, "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Trained:
    """A whole compact model in float32, and the folder of its tokenizer."""

    model: compact.CompactModel
    tokenizer: Path

    @staticmethod
    def of(run: Path, record: Record | PhotosRecord, backbones: Path | None) -> "Trained":
        """The model that a run made. Heads alone are put on their towers, found in `backbones`."""
        if isinstance(record, PhotosRecord):
            folder = run / MODEL_FOLDER
            return Trained(compact.load(folder), folder)
        if backbones is None:
            raise UsageError(msg("The run trained heads alone."), msg("Give their towers with `--backbones`."))
        config = compact_config(record.config, backbones)
        model, heads = with_backbones(config, record.config, backbones), read_heads(run, config)
        model.image_head, model.text_head = heads.image_head, heads.text_head
        return Trained(model, backbones / record.config.towers.text)


def export(
    runs: Sequence[Path],
    *,
    release: Release,
    backbones: Path | None,
    gallery: Gallery,
    photos: PhotoVectors,
    storage: Storage,
    side: int,
    out: Path,
) -> Figures:
    """Write the model folder of the first of `runs`; the others, of the same recipe, tell how figures vary by seed.

    `gallery` is what the folder is measured on, and its photos become the reference bank. The model sees squares of
    `side` pixels, or where that is 0 of as many as it was trained on. The folder appears whole or not at all. Raises
    OurBug where it does not give the trained model's vectors.
    """
    if out.exists():
        raise UsageError(msg("The folder is already there."), msg("Remove it, or choose another."), str(out))
    records = [read_any_record(run) for run in runs]
    require_same_recipe(records)
    with _aside(out) as folder:
        trained = Trained.of(runs[0], records[0], backbones)
        if side:
            trained.model.config = compact.at_side(trained.model.config, side)
        compact.save(trained.model, folder, storage)
        for name in TOKENIZER_FILES:
            shutil.copyfile(trained.tokenizer / name, folder / name)
        require_parity(trained.model, compact.load(folder), folder, gallery.texts, storage)
        (folder / LICENCES_FILE).write_text(render_licences(release), encoding="utf-8")
        manifest = bundle.seal(folder, _manifest(release, trained.model.config, records[0]))
        seen, answers = _measure(folder, release, gallery, photos)
        save_file({BANK_TENSOR: answers.photos.astype(np.float16)}, folder / BANK_FILE)
        figures = _figures(records, seen, answers)
        card = render_card(release, figures, dimension=manifest.dimension, size=_size(folder), storage=storage)
        (folder / CARD_FILE).write_text(card, encoding="utf-8")
        bank = bundle.Bank(file=BANK_FILE, version=release.bank_version, count=len(seen.photos))
        calibration = calibrate(answers.texts, answers.photos, seen.own)
        known = {"bank": bank, "figures": _json(Figures, figures), "calibration": _json(Calibration, calibration)}
        bundle.verify(folder, bundle.seal(folder, manifest.model_copy(update=known)))
    return figures


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """An empty folder that becomes `out` when the block ends well, readable by every user of the computer."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        yield folder
        folder.chmod(0o755)
        for path in folder.iterdir():  # files put in place atomically start as their maker's own
            path.chmod(0o644)
        folder.replace(out)


def _measure(folder: Path, release: Release, gallery: Gallery, photos: PhotoVectors) -> tuple[Gallery, Answers]:
    settings = EncodingSettings(device="cpu", threads=torch.get_num_threads())
    subject = Subject.open(folder, release.name, settings)
    seen, (answers,) = look([subject], gallery, photos, lambda _: None)
    return seen, answers


def _figures(records: Sequence[Record | PhotosRecord], seen: Gallery, answers: Answers) -> Figures:
    kinds = seen.kinds()
    shipped = {
        kind: Retrieval.of(answers.ranks[rows], len(seen.photos))
        for kind, rows in kinds.items()
        if kind != ALL or len(kinds) == 1
    }
    first = records[0]
    return Figures(
        photos=first.photos,
        gallery=len(seen.photos),
        seeds=tuple(record.config.seed for record in records),
        runs=spread([record.figures for record in records]),
        shipped=shipped,
        image_tower_trained=_moved(first),
    )


def _manifest(release: Release, config: compact.CompactConfig, record: Record | PhotosRecord) -> bundle.Manifest:
    return bundle.Manifest(
        name=release.name,
        version=release.version,
        languages=release.languages,
        dimension=config.width,
        prompts=bundle.Prompts(text_prefix=config.text_prefix),
        licence=release.licence,
        parts=release.parts,
        figures={"image_tower_trained": _moved(record)},  # all that is known before it is measured
    )


def _moved(record: Record | PhotosRecord) -> bool:
    """Whether the image tower is another than the one that the run started from."""
    return isinstance(record, PhotosRecord) and record.config.trained.image_stages != 0


def _size(folder: Path) -> int:
    """Of what a model's card speaks of: the card itself and the manifest come later."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.name != bundle.MANIFEST_FILE)


def _json(kind: type[object], value: object) -> Mapping[str, object]:
    mapping: Mapping[str, object] = TypeAdapter(kind).dump_python(value, mode="json")
    return mapping
