"""Walking a folder finds every photo once, follows no link, and never gives up for one bad directory."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova.folders.scan import Listing, Wanted, diff, walk
from ritrova.folders.volumes import mount_point_of, volume_of
from ritrova.photo import FileStamp
from ritrova.settings import FolderSettings

WANTED = Wanted.of({".jpg", ".heic"}, FolderSettings().ignored_names)


def names(root: Path) -> set[bytes]:
    return {
        os.path.join(listing.directory, name) for listing in walk(os.fsencode(root), WANTED) for name in listing.photos
    }


def test_photos_are_known_by_their_extension_in_any_case(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPG", "c.HeIc", "d.txt", "jpg", ".jpg", "e.jpg.part"):
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == {b"a.jpg", b"b.JPG", b"c.HeIc"}


def test_what_other_programs_leave_behind_is_passed_over(tmp_path: Path) -> None:
    for name in (
        "._a.jpg",
        "@eaDir/a.jpg",
        ".thumbnails/a.jpg",
        ".Trash-1000/files/a.jpg",
        "$RECYCLE.BIN/a.jpg",
        "b/c.jpg",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == {b"b/c.jpg"}


def test_links_are_not_followed_and_a_broken_one_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.jpg").write_bytes(b"x")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "real" / "self.jpg").symlink_to("self.jpg")
    (tmp_path / "broken.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "outside").symlink_to("/etc")
    (tmp_path / "copy.jpg").symlink_to("real/a.jpg")
    assert names(tmp_path) == {b"real/a.jpg"}


def test_any_name_that_the_file_system_takes_is_found(tmp_path: Path) -> None:
    odd = [
        b"sp ace.jpg",
        "perch\u00e9.jpg".encode(),
        "perche\u0301.jpg".encode(),
        "\U0001f3c4.jpg".encode(),
        b"new\nline.jpg",
        b"\xff\xfe.jpg",
    ]
    for name in odd:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"x")
    assert names(tmp_path) == set(odd)


def test_a_path_longer_than_a_system_call_takes_lightly(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["una cartella con un nome lungo"] * 13)
    deep.mkdir(parents=True)
    (deep / "a.jpg").write_bytes(b"x")
    assert len(str(deep / "a.jpg")) > 400
    assert len(names(tmp_path)) == 1


def test_a_directory_without_permission_costs_that_directory(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "a.jpg").write_bytes(b"x")
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "b.jpg").write_bytes(b"x")
    (tmp_path / "closed").chmod(0)
    tmp_path.chmod(0o755)
    program = (
        "import os, sys\n"
        "from ritrova.folders.scan import Wanted, walk\n"
        "root = os.open(sys.argv[1], os.O_RDONLY)\n"
        "os.fchdir(root)\n"
        "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "for found in walk(b'.', Wanted.of({'.jpg'}, ())):\n"
        "    print(found.directory, found.error.errno if found.error else sorted(found.photos))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    (tmp_path / "closed").chmod(0o700)
    assert done.stdout.splitlines() == ["b'' []", f"b'closed' {errno.EACCES}", "b'open' [b'b.jpg']"]


def test_a_root_that_is_not_there_is_an_error_and_not_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(walk(os.fsencode(tmp_path / "gone"), WANTED))


def test_a_sidecar_belongs_to_its_photo_by_either_way_of_naming() -> None:
    listing = Listing(b"", sidecars={b"a.jpg.xmp": (b"A.JPG.xmp", 1), b"a.xmp": (b"a.xmp", 2), b"b.xmp": (b"b.XMP", 3)})
    assert listing.sidecar_of(b"A.jpg") == (b"A.JPG.xmp", 1)
    assert listing.sidecar_of(b"a.heic") == (b"a.xmp", 2)
    assert listing.sidecar_of(b"b.jpg") == (b"b.XMP", 3)
    assert listing.sidecar_of(b"c.jpg") is None


stamps = st.builds(FileStamp, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
directory = st.dictionaries(st.sampled_from([b"a", b"b", b"c", b"d"]), stamps)


@given(now=directory, known=directory, missing=st.sets(st.sampled_from([b"a", b"b", b"c", b"d"])), stable=st.booleans())
def test_every_name_is_told_once_and_rightly(
    now: dict[bytes, FileStamp], known: dict[bytes, FileStamp], missing: set[bytes], stable: bool
) -> None:
    missing &= set(known)
    result = diff(now, known, missing, stable_inodes=stable)
    told = result.fresh + result.returned + result.vanished + result.unchanged
    assert len(told) == len(set(told))
    assert set(told) == set(now) | (set(known) - missing)
    for name in result.unchanged + result.returned:
        assert (now[name].size, now[name].mtime_ns) == (known[name].size, known[name].mtime_ns)
        assert not stable or now[name].inode == known[name].inode
    assert set(result.returned) <= missing
    assert not set(result.unchanged) & missing
    assert set(result.vanished) == set(known) - set(now) - missing


def test_a_file_put_in_place_of_another_is_read_again_though_size_and_time_agree() -> None:
    before, after = FileStamp(10, 5, 1), FileStamp(10, 5, 2)
    assert diff({b"a": after}, {b"a": before}, (), stable_inodes=True).fresh == [b"a"]
    assert diff({b"a": after}, {b"a": before}, (), stable_inodes=False).unchanged == [b"a"]


def test_a_volume_is_found_again_by_its_identity(tmp_path: Path) -> None:
    volume = volume_of(os.fsencode(tmp_path))
    assert os.fsencode(tmp_path.resolve()).startswith(volume.mount_point)
    assert mount_point_of(volume.identity) == volume.mount_point
    assert mount_point_of("uuid:no-such-disk") is None
