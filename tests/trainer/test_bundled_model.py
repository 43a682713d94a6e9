"""The model that ships: whole, small enough, honest about itself, and able to see and to read."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from ritrova.encoding import bundle
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.images.decode import decode
from ritrova.images.limits import DecodeLimits
from ritrova.paths import bundled_models, resource
from ritrova.settings import EncodingSettings
from ritrova_trainer.card import render_card
from ritrova_trainer.evaluation.retrieval import FIGURES
from ritrova_trainer.figures import Figures
from ritrova_trainer.releases import RITROVA_SMALL_IT

FOLDER = bundled_models() / "ritrova-small-it"
FIRST_VERSION = {  # heads on the mean of the last map; mean of three seeds: R@1, R@5, R@10, MRR@10
    "sentence": (0.366, 0.689, 0.807, 0.503),
    "short query": (0.205, 0.468, 0.598, 0.318),
    "other view": (0.100, 0.289, 0.413, 0.181),
}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """Opened by its name as a library does, which verifies every file."""
    models = Models(bundled_models(), tmp_path_factory.mktemp("imported"))
    return models.open("ritrova-small-it", EncodingSettings(device="cpu", threads=1))


def test_it_takes_at_most_ninety_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 90_000_000


def test_its_manifest_is_complete() -> None:
    manifest = bundle.read(FOLDER)
    assert manifest.name == FOLDER.name
    assert manifest.languages == ("it", "en")
    assert manifest.licence == "Apache-2.0"
    assert manifest.parts == RITROVA_SMALL_IT.parts
    assert set(manifest.files) == {path.name for path in FOLDER.iterdir()} - {bundle.MANIFEST_FILE}


def test_its_figures_are_better_than_those_of_the_first_version() -> None:
    figures = _figures()
    for kind, first in FIRST_VERSION.items():
        shipped = figures.shipped[kind]
        found = [getattr(shipped, name) for name in FIGURES]
        assert all(now >= then + 0.01 for now, then in zip(found, first, strict=True)), (kind, found)
        assert abs(shipped.recall_10 - figures.runs[kind]["recall_10"].mean) < 0.015


def test_its_card_says_what_its_manifest_says_and_the_documents_show_it() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    size = sum(path.stat().st_size for path in FOLDER.iterdir() if path.name not in ("README.md", "ritrova.json"))
    assert card == render_card(RITROVA_SMALL_IT, _figures(), dimension=256, size=size, storage="int8")
    document = Path(__file__).parents[2] / "docs" / "model-card.md"
    assert document.read_text(encoding="utf-8") == card


def test_sentences_of_one_meaning_lie_closer_than_others(encoder: Encoder) -> None:
    sentences = ["un'automobile rossa", "una macchina rossa", "un gatto che dorme sul divano"]
    car, synonym, cat = encoder.encode_texts(sentences)
    assert car.shape == (256,)
    assert np.linalg.norm(car) == pytest.approx(1, abs=1e-5)
    assert car @ synonym > car @ cat + 0.3


def test_its_reference_bank_holds_unit_vectors_of_many_photos(encoder: Encoder) -> None:
    bank = encoder.bank
    assert bank is not None
    assert bank.shape == (2586, 256)
    np.testing.assert_allclose(np.linalg.norm(bank, axis=1), 1, atol=1e-3)
    assert (bank @ bank[:50].T).mean() < 0.3  # unrelated photos, told apart


def test_each_sentence_finds_its_own_photo(encoder: Encoder) -> None:
    wanted = {
        "009-gatto.jpg": "un gatto guarda verso l'obiettivo",
        "025-caffe.jpg": "una tazzina di caffè",
        "036-faro.jpg": "un faro sulla costa",
        "030-colosseo.jpg": "un antico anfiteatro romano",
        "042-lago-di-montagna.jpg": "un lago tra le montagne",
        "049-soffioni.jpg": "soffioni in un prato",
    }
    photos = [resource("samples", "photos", name).read_bytes() for name in wanted]
    pixels = np.stack([decode(photo, encoder.pixels, DecodeLimits()).model_input for photo in photos])
    scores = encoder.encode_texts(list(wanted.values())) @ encoder.encode_images(pixels).T
    assert scores.argmax(axis=1).tolist() == list(range(len(wanted)))


def _figures() -> Figures:
    return TypeAdapter(Figures).validate_python(bundle.read(FOLDER).figures)


def test_blanks_too_many_do_not_move_a_sentence(encoder: Encoder) -> None:
    clean, untidy = encoder.encode_texts(["una macchina rossa", "  una\tmacchina \n rossa "])
    assert clean @ untidy > 0.9999
