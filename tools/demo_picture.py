"""The picture of the demonstration: a row of photos under each sentence."""

import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from ritrova.photo import Hit

PHOTO = (196, 147)  # pixels; photos are cut to this shape around their centre
GAP, MARGIN = 12, 36
SENTENCE_HEIGHT, CAPTION_HEIGHT, ROW_GAP = 34, 22, 22
PAPER, INK, PALE = "#fbfaf7", "#22262b", "#7b8087"
FONTS = ("DejaVuSans.ttf", "Arial.ttf", "arial.ttf")  # Pillow looks for them where the system keeps its fonts


def draw(rows: Sequence[tuple[str, Sequence[Hit]]]) -> Image.Image:
    """All rows, each a sentence and its photos with their strength (or cosine, where the model has no bank)."""
    columns = max(len(hits) for _, hits in rows)
    row_height = SENTENCE_HEIGHT + PHOTO[1] + CAPTION_HEIGHT + ROW_GAP
    width = 2 * MARGIN + columns * (PHOTO[0] + GAP) - GAP
    page = Image.new("RGB", (width, 2 * MARGIN + len(rows) * row_height - ROW_GAP), PAPER)
    pen = ImageDraw.Draw(page)
    large, small = _font(19), _font(12)
    for number, (sentence, hits) in enumerate(rows):
        top = MARGIN + number * row_height
        pen.text((MARGIN, top), _written(f"«{sentence}»", large), INK, large)
        for column, hit in enumerate(hits):
            left, photo_top = MARGIN + column * (PHOTO[0] + GAP), top + SENTENCE_HEIGHT
            page.paste(_cut(hit), (left, photo_top))
            pen.text((left, photo_top + PHOTO[1] + 5), _caption(hit), PALE, small)
    return page


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _written(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The text; with apostrophes for accents in Pillow's own font, which has no accented letters."""
    if isinstance(font, ImageFont.FreeTypeFont) and isinstance(font.path, str):
        return text
    return "".join("'" if unicodedata.combining(letter) else letter for letter in unicodedata.normalize("NFD", text))


def _cut(hit: Hit) -> Image.Image:
    with Image.open(Path(os.fsdecode(hit.path))) as photo:
        upright = ImageOps.exif_transpose(photo).convert("RGB")
        # Above the middle: that is where faces are in a tall photo.
        return ImageOps.fit(upright, PHOTO, Image.Resampling.LANCZOS, centering=(0.5, 0.25))


def _caption(hit: Hit) -> str:
    return f"{hit.score:.2f}" if hit.strength is None else f"{hit.strength:.0%}"
