"""Every bad file is a failure with its kind, and harms nothing else."""

import os
import random
import struct
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.images.decode import decode
from ritrova.images.files import read_photo
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.photo import PixelSpec

Scene = Callable[..., Image.Image]
Encode = Callable[..., bytes]
MakeDng = Callable[..., bytes]
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"]
MOST = 10**8


def failure_of(call: Callable[[], object]) -> DecodeFailure:
    with pytest.raises(DecodeFailure) as caught:
        call()
    return caught.value


@pytest.fixture(scope="module")
def photos(scene: Scene, encode: Encode, make_dng: MakeDng) -> dict[str, bytes]:
    """One small photo of each format, with some metadata."""
    exif = Image.Exif()
    exif[0x010F] = "Prova"
    every = {name: encode(scene(), name, **({} if name in ("GIF", "BMP") else {"exif": exif})) for name in FORMATS}
    return every | {"DNG": make_dng(), "bare DNG": make_dng(None)}


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


# Contents


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", FailureKind.CORRUPT),
        (b"\0" * 5000, FailureKind.CORRUPT),
        (b"a letter to nobody", FailureKind.UNSUPPORTED),
        (b"%PDF-1.7 and so on", FailureKind.UNSUPPORTED),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", FailureKind.UNSUPPORTED),
        (b"\xff\xd8\xff\xe0", FailureKind.CORRUPT),
        (b"\x89PNG\r\n\x1a\n", FailureKind.CORRUPT),
        (b"RIFF\x10\0\0\0WEBPVP8 ", FailureKind.CORRUPT),
        (b"RIFF\x10\0\0\0WAVEfmt ", FailureKind.UNSUPPORTED),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", FailureKind.CORRUPT),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", FailureKind.CORRUPT),
        (b"\0\0\0\x18ftypcrx \0\0\0\0crx isom", FailureKind.CORRUPT),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", FailureKind.UNSUPPORTED),
        (b"II*\0\x08\0\0\0\0\0", FailureKind.CORRUPT),
        (png_header(20_000, 20_000), FailureKind.TOO_LARGE),
        (png_header(2**31 - 1, 2**31 - 1), FailureKind.TOO_LARGE),
    ],
)
def test_what_is_no_whole_picture_is_named_for_what_it_is(data: bytes, kind: FailureKind, spec: PixelSpec) -> None:
    for extension in (".jpg", ".dng"):
        assert failure_of(partial(decode, data, spec, DecodeLimits(), extension)).kind is kind


