"""Every kind of photo becomes the model's pixels, a thumbnail and facts, as if Pillow had been given all the time."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from ritrova.images.decode import decode, thumbnail
from ritrova.images.formats import PHOTO_EXTENSIONS, supported_formats
from ritrova.images.limits import DecodeLimits
from ritrova.images.reading import read
from ritrova.photo import PixelSpec

Scene = Callable[..., Image.Image]
Encode = Callable[..., bytes]
MakeDng = Callable[..., bytes]
Pixels = NDArray[np.uint8]

LIMITS = DecodeLimits()
FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}


def plain(data: bytes, spec: PixelSpec) -> Pixels:
    """The model's pixels by Pillow alone: everything decoded, upright, RGB, scaled, cut."""
    image = ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB")
    if spec.fit == "squash":
        return np.asarray(image.resize((spec.side, spec.side), FILTERS[spec.resample]))
    width, height = image.size
    short = min(width, height)
    size = int(spec.resize * width / short), int(spec.resize * height / short)
    image = image.resize(size, FILTERS[spec.resample])
    left, top = (size[0] - spec.side) // 2, (size[1] - spec.side) // 2
    return np.asarray(image.crop((left, top, left + spec.side, top + spec.side)))


def distance(one: Pixels, other: Pixels) -> float:
    """The mean absolute difference, in levels of 255."""
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


def opened(webp: bytes) -> Image.Image:
    return Image.open(BytesIO(webp))


def save_options(name: str) -> dict[str, Any]:
    options: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "HEIF": {"quality": 95}, "AVIF": {"quality": 95}}
    return options.get(name, {})


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"])
def test_every_format_that_is_promised_is_read(name: str, scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    data = encode(scene(), name, **save_options(name))
    decoded = decode(data, spec, LIMITS)
    facts = decoded.facts
    assert (facts.format, facts.width, facts.height, facts.orientation) == (name.lower(), 160, 120, 1)
    assert decoded.model_input.shape == (64, 64, 3)
    assert decoded.model_input.dtype == np.uint8
    np.testing.assert_array_equal(decoded.model_input, plain(data, spec))
    with opened(decoded.thumbnail) as small:
        assert (small.format, small.size) == ("WEBP", (160, 120))
        assert distance(np.asarray(small.convert("RGB")), np.asarray(scene())) < (12 if name == "GIF" else 5)


def test_the_installed_libraries_read_every_promised_format() -> None:
    assert set(supported_formats()) == {"jpeg", "png", "webp", "gif", "tiff", "bmp", "heif", "avif", "raw"}


def test_extensions_are_lower_case_with_their_dot() -> None:
    assert {".jpg", ".heic", ".avif", ".nef", ".dng", ".tif"} <= PHOTO_EXTENSIONS
    assert all(extension.startswith(".") and extension == extension.lower() for extension in PHOTO_EXTENSIONS)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "HEIF"])
