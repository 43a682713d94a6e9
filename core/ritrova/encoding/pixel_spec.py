"""What a Hugging Face image processor's configuration says of the pixels it makes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ritrova.encoding.bundle import damaged
from ritrova.encoding.preprocess import Normalisation
from ritrova.encoding.tokens import read_json
from ritrova.photo import PixelSpec

PREPROCESSOR_FILE = "preprocessor_config.json"
_RESAMPLE: dict[int, Literal["bicubic", "bilinear", "lanczos"]] = {1: "lanczos", 2: "bilinear", 3: "bicubic"}
_Colours = tuple[float, float, float]


class _Size(BaseModel):
    model_config = ConfigDict(extra="ignore")

    shortest_edge: int | None = None
    height: int | None = None
    width: int | None = None


class _Processor(BaseModel):
    """The keys that matter. The defaults are CLIP's, whose old files leave keys out."""

    model_config = ConfigDict(extra="ignore")

    do_resize: Literal[True] = True
    do_center_crop: bool | None = None
    do_normalize: bool = True
    size: int | _Size = 224
    crop_size: int | _Size | None = None
    resample: Annotated[int, Field(ge=1, le=3)] = 3
    rescale_factor: Annotated[float, Field(gt=0)] = 1 / 255
    image_mean: _Colours = (0.48145466, 0.4578275, 0.40821073)
    image_std: _Colours = (0.26862954, 0.26130258, 0.27577711)
    patch_size: int = 16
    max_num_patches: int = 256


def read_pixels(folder: Path, *, patches: bool = False) -> tuple[PixelSpec, Normalisation]:
    """The pixels that a checkpoint wants, and how they are normalised. Raises ModelError.

    `patches`: the processor cuts SigLIP 2's patches. It keeps the aspect ratio; we give it the largest square.
    """
    path = folder / PREPROCESSOR_FILE
    data = read_json(path)
    if not data:  # transformers 5 keeps it inside of the whole processor's file
        path = folder / "processor_config.json"
        nested = read_json(path).get("image_processor")
        data = nested if isinstance(nested, dict) else {}
    if not data:
        raise damaged(folder / PREPROCESSOR_FILE, FileNotFoundError("no such file"))
    try:
        processor = _Processor.model_validate({key: value for key, value in data.items() if value is not None})
        spec = _squares(processor) if patches else _spec(processor)
    except (ValidationError, ValueError) as error:
        raise damaged(path, error) from error
    mean, std = processor.image_mean, processor.image_std
    if not processor.do_normalize:
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    # Normalisation counts pixels in 0..1; a processor may scale them otherwise before it subtracts.
    scale = 255 * processor.rescale_factor
    return spec, Normalisation(
        (mean[0] / scale, mean[1] / scale, mean[2] / scale), (std[0] / scale, std[1] / scale, std[2] / scale)
    )


def _squares(processor: _Processor) -> PixelSpec:
    side = int(processor.max_num_patches**0.5) * processor.patch_size
    return PixelSpec(side, side, "squash", _RESAMPLE[processor.resample])


def _spec(processor: _Processor) -> PixelSpec:
    size, crop = processor.size, processor.crop_size
    resample = _RESAMPLE[processor.resample]
    shortest = size.shortest_edge if isinstance(size, _Size) else size
    by_shortest = shortest is not None and (isinstance(size, _Size) or processor.do_center_crop is True)
    if by_shortest and shortest is not None:
        side = _square(crop) if crop is not None else shortest
        if processor.do_center_crop is False or side > shortest:
            raise ValueError("pixels that are not a square are not supported")
        return PixelSpec(side, shortest, "crop", resample)
    side = _square(size)
    if processor.do_center_crop and crop is not None and _square(crop) != side:
        raise ValueError("a crop after squashing is not supported")
    return PixelSpec(side, side, "squash", resample)


def _square(size: int | _Size) -> int:
    if isinstance(size, int):
        return size
    side = size.height or size.shortest_edge
    if side is None or size.width not in (None, side):
        raise ValueError("pixels that are not a square are not supported")
    return side
