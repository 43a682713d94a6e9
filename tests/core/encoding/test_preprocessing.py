"""Pixels that the decoder prepared become exactly what the model's own image processor makes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from ritrova.encoding.pixel_spec import read_pixels
from ritrova.encoding.preprocess import prepare
from ritrova.errors import ModelError
from ritrova.photo import PixelSpec

CLIP = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": 40},
    "crop_size": {"height": 32, "width": 32},
    "do_center_crop": True,
    "resample": 3,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
SIGLIP = {
    "image_processor_type": "SiglipImageProcessor",
    "size": {"height": 48, "width": 48},
    "resample": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}
FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def decoded(picture: Image.Image, spec: PixelSpec) -> NDArray[np.uint8]:
    """What `PixelSpec` promises, in Pillow's plainest words."""
    width, height = picture.size
    if spec.fit == "squash":
        return np.asarray(picture.resize((spec.side, spec.side), FILTERS[spec.resample]))
    scale = spec.resize / min(width, height)
    scaled = picture.resize((int(width * scale), int(height * scale)), FILTERS[spec.resample])
    left, top = (scaled.width - spec.side) // 2, (scaled.height - spec.side) // 2
    return np.asarray(scaled.crop((left, top, left + spec.side, top + spec.side)))


def write(folder: Path, config: dict[str, Any]) -> Path:
    (folder / "preprocessor_config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("config", [CLIP, SIGLIP], ids=["clip", "siglip"])
@pytest.mark.parametrize("size", [(80, 60), (60, 100), (64, 64)])
def test_it_equals_the_processors_own_output(
    tmp_path: Path, config: dict[str, Any], size: tuple[int, int], pictures: Callable[..., NDArray[np.uint8]]
) -> None:
    from transformers.models.clip.image_processing_clip import CLIPImageProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
    from transformers.models.siglip.image_processing_siglip import SiglipImageProcessor

    picture = Image.fromarray(pictures(1, 100)[0][: size[1], : size[0]])
    spec, normalisation = read_pixels(write(tmp_path, config))
    batch = decoded(picture, spec)[None]
    ours = prepare(batch, normalisation, torch.device("cpu"))
    assert ours.shape == (1, 3, spec.side, spec.side)
    assert ours.is_contiguous(memory_format=torch.channels_last)
    by_pillow = (CLIPImageProcessorPil if config is CLIP else SiglipImageProcessorPil)(**config)
    theirs = torch.as_tensor(by_pillow(images=picture, return_tensors="pt")["pixel_values"])
    torch.testing.assert_close(ours, theirs.float(), atol=1e-5, rtol=0)
    # torchvision scales with other rounding: one level of 255, rarely two, in normalised units.
    level = 1 / 255 / min(normalisation.std)
    on_tensors = (CLIPImageProcessor if config is CLIP else SiglipImageProcessor)(**config)
    theirs = torch.as_tensor(on_tensors(images=picture, return_tensors="pt")["pixel_values"])
    assert (ours - theirs).abs().max() <= 2.01 * level
    assert (ours - theirs).abs().mean() <= 0.5 * level


def test_a_batch_is_the_pictures_one_by_one(pictures: Callable[..., NDArray[np.uint8]], tmp_path: Path) -> None:
    _, normalisation = read_pixels(write(tmp_path, CLIP))
    batch, device = pictures(6, 32), torch.device("cpu")
    before = batch.copy()
    whole = prepare(batch, normalisation, device)
    for row, picture in zip(whole, batch, strict=True):
        torch.testing.assert_close(row, prepare(picture[None], normalisation, device)[0], atol=0, rtol=0)
    np.testing.assert_array_equal(batch, before)


@pytest.mark.parametrize(
    ("config", "spec"),
    [
        (CLIP, PixelSpec(32, 40, "crop", "bicubic")),
        (SIGLIP, PixelSpec(48, 48, "squash", "bilinear")),
        (
            {"size": 224, "crop_size": 224, "do_center_crop": True, "resample": 3},
            PixelSpec(224, 224, "crop", "bicubic"),
        ),
        ({"size": 224, "resample": 2}, PixelSpec(224, 224, "squash", "bilinear")),  # the old ViT's
        ({"size": {"shortest_edge": 224}, "resample": 1}, PixelSpec(224, 224, "crop", "lanczos")),
    ],
)
def test_the_pixels_follow_the_configuration(tmp_path: Path, config: dict[str, Any], spec: PixelSpec) -> None:
    assert read_pixels(write(tmp_path, config))[0] == spec


def test_a_configuration_inside_of_the_processors_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": SIGLIP}))
    assert read_pixels(tmp_path)[0] == PixelSpec(48, 48, "squash", "bilinear")


@pytest.mark.parametrize(
    "config",
    [
        SIGLIP | {"size": {"height": 48, "width": 32}},
        CLIP | {"crop_size": {"height": 64, "width": 64}},
        CLIP | {"resample": 0},
        CLIP | {"do_resize": False},
        SIGLIP | {"image_std": [0.5]},
        SIGLIP | {"rescale_factor": 0},
    ],
)
def test_pixels_that_we_cannot_make_are_refused(tmp_path: Path, config: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        read_pixels(write(tmp_path, config))


def test_a_folder_that_does_not_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="preprocessor_config"):
        read_pixels(tmp_path)
