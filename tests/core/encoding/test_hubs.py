"""Photos that fit any text no longer stand before the one that was asked for."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from ritrova.encoding import bundle, compact
from ritrova.encoding.compact import CompactConfig, CompactModel
from ritrova.encoding.hubs import HubConfig, QueryBank, beside_constant
from ritrova.encoding.loading import open_folder
from ritrova.settings import EncodingSettings

HUBS = HubConfig(queries=40, sharpness=20.0, share=0.75, constant=0.5)


def units(n: int, seed: int, width: int = 12) -> Tensor:
    return functional.normalize(torch.randn(n, width, generator=torch.Generator().manual_seed(seed)), dim=1)


def bank_of(texts: Tensor, photos: Tensor) -> QueryBank:
    bank = QueryBank(HUBS, texts.shape[1])
    bank.fit(texts, torch.full((40,), 1 / 40), photos)
    return bank


@given(st.integers(0, 10_000))
@settings(deadline=None)
def test_a_score_is_the_cosine_less_what_the_photo_fits_anyway(seed: int) -> None:
    queries, photos, texts = units(40, seed), units(9, seed + 1), units(5, seed + 2)
    bank = bank_of(queries, photos)
    fits = (20 * photos @ queries.T).exp().mean(dim=1).log() / 20
    lowering = 0.75 * (fits - fits.mean())
    lengths = (1 + (lowering / 0.5).square()).sqrt()
    expected = (texts @ photos.T - lowering) / lengths / (1 + 0.5**2) ** 0.5
    torch.testing.assert_close(beside_constant(texts, HUBS) @ bank(photos).T, expected, atol=1e-5, rtol=0)


def test_a_hub_gives_way_to_the_photo_that_fits() -> None:
    hub = units(1, 0)  # what all texts have in common, and nothing of one alone
    queries, texts = (functional.normalize(hub + 1.2 * units(40, seed), dim=1) for seed in (1, 2))
    photos = torch.cat([functional.normalize(texts + 1.5 * units(40, 3), dim=1), hub])
    bank = bank_of(queries, photos)
    plain, lowered = texts @ photos.T, beside_constant(texts, HUBS) @ bank(photos).T
    hub_first, found = [], []
    for scores in (plain, lowered):
        first = scores.argmax(dim=1)
        hub_first.append(int((first == 40).sum()))
        found.append(int((first == torch.arange(40)).sum()))
    assert hub_first[0] >= 10
    assert hub_first[1] <= 3
    assert found[1] > found[0]


def test_vectors_stay_unit_vectors() -> None:
    photos = units(9, 1)
    bank = bank_of(units(40, 0), photos)
    for vectors in (bank(photos), beside_constant(photos, HUBS)):
        assert vectors.shape == (9, 13)
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(9))


def test_a_model_with_a_bank_is_kept_and_opened_like_another(
    compact_config: CompactConfig, word_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    config = compact_config.model_copy(update={"hubs": HUBS})
    model = CompactModel(config).eval()
    bank = model.image_head.bank
    assert bank is not None
    bank.fit(units(40, 0, 16), torch.full((40,), 1 / 40), units(9, 1, 16))
    for storage in ("float16", "int8"):
        folder = tmp_path / storage
        folder.mkdir()
        compact.save(model, folder, storage)
        word_tokenizer.save(str(folder / compact.TOKENIZER_FILE))
        manifest = bundle.seal(folder, bundle.Manifest(name="tiny", dimension=config.width, licence="Apache-2.0"))
        encoder = open_folder(folder, manifest, EncodingSettings(device="cpu", threads=1))
        pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
        normalised = (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255 - 127 / 255) / (128 / 255)
        with torch.inference_mode():
            expected = model.encode_images(normalised).numpy()
        assert encoder.dimension == 17
        assert encoder.encode_texts(["cane"]).shape == (1, 17)
        np.testing.assert_allclose((encoder.encode_images(pixels) * expected).sum(axis=1), 1, atol=2e-3)


def test_an_unknown_field_of_the_bank_is_refused() -> None:
    with pytest.raises(ValidationError):
        HubConfig.model_validate({**HUBS.model_dump(), "size": 3})
