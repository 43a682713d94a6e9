"""From trained heads to a model folder that the program reads."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter
from safetensors.numpy import save_file

from ritrova.encoding import bundle, compact
from ritrova.errors import OurBug, UsageError
from ritrova.text import msg
from ritrova_trainer.card import render_card
from ritrova_trainer.evaluate import Retrieval, retrieval
from ritrova_trainer.figures import Figures, spread
from ritrova_trainer.releases import Release
from ritrova_trainer.runs import Corpus, Record, read_heads, read_record
from ritrova_trainer.towers import compact_config, text_encoder, with_backbones

CARD_FILE = "README.md"
BANK_FILE = "bank.safetensors"
TOKENIZER_FILES = (compact.TOKENIZER_FILE, "tokenizer_config.json")
PARITY = 0.9999  # least cosine between a vector of the trained model and the same of its exported folder
PROBES = 64  # captions and noise pictures that parity is checked on


def export(runs: Sequence[Path], *, release: Release, backbones: Path, corpus: Corpus, out: Path) -> Figures:
    """Write the model folder of the first of `runs`; the others, of the same recipe, tell how figures vary by seed.

    The folder appears whole or not at all. Raises OurBug where it does not give the trained model's vectors.
    """
    if out.exists():
        raise UsageError(msg("The folder is already there."), msg("Remove it, or choose another."), str(out))
    records = [read_record(run) for run in runs]
    _require_same_recipe(records)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        trained = _assemble(runs[0], records[0], backbones)
        compact.save(trained, folder)
        for name in TOKENIZER_FILES:
            shutil.copyfile(backbones / records[0].config.towers.text / name, folder / name)
        exported = compact.load(folder)
        _require_parity(trained, exported, folder, corpus)
        gallery = _write_bank(exported, corpus, folder)
        figures = Figures(
            photos=records[0].photos,
            gallery=len(gallery),
            seeds=tuple(record.config.seed for record in records),
            runs=spread([record.figures for record in records]),
            shipped=measure_folder(exported, folder, corpus),
        )
        card = render_card(release, figures, dimension=exported.config.dimension, size=_size(folder))
        (folder / CARD_FILE).write_text(card, encoding="utf-8")
        bundle.verify(folder, bundle.seal(folder, _manifest(release, exported, figures)))
        _make_readable(folder)
        folder.replace(out)
    return figures


def measure_folder(model: compact.CompactModel, folder: Path, corpus: Corpus) -> dict[str, Retrieval]:
    """Figures of the model loaded from `folder` over the whole validation gallery; its image tower alone is cached."""
    gallery = _gallery(model, corpus)
    return retrieval(corpus.validation, gallery, text_encoder(model, folder))


def _require_same_recipe(records: Sequence[Record]) -> None:
    """Raise where the runs differ in more than the seed."""
    first = records[0]
    for record in records[1:]:
        if replace(record.config, seed=first.config.seed) != first.config or record.photos != first.photos:
            raise UsageError(
                msg("The runs differ in more than their seed."),
                msg("Give runs of one recipe on the same data."),
            )


def _assemble(run: Path, record: Record, backbones: Path) -> compact.CompactModel:
    """The whole trained model in float32."""
    config = compact_config(record.config, backbones)
    model = with_backbones(config, record.config, backbones)
    heads = read_heads(run, config)
    model.image_head, model.text_head = heads.image_head, heads.text_head
    return model


def _require_parity(
    trained: compact.CompactModel, exported: compact.CompactModel, folder: Path, corpus: Corpus
) -> None:
    captions = [pair.captions[0] for pair in corpus.validation[:PROBES]]
    side = trained.config.side
    noise = torch.randn(8, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        sides = [
            (
                torch.from_numpy(text_encoder(model, folder)(captions)),
                model.encode_images(noise),
                model.image_head(torch.from_numpy(corpus.validation_images()[:PROBES])),
            )
            for model in (trained, exported)
        ]
    worst = min(float((ours * theirs).sum(dim=1).min()) for ours, theirs in zip(*sides, strict=True))
    if not worst >= PARITY:
        raise OurBug(msg("The exported model differs from the trained one: cosine {worst}.", worst=round(worst, 5)))


def _write_bank(model: compact.CompactModel, corpus: Corpus, folder: Path) -> NDArray[np.float32]:
    gallery = _gallery(model, corpus)
    save_file({"vectors": gallery.astype(np.float16)}, folder / BANK_FILE)
    return gallery


def _gallery(model: compact.CompactModel, corpus: Corpus) -> NDArray[np.float32]:
    """The unit vectors of the validation photos, `[m, d]`."""
    with torch.inference_mode():
        vectors: NDArray[np.float32] = model.image_head(torch.from_numpy(corpus.validation_images())).numpy()
    return vectors


def _make_readable(folder: Path) -> None:
    """Let every user of a computer read it: files put in place atomically start as their maker's own."""
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _manifest(release: Release, model: compact.CompactModel, figures: Figures) -> bundle.Manifest:
    return bundle.Manifest(
        name=release.name,
        version=release.version,
        languages=release.languages,
        dimension=model.config.dimension,
        prompts=bundle.Prompts(text_prefix=model.config.text_prefix),
        licence=release.licence,
        parts=release.parts,
        bank=bundle.Bank(file=BANK_FILE, version=release.bank_version, count=figures.gallery),
        figures=TypeAdapter(Figures).dump_python(figures, mode="json"),
    )
