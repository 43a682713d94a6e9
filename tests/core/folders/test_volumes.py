"""A disk that was pulled out is told from a folder that is gone, and is found wherever it is plugged in again."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ritrova.folders.mounts import MountWatch, mounts
from ritrova.folders.volumes import Presence, Whereabouts, locate, mount_points_of, volume_of


class Disk(Protocol):
    """See conftest.py."""

    point: Path

    def unplug(self) -> None: ...

    def plug(self, point: Path | None = None) -> None: ...


@pytest.fixture
def disk(plug_in: Callable[..., Disk], tmp_path: Path) -> Disk:
    return plug_in(tmp_path / "disk")


@pytest.fixture
def told() -> Iterator[threading.Event]:
    """Set when the mount table changes."""
    event = threading.Event()
    watch = MountWatch(event.set)
    yield event
    watch.close()


def whereabouts(identity: str, disk: Disk, relative: bytes = b"foto") -> Whereabouts:
    return locate(identity, os.fsencode(disk.point), relative)


def test_an_unplugged_disk_is_told_from_a_folder_that_is_gone(disk: Disk) -> None:
    folder = disk.point / "foto"
    folder.mkdir()
    volume = volume_of(os.fsencode(folder))
    assert volume.mount_point == os.fsencode(disk.point)
    assert whereabouts(volume.identity, disk).presence == Presence.HERE
    folder.rename(disk.point / "altre")
    assert whereabouts(volume.identity, disk).presence == Presence.VANISHED
    disk.unplug()
    assert whereabouts(volume.identity, disk).presence == Presence.OFFLINE
    folder.mkdir()  # on the empty mount point that the disk left behind
    assert whereabouts(volume.identity, disk).presence == Presence.OFFLINE


def test_a_disk_is_found_where_it_is_plugged_in_again(disk: Disk, tmp_path: Path) -> None:
    (disk.point / "foto").mkdir()
    volume = volume_of(os.fsencode(disk.point))
    disk.unplug()
    disk.plug(tmp_path / "un altro posto")
    here = os.fsencode(tmp_path / "un altro posto")
    assert mount_points_of(volume.identity) == [here]
    assert locate(volume.identity, volume.mount_point, b"foto") == Whereabouts(
        Presence.HERE, here, os.path.join(here, b"foto")
    )
    assert locate(volume.identity, volume.mount_point, b"") == Whereabouts(Presence.HERE, here, here)


def test_a_part_of_a_disk_that_is_mounted_elsewhere_is_not_the_disk(
    disk: Disk, plug_in: Callable[..., Disk], tmp_path: Path
) -> None:
    (disk.point / "foto").mkdir()
    part = plug_in(tmp_path / "parte", bind=disk.point / "foto")
    assert volume_of(os.fsencode(part.point)).identity != volume_of(os.fsencode(disk.point)).identity


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the table is looked at every few seconds")
def test_plugging_in_and_out_is_told_at_once(told: threading.Event, disk: Disk) -> None:
    assert told.wait(5)
    told.clear()
    disk.unplug()
    assert told.wait(5)


def test_the_disk_of_the_system_is_in_the_table() -> None:
    points = {mount.point for mount in mounts()}
    assert volume_of(os.fsencode(Path.cwd())).mount_point in points


def test_a_share_is_known_by_its_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = f"36 35 0:50 / {tmp_path}/un\\040posto rw - cifs //nas/foto rw\n"
    table = tmp_path / "mountinfo"
    table.write_text(line)
    (tmp_path / "un posto").mkdir()
    monkeypatch.setattr("ritrova.folders.mounts._TABLE", table)
    if sys.platform == "linux":
        volume = volume_of(os.fsencode(tmp_path / "un posto"))
        assert (volume.identity, volume.kind, volume.stable_inodes) == ("share://nas/foto", "network", False)
