"""Libraries in hard places: a folder that cannot be written, a disk that is really full, a decoder without torch."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ritrova import settings as settings_file
from ritrova.errors import EnvironmentFault, UsageError
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.settings import Settings

MakePhoto = Callable[..., Path]

ROOT = hasattr(os, "getuid") and os.getuid() == 0

AS_NOBODY = """
import os, shutil, sys
from pathlib import Path
from ritrova.library import Library
from ritrova.errors import RitrovaError

def look(root):
    with Library.open(root) as library:
        return [os.path.basename(hit.path).decode() for hit in library.search("rosso")]

def tell(action):
    try:
        action().close()
        print("opened")
    except RitrovaError as error:
        print(type(error).__name__, error.exit_code)

root, warm = Path(sys.argv[1]), Path(sys.argv[2])
shutil.copytree(root, warm)
look(warm)  # imports what there is to import, while this user may still read it
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(look(root))
tell(lambda: Library.open(root, write=True))
tell(lambda: Library.open(root / "new", write=True))
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that another user may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def test_a_library_in_a_folder_that_cannot_be_written_is_searched_and_not_changed(
    open_place: Path, make_photo: MakePhoto, folder: Path
) -> None:
    make_photo("a.jpg")
    root = open_place / "library"
    with Library.open(root, write=True) as library:
        library.settings.encoding.model = "fake"
        settings_file.save(library.settings, library.paths.settings)
        library.add_folder(folder)
        library.index()
    for path in [root, *root.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(root.rglob("*"))
    command: list[str | Path] = [sys.executable, "-c", AS_NOBODY, root, open_place / "warm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    root.chmod(0o755)
    (root / "library.sqlite3-wal").write_bytes(b"changes that were never taken over")
    root.chmod(0o555)
    command[-1] = open_place / "again"
    unsettled = subprocess.run(command, capture_output=True, text=True, check=False)
    root.chmod(0o755)
    (root / "library.sqlite3-wal").unlink()
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['a.jpg']", "LibraryReadOnly 3", "LibraryReadOnly 3"]
    assert sorted(root.rglob("*")) == before
    assert "was not closed properly" in unsettled.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1.5 MB."""
    if not ROOT or sys.platform != "linux":
        pytest.skip("mounting a small disk needs root on Linux; the injected ENOSPC in test_library covers the rest")
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", path], check=False)
    if mounted.returncode:
        pytest.skip("this root may not mount")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_a_disk_that_fills_up_stops_the_run_with_a_remedy_and_room_lets_it_go_on(
    small_disk: Path, make_photo: MakePhoto, folder: Path
) -> None:
    for n in range(400):
        make_photo(f"{n}.jpg", ("rosso", "verde")[n % 2], size=(300 + n, 200))
    settings = Settings()
    settings.encoding.model = "fake"
    settings_file.save(settings, LibraryPaths(small_disk / "library").settings)
    with pytest.raises(EnvironmentFault) as caught, Library.open(small_disk / "library", write=True) as library:
        library.add_folder(folder)
        library.index()
    assert caught.value.exit_code == 3
    assert caught.value.remedy
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    with Library.open(small_disk / "library", write=True) as library:
        assert library.damage() == []
        library.index()
        assert library.status().searchable == 400
        assert library.status().failed == 0


def test_a_library_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentFault):
        Library.open(tmp_path / "file", write=True)
    with pytest.raises((EnvironmentFault, UsageError)):
        Library.open(tmp_path / "file")


def test_a_decoder_process_imports_neither_torch_nor_the_rest_of_the_program(tmp_path: Path) -> None:
    program = "import sys, ritrova.images.worker, ritrova.images.decode; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert not modules & {
        "torch",
        "torchvision",
        "transformers",
        "sqlalchemy",
        "hnswlib",
        "ritrova.library",
        "pydantic",
    }
