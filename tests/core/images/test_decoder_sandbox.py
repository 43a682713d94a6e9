"""A photo that crashes, hangs or swells its decoder costs that photo and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
import pytest
from blake3 import blake3
from PIL import Image

from ritrova.errors import DecodeFailure, EnvironmentFault, FailureKind
from ritrova.images import resident
from ritrova.images.decode import decode
from ritrova.images.limits import DecodeLimits
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.worker import free_memory
from ritrova.photo import PixelSpec
from ritrova.settings import DecodingSettings

PutFile = Callable[..., bytes]
Scene = Callable[..., Image.Image]
Encode = Callable[..., bytes]


@pytest.fixture
def put(tmp_path: Path) -> PutFile:
    def make(data: bytes, name: str = "photo.jpg") -> bytes:
        path = tmp_path / name
        path.write_bytes(data)
        return os.fsencode(path)

    return make


@pytest.fixture(scope="module")
def trap(hostile: str, spec: PixelSpec) -> Iterator[SandboxedDecoder]:
    """A decoder that does what its photo says."""
    limits = DecodeLimits(timeout_s=1.5, memory_bytes=300 << 20)
    with SandboxedDecoder(spec, limits, decoder=hostile) as decoder:
        yield decoder


def failure_of(call: Callable[[], object]) -> DecodeFailure:
    with pytest.raises(DecodeFailure) as caught:
        call()
    return caught.value


def test_what_comes_back_is_what_was_decoded(
    decoder: SandboxedDecoder, put: PutFile, scene: Scene, encode: Encode, spec: PixelSpec, limits: DecodeLimits
) -> None:
    data = encode(scene(), "JPEG")
    path = put(data)
    opened = decoder.open(path)
    decoded, expected = decoder.decode(), decode(data, spec, limits, ".jpg")
    assert opened.hash == blake3(data).digest()
    status = os.stat(path)
    stamp = opened.stamp
    assert (stamp.size, stamp.mtime_ns, stamp.inode) == (len(data), status.st_mtime_ns, status.st_ino)
    assert decoded.facts == expected.facts
    assert decoded.thumbnail == expected.thumbnail
    np.testing.assert_array_equal(decoded.model_input, expected.model_input)


def test_a_photo_keeps_its_pixels_when_the_next_one_comes(
    decoder: SandboxedDecoder, put: PutFile, scene: Scene, encode: Encode
) -> None:
    decoder.open(put(encode(scene(), "PNG"), "a.png"))
    first = decoder.decode()
    before = first.model_input.copy()
    decoder.open(put(encode(Image.new("RGB", (90, 90), "red"), "PNG"), "b.png"))
    decoder.decode()
    np.testing.assert_array_equal(first.model_input, before)


def test_an_open_photo_also_gives_a_larger_thumbnail(
    decoder: SandboxedDecoder, put: PutFile, scene: Scene, encode: Encode
) -> None:
    decoder.open(put(encode(scene(1000, 700), "JPEG")))
    with Image.open(BytesIO(decoder.thumbnail(512))) as image:
        assert image.format == "WEBP"
        assert image.size == (512, 358)


@pytest.mark.parametrize(
    ("photo", "kind", "reason"),
    [
        (b"abort now", FailureKind.CRASHED, "SIGABRT"),
        (b"segfault now", FailureKind.CRASHED, "SIGSEGV"),
        (b"exit now", FailureKind.CRASHED, "code 3"),
        (b"outgrow now", FailureKind.TOO_LARGE, "out of memory"),  # what the watch on macOS does
        (b"hang now", FailureKind.TIMEOUT, "1.5 s"),
        (b"spin now", FailureKind.TIMEOUT, "1.5 s"),
        (b"half now", FailureKind.TIMEOUT, "1.5 s"),
        (b"bug now", FailureKind.CRASHED, "a bug of ours"),
        (b"gigantic now", FailureKind.CRASHED, "no sense"),
        (b"nonsense not json", FailureKind.CRASHED, "no sense"),
        (b"nonsense []", FailureKind.CRASHED, "no sense"),
        (b"nonsense {}", FailureKind.CRASHED, "no sense"),
        (b'nonsense {"kind": "beautiful", "reason": ""}', FailureKind.CRASHED, "no sense"),
        (
            b'nonsense {"facts": {"format": "jpeg", "width": -1, "height": 1, "orientation": 1}}',
            FailureKind.CRASHED,
            "no sense",
        ),
        (
            b'nonsense {"facts": {"format": 7, "width": [], "height": 1, "orientation": 1}}',
            FailureKind.CRASHED,
            "no sense",
        ),
        (b"nonsense " + b"[" * 100_000, FailureKind.CRASHED, "no sense"),
    ],
)
def test_a_hostile_photo_is_one_failure_and_the_next_photo_is_decoded(
    trap: SandboxedDecoder, put: PutFile, scene: Scene, encode: Encode, photo: bytes, kind: FailureKind, reason: str
) -> None:
    path = put(photo)
    trap.open(path)
    failure = failure_of(trap.decode)
    assert (failure.kind, failure.path) == (kind, os.fsdecode(path))
    assert reason in failure.reason
    trap.open(put(encode(scene(), "JPEG"), "next.jpg"))
    assert trap.decode().facts.format == "jpeg"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of memory for one process")
def test_a_photo_that_wants_all_memory_is_too_large(trap: SandboxedDecoder, put: PutFile) -> None:
    trap.open(put(b"swell now"))
    assert failure_of(trap.decode).kind is FailureKind.TOO_LARGE


def test_a_process_that_outgrows_its_watch_ends() -> None:
    program = """
