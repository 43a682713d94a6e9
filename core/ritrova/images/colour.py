"""From every mode and profile that pictures come in to sRGB."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

_WIDE = ("I;16", "I;16B", "I;16L", "I;16N")
_WITH_ALPHA = {"LA": "RGBA", "La": "RGBA", "PA": "RGBA", "RGBa": "RGBA", "RGBA": "RGBA"}


def averageable(image: Image.Image) -> Image.Image:
    """The same picture in a mode whose pixels can be averaged: no palette, 8 bits a channel, alpha as a channel."""
    if image.mode in _WIDE:
        # The high byte, as Pillow does for 16-bit colour.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        return _stretched(image)
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        return image.convert("RGBA")
    if image.mode in _WITH_ALPHA:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P":
        return image.convert("RGB")
    return image


def to_rgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, ImageCms.ImageCmsTransform | None]:
    """An `averageable` picture as RGB, alpha laid on white, and what still turns that RGB into sRGB.

    Grey, CMYK and Lab go through their profile at once. RGB keeps its own space, so that the transform
    runs over the few pixels that are left after scaling.
    """
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    transform = srgb_transform(profile, image.mode) if profile else None
    if image.mode == "RGB":
        return image, transform
    if transform is not None:
        converted = ImageCms.applyTransform(image, transform)
        assert converted is not None  # it is None only in place
        return converted, None
    if image.mode == "LAB":
        lab = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
        converted = ImageCms.applyTransform(image, lab)
        assert converted is not None
        return converted, None
    return image.convert("RGB"), None


def srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From pixels of `mode` in `profile` to sRGB; None where there is nothing to do or the profile is no good."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        name = (source.profile.profile_description or "").lower()
        if name.startswith("srgb") and "linear" not in name:
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except Exception:  # whatever a broken profile provokes: colours slightly off are better than no photo
        return None


def _stretched(image: Image.Image) -> Image.Image:
    """32-bit and floating-point pixels, whose range nobody states, from their darkest to their brightest."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    scale = 255 / (high - low) if high > low else 0.0
    return Image.fromarray(((values - low) * scale).astype(np.uint8))