@pytest.mark.parametrize("name", [*FORMATS, "DNG", "bare DNG"])
def test_more_pixels_than_allowed_are_too_large(name: str, photos: dict[str, bytes], spec: PixelSpec) -> None:
    limits = DecodeLimits(max_pixels=160 * 120 - 1)
    assert failure_of(lambda: decode(photos[name], spec, limits)).kind is FailureKind.TOO_LARGE
    if "DNG" not in name:
        assert decode(photos[name], spec, DecodeLimits(max_pixels=160 * 120)).facts.width == 160


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF", "bare DNG"])
def test_a_truncated_photo_is_corrupt(name: str, photos: dict[str, bytes], spec: PixelSpec) -> None:
    data = photos[name][: len(photos[name]) // 2]
    assert failure_of(lambda: decode(data, spec, DecodeLimits())).kind is FailureKind.CORRUPT


@pytest.mark.parametrize("name", [*FORMATS, "DNG", "bare DNG"])
@given(seed=st.integers(0, 2**32), cut=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_photos_are_photos_or_failures(
    name: str,
    seed: int,
    cut: bool,
    photos: dict[str, bytes],
    decoder: SandboxedDecoder,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Bits turned over, ends cut off: the decoder may die of it, we do not."""
    dice = random.Random(seed)
    data = bytearray(photos[name])
    for _ in range(dice.choice((1, 3, 30))):
        data[dice.randrange(min(len(data), dice.choice((64, 1 << 30))))] ^= 1 << dice.randrange(8)
    if cut:
        del data[dice.randrange(len(data)) :]
    path = tmp_path_factory.getbasetemp() / f"damaged.{'dng' if 'DNG' in name else name.lower()}"
    path.write_bytes(data)
    with suppress(DecodeFailure):
        decoder.open(os.fsencode(path))
        decoded = decoder.decode()
        assert decoded.model_input.shape == (64, 64, 3)
        assert decoded.facts.width > 0


# Files


@pytest.mark.parametrize(
    "name",
    [
        b"plain.jpg",
        "con spazi e però.JPG".encode(),
        "perche\u0301.jpg".encode(),  # decomposed
        "🏖️ mare.jpg".encode(),
        b"two\nlines.jpg",
        b"not UTF-8 \xe8\xff.jpg",
        b"-rf.jpg",
    ],
)
def test_any_name_can_be_read(name: bytes, decoder: SandboxedDecoder, photos: dict[str, bytes], tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    with open(path, "wb") as file:
        file.write(photos["JPEG"])
    decoder.open(path)
    assert decoder.decode().facts.width == 160


def test_a_path_of_four_hundred_characters_can_be_read(
    decoder: SandboxedDecoder, photos: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path.joinpath("a" * 150, "b" * 150, "c" * 150)
    path.mkdir(parents=True)
    (path / "photo.png").write_bytes(photos["PNG"])
    decoder.open(os.fsencode(path / "photo.png"))
    assert decoder.decode().facts.format == "png"


def test_a_file_that_is_not_there_or_cannot_be_reached_is_unreadable(decoder: SandboxedDecoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling.jpg").symlink_to("nowhere")
    for name in ("missing.jpg", "file/below.jpg", "loop", "dangling.jpg", "n" * 300, "null\0byte"):
        path = os.fsencode(tmp_path / name)
        failure = failure_of(partial(decoder.open, path))
        assert (failure.kind, failure.path) == (FailureKind.UNREADABLE, os.fsdecode(path))
        assert failure.reason


@contextmanager
def without_privileges() -> Iterator[None]:
    """As a user to whom permissions apply, also where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_or_folder_without_permission_is_unreadable() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to others
        folder = Path(name)
        closed = folder / "closed"
        closed.mkdir()
        for photo in (folder / "photo.jpg", closed / "photo.jpg"):
            photo.write_bytes(b"x")
        folder.chmod(0o755)
        (folder / "photo.jpg").chmod(0o000)
        closed.chmod(0o000)
        with without_privileges():
            for photo in (folder / "photo.jpg", closed / "photo.jpg"):
                failure = failure_of(partial(read_photo, os.fsencode(photo), MOST))
                assert (failure.kind, failure.reason) == (FailureKind.UNREADABLE, "Permission denied")
        closed.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_what_is_no_regular_file_is_unsupported_and_is_not_waited_for(
    decoder: SandboxedDecoder, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo.jpg")
    (tmp_path / "link.jpg").symlink_to("/dev/zero")
    for path in (tmp_path / "fifo.jpg", tmp_path / "link.jpg", tmp_path, Path("/dev/null")):
        assert failure_of(partial(decoder.open, os.fsencode(path))).kind is FailureKind.UNSUPPORTED


def reasons_of(data: bytes) -> list[str]:
    """Why the data cannot be decoded; empty where it can."""
    try:
        decode(data, PixelSpec(32, 32), DecodeLimits())
    except DecodeFailure as failure:
        return [failure.reason]
    return []


def test_the_reason_is_one_line_that_a_person_can_pass_on(photos: dict[str, bytes]) -> None:
    reasons: list[str] = []
    for name in FORMATS:
        whole = photos[name]
        for broken in (whole[: len(whole) // 2], whole[:12] + bytes(len(whole) - 12)):
            reasons += reasons_of(broken)
    assert reasons
    for reason in reasons:
        assert reason == " ".join(reason.split())
        assert " object at 0x" not in reason


def test_an_empty_file_is_corrupt(decoder: SandboxedDecoder, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert failure_of(lambda: decoder.open(os.fsencode(tmp_path / "empty.jpg"))).kind is FailureKind.CORRUPT


def test_a_file_beyond_the_limit_is_too_large_and_is_not_read(decoder: SandboxedDecoder, tmp_path: Path) -> None:
    with (tmp_path / "giant.tif").open("wb") as file:
        file.truncate(10**12)  # takes no room on the disk
    assert failure_of(lambda: decoder.open(os.fsencode(tmp_path / "giant.tif"))).kind is FailureKind.TOO_LARGE


def test_a_file_that_changes_while_it_is_read_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "growing.jpg"
    path.write_bytes(b"x" * (64 << 20))
    done = threading.Event()

    def keep_changing() -> None:
        moment = 0
        while not done.is_set():
            moment += 1
            os.utime(path, ns=(moment, moment))

    writer = threading.Thread(target=keep_changing)
    writer.start()
    try:
        failure = failure_of(lambda: read_photo(os.fsencode(path), MOST))
    finally:
        done.set()
        writer.join()
    assert (failure.kind, failure.reason) == (FailureKind.UNREADABLE, "the file changed while it was read")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file that is longer than it says")
def test_a_file_that_is_longer_than_it_said_is_unreadable() -> None:
    failure = failure_of(lambda: read_photo(b"/proc/self/status", MOST))
    assert (failure.kind, failure.reason) == (FailureKind.UNREADABLE, "the file changed while it was read")


def test_reading_leaves_the_original_as_it_was(
    decoder: SandboxedDecoder, photos: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photos["JPEG"])
    path.chmod(0o444)
    before = path.stat()
    decoder.open(os.fsencode(path))
    decoder.decode()
    after = path.stat()
    assert (path.read_bytes(), after.st_mtime_ns, after.st_mode) == (photos["JPEG"], before.st_mtime_ns, before.st_mode)
    assert list(tmp_path.iterdir()) == [path]