import time
import psutil
from ritrova.images import resident
resident.watch(100_000_000, lambda: psutil.Process().memory_info().rss)  # ru_maxrss begins with the parent's on Linux
modest = bytearray(20_000_000)
time.sleep(0.2)
print("alive", flush=True)
swollen = bytearray(b"x") * 300_000_000
time.sleep(30)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=25)
    assert (ended.returncode, ended.stdout) == (resident.EXIT_CODE, "alive\n")


def test_a_decoder_that_was_taken_over_writes_deletes_and_executes_nothing(
    trap: SandboxedDecoder, put: PutFile, tmp_path: Path
) -> None:
    if not any("Landlock" in guard for guard in trap.guards):
        pytest.skip("this kernel has no Landlock")
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    for order in (b"write %b/new", b"write %b/mine", b"append %b/mine", b"delete %b/mine", b"execute %b"):
        trap.open(put(order % bytes(tmp_path)))
        assert "PermissionError" in failure_of(trap.decode).reason, order
    assert mine.read_bytes() == b"mine"
    assert not (tmp_path / "new").exists()


def test_a_decoder_that_was_taken_over_reaches_no_service_and_no_other_process(
    trap: SandboxedDecoder, put: PutFile
) -> None:
    version = next((int(guard.split()[1]) for guard in trap.guards if guard.startswith("Landlock ")), 0)
    if version < 6:
        pytest.skip("this kernel's Landlock knows no connections and no signals")
    with socket.create_server(("127.0.0.1", 0)) as server:
        trap.open(put(b"connect %d" % server.getsockname()[1]))
        assert "PermissionError" in failure_of(trap.decode).reason
    trap.open(put(b"signal %d" % os.getpid()))
    assert "PermissionError" in failure_of(trap.decode).reason


def test_the_guards_that_are_on_are_named(decoder: SandboxedDecoder) -> None:
    if sys.platform == "linux":
        assert {"RLIMIT_AS", "no_new_privs"} <= set(decoder.guards)
    elif sys.platform == "darwin":
        assert decoder.guards == ("watch on memory",)


def test_nothing_can_be_decoded_before_it_was_opened(decoder: SandboxedDecoder, put: PutFile) -> None:
    failure_of(lambda: decoder.open(put(b"")))
    with pytest.raises(RuntimeError, match="no file is open"):
        decoder.decode()


def test_a_decoder_that_was_killed_between_photos_is_started_again(
    spec: PixelSpec, limits: DecodeLimits, put: PutFile, scene: Scene, encode: Encode
) -> None:
    path = put(encode(scene(), "JPEG"))
    with SandboxedDecoder(spec, limits) as decoder:
        decoder.open(path)
        for child in decoder_processes():
            child.kill()
            child.wait(5)
        decoder.open(path)
        assert decoder.decode().facts.width == 160


def test_a_busy_decoder_can_be_interrupted_from_another_thread(hostile: str, spec: PixelSpec, put: PutFile) -> None:
    path = put(b"hang now")
    with SandboxedDecoder(spec, DecodeLimits(timeout_s=60), decoder=hostile) as decoder:
        decoder.open(path)
        timer = threading.Timer(0.2, decoder.interrupt)
        timer.start()
        started = time.monotonic()
        failure_of(decoder.decode)
        assert time.monotonic() - started < 10
        timer.join()
        failure_of(lambda: decoder.open(path))


def test_ctrl_c_is_left_to_the_parent(decoder: SandboxedDecoder, put: PutFile, scene: Scene, encode: Encode) -> None:
    decoder.open(put(encode(scene(), "JPEG")))
    for child in decoder_processes():
        child.send_signal(signal.SIGINT)
    assert decoder.decode().facts.width == 160


