"""The encoder without a model: what tests may rely on."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova.encoding.fake import FakeEncoder
from ritrova.encoding.protocol import Encoder

COLOURS = {
    "rosso": (230, 20, 20),
    "verde": (30, 150, 40),
    "blu": (20, 40, 210),
    "bianca": (250, 250, 250),
    "nero": (0, 0, 0),
}


def test_it_is_an_encoder_and_needs_no_torch() -> None:
    encoder: Encoder = FakeEncoder()
    assert encoder.bank is not None
    assert encoder.bank.shape == (256, encoder.dimension)
    code = "import sys, ritrova.encoding.fake; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("word", COLOURS)
def test_a_picture_is_found_by_its_colour(word: str) -> None:
    encoder = FakeEncoder()
    noise = np.random.default_rng(3).integers(-8, 9, (len(COLOURS), 32, 32, 3))
    batch = (np.array(list(COLOURS.values()))[:, None, None, :] + noise).clip(0, 255).astype(np.uint8)
    scores = encoder.encode_images(batch) @ encoder.encode_texts([f"una macchina {word}"])[0]
    assert list(COLOURS)[scores.argmax()] == word


@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=5), seed=st.integers(0, 2**32 - 1))
def test_vectors_are_deterministic_unit_and_independent_of_the_batch(texts: list[str], seed: int) -> None:
    batch = np.random.default_rng(seed).integers(0, 256, (4, 32, 32, 3), np.uint8)
    first, second = FakeEncoder(), FakeEncoder()
    images, sentences = first.encode_images(batch), first.encode_texts(texts)
    for vectors in (images, sentences):
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(second.encode_images(batch[2:3])[0], images[2], atol=1e-6)
    np.testing.assert_array_equal(second.encode_texts([texts[-1]])[0], sentences[-1])


def test_no_rows_give_no_vectors() -> None:
    encoder = FakeEncoder()
    assert encoder.encode_texts([]).shape == (0, encoder.dimension)
    assert encoder.encode_images(np.empty((0, 32, 32, 3), np.uint8)).shape == (0, encoder.dimension)
