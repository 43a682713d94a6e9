"""A folder of the compact model as a `Checkpoint`."""

from pathlib import Path

from ritrova.encoding import compact
from ritrova.encoding.bundle import AGAIN, MANIFEST_FILE, Manifest
from ritrova.encoding.encoder import Checkpoint, Side
from ritrova.encoding.fusing import fuse
from ritrova.encoding.preprocess import Normalisation
from ritrova.encoding.tokens import Tokeniser, Window, read_tokenizer
from ritrova.errors import ModelError
from ritrova.text import msg


def open_compact(folder: Path, manifest: Manifest) -> Checkpoint:
    """Look at a compact model. Raises ModelError where its files contradict each other."""
    config = compact.read_config(folder)
    if config.width != manifest.dimension or manifest.prompts.text_prefix not in ("", config.text_prefix):
        raise ModelError(
            msg("The manifest of the model contradicts its configuration."),
            AGAIN,
            str(folder / MANIFEST_FILE),
        )

    def tokeniser() -> Tokeniser:
        window = Window(config.text_max_length, pad_id=config.text.pad_token_id)
        suffix = manifest.prompts.text_suffix
        return Tokeniser(read_tokenizer(folder), window, prefix=config.text_prefix, suffix=suffix)

    def image_side() -> Side:
        model = compact.load(folder, text=False)
        fuse(model.image_tower)
        return Side(model, model.encode_images)

    def text_side() -> Side:
        model = compact.load(folder, image=False)
        return Side(model, model.encode_texts)

    return Checkpoint(
        pixels=config.pixels,
        normalisation=Normalisation(config.mean, config.std),
        dimension=config.width,
        image_side=image_side,
        text_side=text_side,
        tokeniser=tokeniser,
    )
