"""Which disk a path lies on, known by something that stays when it is mounted elsewhere."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p", "davfs", "webdav", "afs", "ceph"}
_NO_INODES = {"vfat", "msdos", "exfat", "fat32", "fat"} | _NETWORK  # a remount gives every file another number
_REMOVABLE_PARENTS = ("/media/", "/run/media/", "/Volumes/")


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted file system."""

    identity: str
    label: str
    kind: str  # internal, removable, network
    mount_point: bytes
    stable_inodes: bool  # whether a file keeps its inode number over a remount


def volume_of(path: bytes) -> Volume:
    """The volume that holds `path`, which must exist."""
    real = os.fsdecode(os.path.realpath(path))
    mounted = [part for part in psutil.disk_partitions(all=True) if _holds(part.mountpoint, real)]
    if not mounted:  # no mount table, as in some sandboxes
        root = Path(real).anchor
        return Volume(f"device:{os.stat(root).st_dev:x}", root, "internal", os.fsencode(root), True)
    part = max(mounted, key=lambda part: len(part.mountpoint))  # of equally long ones the last is on top
    fstype = part.fstype.lower()
    if fstype in _NETWORK:
        kind = "network"
    elif "removable" in part.opts or part.mountpoint.startswith(_REMOVABLE_PARENTS):
        kind = "removable"
    else:
        kind = "internal"
    label = Path(part.mountpoint).name or part.mountpoint
    return Volume(
        _identity(part.device, part.mountpoint), label, kind, os.fsencode(part.mountpoint), fstype not in _NO_INODES
    )


def mount_point_of(identity: str) -> bytes | None:
    """Where the volume with this identity is mounted now; None while it is not."""
    for part in psutil.disk_partitions(all=True):
        if _identity(part.device, part.mountpoint) == identity:
            return os.fsencode(part.mountpoint)
    return None


def _holds(mount_point: str, path: str) -> bool:
    return path == mount_point or path.startswith(mount_point.rstrip(os.sep) + os.sep)


def _identity(device: str, mount_point: str) -> str:
    if sys.platform == "win32":
        return f"serial:{os.stat(mount_point).st_dev:x}"
    by_uuid = Path("/dev/disk/by-uuid")
    if device.startswith("/dev/") and by_uuid.is_dir():
        real = os.path.realpath(device)
        for link in by_uuid.iterdir():
            if os.path.realpath(link) == real:
                return f"uuid:{link.name}"
    return f"mount:{device}:{mount_point}"
