"""Camera raw files: the preview that the camera embedded, or a half-size development where there is none."""

from io import BytesIO

import numpy as np
import rawpy
from PIL import Image

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images import metadata
from ritrova.images.limits import DecodeLimits
from ritrova.images.reading import Need, Picture, check_size, failures, read

_EXIF_OF_FLIP = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}  # LibRaw's flip: bits for mirror, turn over, transpose


def read_raw(data: bytes, limits: DecodeLimits, need: Need) -> Picture | None:
    """As `reading.read`, for a raw file; None where LibRaw does not know the file. Raises DecodeFailure."""
    try:
        with failures(data):
            raw = rawpy.imread(BytesIO(data))
    except DecodeFailure as failure:
        if isinstance(failure.__cause__, rawpy.LibRawFileUnsupportedError | rawpy.LibRawIOError):
            return None
        raise
    with raw:
        sizes = raw.sizes
        check_size((sizes.width, sizes.height), limits)
        orientation = _EXIF_OF_FLIP.get(sizes.flip, 1)
        shown = (sizes.height, sizes.width) if orientation >= 5 else (sizes.width, sizes.height)
        preview = _preview(raw, limits, need)
        if preview is not None and _suffices(preview.size, need(preview.size), shown):
            # Previews lie as the sensor does, and what their own EXIF says of it may be LibRaw's addition;
            # a few cameras turn them. That shows where turning exchanges the sides.
            turned = orientation >= 5 and _stands(preview.image.size) != _stands((sizes.width, sizes.height))
            image, turn = preview.image, 1 if turned else orientation
        else:
            with failures(data):
                pixels = raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8)  # turned by LibRaw
            image, turn = Image.fromarray(np.ascontiguousarray(pixels)), 1
    said = metadata.of_raw(data, preview.metadata if preview else None)
    return Picture(image, "raw", shown, orientation, turn, said)


def _preview(raw: rawpy.RawPy, limits: DecodeLimits, need: Need) -> Picture | None:
    try:
        thumb = raw.extract_thumb()
        if isinstance(thumb.data, bytes):
            return read(thumb.data, limits, need)
        image = Image.fromarray(thumb.data)
    except (rawpy.LibRawError, ValueError, TypeError):  # none, or of a kind that LibRaw cannot unpack
        return None
    except DecodeFailure as failure:
        if failure.kind is FailureKind.TOO_LARGE:
            raise
        return None
    return Picture(image, "raw", image.size, 1, 1, metadata.NOTHING)


def _suffices(size: tuple[int, int], twice_needed: tuple[int, int], raw: tuple[int, int]) -> bool:
    """Whether the preview has the pixels that are needed, or as many as a half-size development."""
    if 2 * min(size) >= min(twice_needed) and 2 * max(size) >= max(twice_needed):
        return True
    return 2 * min(size) >= min(raw) and 2 * max(size) >= max(raw)


def _stands(size: tuple[int, int]) -> bool:
    return size[1] > size[0]
