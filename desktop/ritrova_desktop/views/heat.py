"""A heat map as a picture that lies over its photo: what counts glows, the rest is dimmed."""

import numpy as np
from PySide6.QtGui import QImage

from ritrova.engine.replies import HeatMap

GLOW = (255, 196, 64)  # red, green, blue: seen on dark photos as on light ones, by all eyes
MOST_GLOW, MOST_DIM = 0.45, 0.55
"""How much of the photo is covered where all counts, and where nothing does."""


def heat_image(heat: HeatMap) -> QImage:
    """A pixel for each cell."""
    counts = np.array(heat.values, np.float32).reshape(heat.rows, heat.columns, 1)
    glow = counts * MOST_GLOW
    pixels = np.empty((heat.rows, heat.columns, 4), np.float32)
    pixels[..., :3] = glow * np.array(GLOW, np.float32)  # premultiplied; the dimming is black
    pixels[..., 3:] = (glow + (1 - counts) * MOST_DIM) * 255
    data = np.ascontiguousarray(np.rint(pixels).astype(np.uint8))
    wanted = QImage.Format.Format_RGBA8888_Premultiplied
    return QImage(data.data, heat.columns, heat.rows, heat.columns * 4, wanted).copy()