def test_a_wrong_extension_does_not_matter(name: str, scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    for extension in (".bmp", ".dng", ".nef", ".jpg", ""):
        assert decode(encode(scene(), name), spec, LIMITS, extension).facts.format == name.lower()


@pytest.mark.parametrize("extension", [".dng", ".tif", ".jpg"])
def test_a_raw_file_shows_its_preview(extension: str, scene: Scene, make_dng: MakeDng, spec: PixelSpec) -> None:
    decoded = decode(make_dng(), spec, LIMITS, extension)
    facts = decoded.facts
    assert (facts.format, facts.width, facts.height) == ("raw", 256, 192)
    expected = decode(png(scene(128, 96)), spec, LIMITS).model_input
    assert distance(decoded.model_input, expected) < 4


def test_a_raw_file_without_a_useful_preview_is_developed(make_dng: MakeDng, spec: PixelSpec) -> None:
    bare, tiny = (decode(make_dng(preview), spec, LIMITS, ".dng") for preview in (None, (40, 30)))
    assert (bare.facts.width, bare.facts.height) == (256, 192)
    np.testing.assert_array_equal(bare.model_input, tiny.model_input)
    left, right = bare.model_input[:, :16].mean((0, 1)), bare.model_input[:, -16:].mean((0, 1))
    assert left[0] + 60 < right[0]  # red grows to the right, as in the scene


@pytest.mark.parametrize("preview", [(128, 96), None])
@pytest.mark.parametrize(("orientation", "method"), [(6, Image.Transpose.ROTATE_270), (8, Image.Transpose.ROTATE_90)])
def test_a_raw_file_is_turned_upright(
    preview: tuple[int, int] | None, orientation: int, method: Image.Transpose, make_dng: MakeDng, spec: PixelSpec
) -> None:
    turned = decode(make_dng(preview, orientation), spec, LIMITS, ".dng")
    assert (turned.facts.width, turned.facts.height, turned.facts.orientation) == (192, 256, orientation)
    level = decode(make_dng(preview, 1), spec, LIMITS, ".dng").model_input
    assert distance(turned.model_input, np.asarray(Image.fromarray(level).transpose(method))) < 2
    with opened(turned.thumbnail) as small:
        assert small.width < small.height


# Modes


def png(image: Image.Image, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def sixteen_bit_png(image: Image.Image) -> bytes:
    """RGB of 16 bits a channel, which Pillow reads but does not write: a value v as v * 257."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    pixels = (np.asarray(image).astype(np.uint32) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", image.width, image.height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_cmyk_is_converted(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    for name in ("JPEG", "TIFF"):
        data = encode(scene(mode="CMYK"), name)
        assert distance(decode(data, spec, LIMITS).model_input, decode(png(scene()), spec, LIMITS).model_input) < 4


def test_sixteen_bits_keep_their_brightness(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    grey = np.asarray(scene(mode="L"))
    expected = decode(png(scene(mode="L")), spec, LIMITS).model_input
    wide = Image.fromarray(grey.astype(np.uint16) * 257)
    for data in (png(wide), encode(wide, "TIFF")):
        np.testing.assert_array_equal(decode(data, spec, LIMITS).model_input, expected)
    colour = decode(sixteen_bit_png(scene()), spec, LIMITS).model_input
    np.testing.assert_array_equal(colour, decode(png(scene()), spec, LIMITS).model_input)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_without_a_stated_range_span_black_to_white(mode: str, encode: Encode, spec: PixelSpec) -> None:
    slope = np.tile(np.linspace(-500, 3000, 128), (128, 1)).astype(np.int32 if mode == "I" else np.float32)
    if mode == "F":
        slope[0, 0] = np.nan
    pixels = decode(encode(Image.fromarray(slope), "TIFF"), spec, LIMITS).model_input
    assert pixels.min() < 30
    assert pixels.max() > 225


def test_palettes_and_black_and_white_are_scaled_as_colours(scene: Scene, spec: PixelSpec) -> None:
    for mode in ("P", "1", "L"):
        data = png(scene(mode=mode))
        np.testing.assert_array_equal(decode(data, spec, LIMITS).model_input, plain(data, spec))


def test_what_is_transparent_is_white(encode: Encode, spec: PixelSpec) -> None:
    clear = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    palette = Image.new("P", (80, 80), 0)
    grey = Image.new("LA", (80, 80), (0, 0))
    keyed = Image.new("RGB", (80, 80), (9, 8, 7))
    for data in (
        png(clear),
        encode(clear, "WEBP"),
        encode(clear, "AVIF"),
        png(palette, transparency=0),
        encode(palette, "GIF", transparency=0),
        png(grey),
        png(keyed, transparency=(9, 8, 7)),
    ):
        decoded = decode(data, spec, LIMITS)
        assert decoded.model_input.min() >= 254
        with opened(decoded.thumbnail) as small:
            assert np.asarray(small.convert("RGB")).min() >= 250
    half = png(Image.new("RGBA", (80, 80), (0, 0, 0, 128)))
    assert abs(int(decode(half, spec, LIMITS).model_input.mean()) - 127) <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 2), (30_000, 2), (2, 30_000)])
@pytest.mark.parametrize("fit", ["crop", "squash"])
def test_the_smallest_and_the_longest_pictures_are_pictures(
    size: tuple[int, int], fit: Literal["crop", "squash"]
) -> None:
    spec = PixelSpec(side=64, resize=72, fit=fit)
    decoded = decode(png(Image.new("RGB", size, (200, 100, 50))), spec, LIMITS)
    assert (decoded.facts.width, decoded.facts.height) == size
    assert set(map(tuple, decoded.model_input.reshape(-1, 3))) == {(200, 100, 50)}
    with opened(decoded.thumbnail) as small:
        assert max(small.size) == min(256, max(size))


def test_only_the_first_frame_of_a_gif_is_read(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    first = encode(scene(), "GIF")
    both = encode(scene(), "GIF", save_all=True, append_images=[Image.effect_noise((160, 120), 90).convert("RGB")])
    broken = both[: len(first) + (len(both) - len(first)) // 2]
    expected = decode(first, spec, LIMITS)
    for data in (both, broken, both[: len(first) + 20]):
        decoded = decode(data, spec, LIMITS)
        assert (decoded.facts.width, decoded.facts.height) == (160, 120)
        assert distance(decoded.model_input, expected.model_input) < 6  # the palette may differ


def test_only_the_first_picture_of_a_phone_s_jpeg_is_read(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    data = encode(scene(1400, 900), "MPO", save_all=True, append_images=[Image.new("RGB", (300, 200), "red")])
    decoded = decode(data, spec, LIMITS)
    assert (decoded.facts.format, decoded.facts.width) == ("jpeg", 1400)
    assert distance(decoded.model_input, plain(data, spec)) < 2


# Upright, and in sRGB


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@given(orientation=st.integers(1, 8), width=st.integers(64, 300), height=st.integers(64, 300))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_photos_are_upright_as_pillow_would_turn_them(
    name: str, scene: Scene, encode: Encode, orientation: int, width: int, height: int
) -> None:
    spec = PixelSpec(side=128, resize=160)  # none of the photos is so large that it comes out a bit different
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(scene(width, height), name, exif=exif, **save_options(name))
    decoded = decode(data, spec, LIMITS)
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert (decoded.facts.width, decoded.facts.height) == upright.size
    assert decoded.facts.orientation == orientation
    np.testing.assert_array_equal(decoded.model_input, plain(data, spec))


def test_an_orientation_that_does_not_exist_turns_nothing(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    for value in (0, 9, 65535):
        exif = Image.Exif()
        exif[0x0112] = value
        assert decode(encode(scene(), "JPEG", exif=exif), spec, LIMITS).facts.orientation == 1


def wide_gamut() -> bytes:
    """A profile whose red and green are exchanged, as a caricature of a camera's own colours."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        bytes(profile[green + 4 : green + 12]),
        bytes(profile[red + 4 : red + 12]),
    )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_colours_of_another_profile_become_srgb(name: str, encode: Encode, spec: PixelSpec) -> None:
    options = save_options(name) | ({"quality": 95, "subsampling": 0} if name == "JPEG" else {})
    data = encode(Image.new("RGB", (2400, 1600), (230, 20, 40)), name, icc_profile=wide_gamut(), **options)
    decoded = decode(data, spec, LIMITS)
    small = opened(decoded.thumbnail)
    assert "icc_profile" not in small.info
    for pixels in (decoded.model_input, np.asarray(small.convert("RGB"))):
        red, green, blue = pixels.mean((0, 1))
        assert (abs(red - 20), abs(green - 230), abs(blue - 40)) < (12, 12, 12)


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 200, wide_gamut()[:300]])
def test_a_broken_profile_is_passed_over(profile: bytes, scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    for mode in ("RGB", "L", "CMYK"):
        data = encode(scene(mode=mode), "JPEG", icc_profile=profile)
        np.testing.assert_array_equal(decode(data, spec, LIMITS).model_input, plain(data, spec))


def test_a_profile_of_another_kind_of_colour_is_passed_over(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    data = encode(scene(mode="L"), "JPEG", icc_profile=wide_gamut())
    np.testing.assert_array_equal(decode(data, spec, LIMITS).model_input, plain(data, spec))


def test_lab_colours_are_converted(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(scene(), to_lab)
    assert lab is not None
    decoded = decode(encode(lab, "TIFF"), spec, LIMITS).model_input
    assert distance(decoded, decode(png(scene()), spec, LIMITS).model_input) < 3


# Faithful to a full decode


@given(
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    side=st.integers(8, 96),
    more=st.integers(0, 24),
    fit=st.sampled_from(["crop", "squash"]),
    resample=st.sampled_from(["bicubic", "bilinear", "lanczos"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_small_photos_give_exactly_what_pillow_gives(
    scene: Scene,
    width: int,
    height: int,
    side: int,
    more: int,
    fit: Literal["crop", "squash"],
    resample: Literal["bicubic", "bilinear", "lanczos"],
) -> None:
    """Small: less than twice the needed size. Larger ones are averaged down first, and only their middle is scaled."""
    spec = PixelSpec(side=side, resize=side + more, fit=fit, resample=resample)
    width, height = (min(length, 2 * side - 1) for length in (width, height))
    if max(width, height) * (side + more) > 8 * side * min(width, height):
        return  # strips take another way, with its own test
    data = png(scene(width, height))
    np.testing.assert_array_equal(decode(data, spec, LIMITS).model_input, plain(data, spec))


@pytest.mark.parametrize(
    ("name", "size"), [("JPEG", (2000, 1500)), ("JPEG", (1501, 2003)), ("JPEG", (1999, 700)), ("PNG", (1301, 1003))]
)
def test_large_photos_stay_close_to_a_full_decode(
    name: str, size: tuple[int, int], scene: Scene, encode: Encode
) -> None:
    """At most 1.5 levels of 255 on average, on a scene with the noise of a sensor."""
    noise = np.random.default_rng(3).normal(0, 6, (size[1], size[0], 1))
    image = Image.fromarray(np.clip(np.asarray(scene(*size)) + noise, 0, 255).astype(np.uint8))
    data = encode(image, name)
    for spec in (PixelSpec(224, 224), PixelSpec(64, 72), PixelSpec(96, 96, fit="squash", resample="bilinear")):
        assert distance(decode(data, spec, LIMITS).model_input, plain(data, spec)) < 1.5


@given(width=st.integers(1, 1500), height=st.integers(1, 1500), twice=st.integers(2, 600))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_jpeg_is_never_decoded_below_twice_the_needed_side(
    encode: Encode, width: int, height: int, twice: int
) -> None:
    data = encode(Image.new("RGB", (width, height)), "JPEG")
    image = read(data, LIMITS, lambda _: (twice, twice)).image
    assert min(image.size) >= min(twice, width, height)
    assert min(image.size) <= max(2 * twice, min(width, height) / 8 + 1)  # nor far above


def test_strips_show_their_middle(encode: Encode, spec: PixelSpec) -> None:
    strip = Image.new("RGB", (20_000, 100), "black")
    strip.paste("white", (9_950, 0, 10_050, 100))
    pixels = decode(png(strip), spec, LIMITS).model_input
    assert pixels[:, 4:-4].min() > 250


# Thumbnails


@given(width=st.integers(1, 900), height=st.integers(1, 900), longest=st.sampled_from([256, 512]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_thumbnails_keep_the_shape_and_are_never_enlarged(scene: Scene, width: int, height: int, longest: int) -> None:
    with opened(thumbnail(png(scene(width, height)), longest, LIMITS)) as small:
        assert max(small.size) == min(longest, max(width, height))
        scale = max(small.size) / max(width, height)
        assert abs(small.width - width * scale) <= 1
        assert abs(small.height - height * scale) <= 1


def test_thumbnails_of_any_side_look_alike(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    data = encode(scene(3000, 2000), "JPEG", quality=92)
    usual, large = decode(data, spec, LIMITS).thumbnail, thumbnail(data, 512, LIMITS)
    with opened(usual) as a, opened(large) as b:
        assert (a.size, b.size) == ((256, 171), (512, 341))
        assert distance(np.asarray(a.convert("RGB")), np.asarray(b.convert("RGB").resize(a.size))) < 4


def test_thumbnails_carry_nothing_of_the_photo_s_own_metadata(scene: Scene, encode: Encode, spec: PixelSpec) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    data = encode(scene(), "JPEG", exif=exif, xmp=b"<x:xmpmeta>secret</x:xmpmeta>")
    assert b"secret" in data
    assert b"secret" not in decode(data, spec, LIMITS).thumbnail