def test_a_decoder_that_cannot_start_is_a_fault_of_the_machine_and_not_of_the_photo(
    spec: PixelSpec, limits: DecodeLimits, put: PutFile
) -> None:
    decoder = SandboxedDecoder(spec, limits, decoder="ritrova.no_such_module:decode")
    with decoder, pytest.raises(EnvironmentFault, match="no_such_module"):
        decoder.open(put(b"x"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the open files that /proc shows")
def test_closed_decoders_leave_no_process_and_no_open_file(
    spec: PixelSpec, limits: DecodeLimits, put: PutFile, scene: Scene, encode: Encode
) -> None:
    path = put(encode(scene(), "JPEG"))

    def use() -> int:
        with SandboxedDecoder(spec, limits) as decoder:
            decoder.open(path)
        return len(os.listdir("/proc/self/fd"))

    first = use()
    assert [use(), use()] == [first, first]


def test_decoders_work_side_by_side_on_threads(
    spec: PixelSpec, limits: DecodeLimits, put: PutFile, scene: Scene, encode: Encode
) -> None:
    paths = [put(encode(scene(100 + n, 80), "JPEG"), f"{n}.jpg") for n in range(4)]
    widths: list[int] = []

    def work() -> None:
        for path in paths:
            with SandboxedDecoder(spec, limits) as decoder:
                decoder.open(path)
                widths.append(decoder.decode().facts.width)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(widths) == sorted([100, 101, 102, 103] * 3)


PARENT = """
import sys, time
from threading import Thread
if __name__ == "__main__":
    from ritrova.images.limits import DecodeLimits
    from ritrova.images.sandbox import SandboxedDecoder
    from ritrova.photo import PixelSpec
    photo, then = sys.argv[1:]
    limits = DecodeLimits(timeout_s=1 if then == "hang" else 60)
    decoder = SandboxedDecoder(PixelSpec(8, 8), limits, decoder="hostile_decoders:by_content")
    decoder.open(photo.encode())
    child = decoder._process._process.pid
    if then == "imports":
        with open(f"/proc/{child}/maps") as file:
            print(file.read())
    elif then == "hang":
        Thread(target=decoder.decode, daemon=True).start()
        time.sleep(0.3)
    print(child, flush=True)
    if then in ("sleep", "hang"):
        time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Another program that opens a photo, prints its decoder's process id, and goes on as it is told."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"hang now")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}

    def start(then: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), str(photo), then]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    return start


@pytest.mark.parametrize("then", ["sleep", "hang"])
def test_a_decoder_ends_when_its_parent_was_killed(then: str, parent: Callable[..., subprocess.Popen[str]]) -> None:
    """Also one that hangs in a photo and does not look at its pipe."""
    with parent(then) as program:
        assert program.stdout is not None
        child = psutil.Process(int(program.stdout.readline()))
        program.kill()
        program.wait()
        child.wait(10)


def test_a_decoder_left_open_does_not_keep_its_parent_from_ending(
    parent: Callable[..., subprocess.Popen[str]],
) -> None:
    with parent("leave") as program:
        assert program.stdout is not None
        child = int(program.stdout.readline())
        assert program.wait(10) == 0
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the libraries that /proc shows")
def test_a_decoder_loads_no_model_library_and_no_database(parent: Callable[..., subprocess.Popen[str]]) -> None:
    with parent("imports") as program:
        assert program.stdout is not None
        libraries = program.stdout.read()
    assert "_imaging" in libraries
    assert not [name for name in ("libtorch", "_sqlite3", "pydantic_core", "hnswlib") if name in libraries]


def test_the_limits_are_those_of_the_settings() -> None:
    settings = DecodingSettings(timeout_s=3, memory_mb=300, max_megapixels=1.5, max_file_mb=7)
    assert DecodeLimits.of(settings) == DecodeLimits(
        timeout_s=3, memory_bytes=300 * 10**6, max_pixels=1_500_000, max_file_bytes=7 * 10**6
    )
    assert DecodeLimits.of(DecodingSettings()) == DecodeLimits()


def test_free_memory_bounds_the_pixels_that_are_tried(tmp_path: Path) -> None:
    assert free_memory(str(tmp_path / "none")) == sys.maxsize
    (tmp_path / "meminfo").write_text("MemTotal:  2000 kB\nMemFree:  10 kB\nMemAvailable:    700 kB\n")
    assert free_memory(str(tmp_path / "meminfo")) == 700 << 10


def test_the_version_names_every_library_that_decodes(decoder: SandboxedDecoder) -> None:
    for name in ("pillow", "pillow-heif", "rawpy"):
        assert f"{name} {version(name)}" in decoder.version


def decoder_processes() -> list[psutil.Process]:
    """The decoders of this program: children of the fork server, or our own where there is none."""
    everyone = psutil.Process().children(recursive=True)
    return [child for child in everyone if len(child.parents()) > 2 and child.parent() != psutil.Process()]
