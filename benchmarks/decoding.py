"""Our decoding against Pillow's plain one, on photos of 12 megapixels; and whether the model sees the same.

python benchmarks/decoding.py --count 200

Plain is what most programs do: `Image.open(file).convert("RGB").resize((side, side))`. Both start from bytes in memory
and use one core; times are processor time. The embeddings of the pixels from our reduced decoding are compared with
those from a full decoding that ends in the same scaling and crop.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from machine import Target, describe
from photos import made
from ritrova.encoding.fake import NAME as FAKE
from ritrova.encoding.models import Models
from ritrova.encoding.protocol import Encoder
from ritrova.images.decode import decode, reduced
from ritrova.images.limits import DecodeLimits
from ritrova.images.thumbnails import SMALL_SIDE
from ritrova.paths import bundled_models
from ritrova.photo import PixelSpec
from ritrova.settings import EncodingSettings

LIMITS = DecodeLimits()


def plain(data: bytes, pixels: PixelSpec) -> NDArray[np.uint8]:
    image = Image.open(BytesIO(data)).convert("RGB").resize((pixels.side, pixels.side), Image.Resampling.BICUBIC)
    return np.asarray(image)


def without_thumbnail(data: bytes, pixels: PixelSpec) -> NDArray[np.uint8]:
    return reduced(data, pixels, SMALL_SIDE, LIMITS).model_input(pixels)


def with_thumbnail(data: bytes, pixels: PixelSpec) -> NDArray[np.uint8]:
    return decode(data, pixels, LIMITS).model_input


def full(data: bytes, pixels: PixelSpec) -> NDArray[np.uint8]:
    """Every pixel decoded, then scaled and cut as the model wants it."""
    image = Image.open(BytesIO(data)).convert("RGB")
    scale = pixels.resize / min(image.size)
    width, height = int(image.width * scale), int(image.height * scale)
    left, top = (width - pixels.side) // 2, (height - pixels.side) // 2
    scaled = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.array(scaled.crop((left, top, left + pixels.side, top + pixels.side)))


def core_ms(function: Callable[[bytes, PixelSpec], object], photo: bytes, pixels: PixelSpec) -> float:
    start = time.process_time()
    function(photo, pixels)
    return (time.process_time() - start) * 1000


def speed(paths: Sequence[Path], pixels: PixelSpec) -> None:
    """Medians over the photos; the three ways take turns, so that a busy machine slows all of them."""
    ways = (plain, without_thumbnail, with_thumbnail)
    times: list[list[float]] = []
    for path in paths:
        data = path.read_bytes()
        times.append([core_ms(way, data, pixels) for way in ways])
    plainly, alone, both = (median(column) for column in zip(*times, strict=True))
    print(f"  core-ms a photo: plain {plainly:.1f}, ours {alone:.1f}, with the thumbnail {both:.1f}")
    print(Target("decoding against plain, without the thumbnail", plainly / alone, 4, " x", at_least=True))
    print(Target("decoding against plain, with the thumbnail", plainly / both, 2, " x", at_least=True))


def sameness(paths: Sequence[Path], encoder: Encoder) -> None:
    """Cosines between the embeddings of reduced and of full decoding."""
    cosines = []
    for path in paths:
        data = path.read_bytes()
        pair = np.stack([without_thumbnail(data, encoder.pixels), full(data, encoder.pixels)])
        ours, theirs = encoder.encode_images(pair)
        cosines.append(float(ours @ theirs))
    first, middle = np.quantile(cosines, (0.01, 0.5))
    print(f"  cosine of reduced and full decoding: least {min(cosines):.4f}, median {middle:.4f}")
    print(Target("cosine at the first percentile", float(first), 0.99, at_least=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="photos")
    parser.add_argument("--model", default=EncodingSettings().model)
    arguments = parser.parse_args()
    paths = made(arguments.count)
    print(describe())
    encoder = Models(bundled_models(), Path()).open(arguments.model, EncodingSettings())
    print(f"\n{len(paths)} photos, {encoder.name} ({encoder.pixels.side} pixels)")
    speed(paths, encoder.pixels)
    if encoder.name != FAKE:
        sameness(paths, encoder)


if __name__ == "__main__":
    main()
