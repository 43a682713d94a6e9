"""Photos of 12 megapixels, made from the sample photos: as large, as detailed and as varied as a phone's.

The samples have at most 640 pixels a side. Enlarged alone they would be smooth, their files small and their decoding
unrealistically fast, so each gets texture of several scales, which fades where the picture is dark or white. Quality
90 with 4:2:0 then gives some 3 MB, as phones do.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from machine import BUILD
from ritrova.atomic import replacing
from ritrova.paths import resource

WIDTH, HEIGHT = 4000, 3000
_MARGIN = 512  # by which the texture is larger, so that each photo gets another part of it
_TEXTURE = 12.0  # standard deviation in grey levels
_OCTAVES = 4
_PROCESSES = 2


def made(count: int) -> list[Path]:
    """`count` photos, the same ones every time; those that are not there yet are made, which takes a while."""
    folder = BUILD / "photos-12mp"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05}.jpg" for number in range(count)]
    missing = [path for path in paths if not path.exists()]
    if missing:
        print(f"making {len(missing)} photos in {folder} ...", flush=True)
        with ProcessPoolExecutor(_PROCESSES) as pool:
            list(pool.map(_make, [missing[start::_PROCESSES] for start in range(_PROCESSES)]))
    return paths


def _make(paths: Sequence[Path]) -> None:
    samples = sorted(resource("samples", "photos").glob("*.jpg"))
    texture = _texture()
    for path in paths:
        number = int(path.stem)
        random = np.random.default_rng(number)
        with Image.open(samples[number % len(samples)]) as sample:
            picture = _varied(sample.convert("RGB"), random)
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Bench", f"Camera {number % 7}"
        exif.get_ifd(0x8769)[0x9003] = f"20{number % 25:02}:07:{number % 28 + 1:02} 12:30:{number % 60:02}"
        with replacing(path, durable=False) as part:
            _textured(picture, texture, random).save(part, "JPEG", quality=90, subsampling="4:2:0", exif=exif)


def _varied(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A crop of 4:3, sometimes mirrored, brighter or darker, with more or less contrast, enlarged."""
    side = random.uniform(0.6, 1.0)
    width = side * min(picture.width, picture.height * WIDTH / HEIGHT)
    height = width * HEIGHT / WIDTH
    left, top = random.uniform(0, picture.width - width), random.uniform(0, picture.height - height)
    if random.random() < 0.5:
        picture, left = ImageOps.mirror(picture), picture.width - width - left
    picture = ImageEnhance.Brightness(picture).enhance(random.uniform(0.8, 1.25))
    picture = ImageEnhance.Contrast(picture).enhance(random.uniform(0.8, 1.25))
    box = (left, top, left + width, top + height)
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=box)


def _texture() -> NDArray[np.float32]:
    """Noise with as much of each of its scales, as in natural pictures."""
    random = np.random.default_rng(0)
    size = WIDTH + _MARGIN, HEIGHT + _MARGIN
    total = np.zeros(size[::-1], np.float32)
    for octave in range(_OCTAVES):
        coarse = random.standard_normal((size[1] >> octave, size[0] >> octave), np.float32)
        total += np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    scaled: NDArray[np.float32] = total * (_TEXTURE / total.std())
    return scaled


def _textured(picture: Image.Image, texture: NDArray[np.float32], random: np.random.Generator) -> Image.Image:
    """The picture in JPEG's own colours, its brightness textured."""
    left, top = random.integers(0, _MARGIN, 2)
    grey, *colours = picture.convert("YCbCr").split()
    values = np.asarray(grey, np.float32)
    textured = texture[top : top + HEIGHT, left : left + WIDTH] * (1 - np.abs(values - 128) / 160)
    textured += values
    grey = Image.fromarray(textured.clip(0, 255, out=textured).astype(np.uint8))
    return Image.merge("YCbCr", (grey, *colours))
