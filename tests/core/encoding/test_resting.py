"""A model that has left the graphics card answers as before; here, where there is none, the way there and back."""

from pathlib import Path

import numpy as np

from ritrova.encoding import bundle
from ritrova.encoding.loading import open_folder
from ritrova.settings import EncodingSettings


def test_a_rest_changes_no_answer(compact_folder: Path, cpu: EncodingSettings) -> None:
    encoder = open_folder(compact_folder, bundle.read(compact_folder), cpu)
    side = encoder.pixels.side
    photos = np.random.default_rng(3).integers(0, 256, (3, side, side, 3), np.uint8)
    texts = ["un gatto rosso", "al mare"]
    encoder.rest()  # before anything was loaded
    before = encoder.encode_texts(texts), encoder.encode_images(photos)

    encoder.rest()
    words = encoder.encode_texts(texts)
    encoder.rest()
    pictures = encoder.encode_images(photos)

    np.testing.assert_allclose(words, before[0], atol=1e-6)
    np.testing.assert_allclose(pictures, before[1], atol=1e-6)
