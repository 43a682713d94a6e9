"""Which disk a path lies on, known by something that stays when it is mounted elsewhere."""

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ritrova.folders.mounts import Mount, mounts

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p", "davfs", "webdav", "afs", "ceph"}
    | {"fuse.rclone", "fuse.davfs2", "fuse.gvfsd-fuse", "glusterfs", "fuse.glusterfs"}
)
_NO_INODES = {"vfat", "msdos", "exfat", "fat32", "fat"} | NETWORK  # a remount gives every file another number
_REMOVABLE_PARENTS = (b"/media/", b"/run/media/", b"/Volumes/")
_BY_UUID, _BY_LABEL = Path("/dev/disk/by-uuid"), Path("/dev/disk/by-label")


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted file system."""

    identity: str
    label: str
    kind: str  # internal, removable, network
    mount_point: bytes
    stable_inodes: bool  # whether a file keeps its inode number over a remount


class Presence(StrEnum):
    """Where a watched folder is."""

    HERE = "here"
    OFFLINE = "offline"  # its volume is not there: nothing is known of its photos, and nothing has happened to them
    VANISHED = "vanished"  # its volume is there, the folder is not: it was deleted or renamed


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a folder of a volume is now. `path` is None unless it is here, `mount_point` while its volume is not."""

    presence: Presence
    mount_point: bytes | None = None
    path: bytes | None = None


def volume_of(path: bytes) -> Volume:
    """The volume that holds `path`, which must exist."""
    real = os.path.realpath(path)
    mounted = [mount for mount in mounts() if _holds(mount.point, real)]
    if not mounted:  # no mount table, as in some sandboxes
        root = Path(os.fsdecode(real)).anchor
        return Volume(f"device:{os.stat(root).st_dev:x}", root, "internal", os.fsencode(root), True)
    longest = max(len(mount.point) for mount in mounted)
    mount = [mount for mount in mounted if len(mount.point) == longest][-1]  # the last is on top
    identity, label = _known_by(mount)
    return Volume(identity, label, _kind(mount), mount.point, mount.fstype not in _NO_INODES)


def mount_points_of(identity: str) -> list[bytes]:
    """Where the volume with this identity is mounted now: nowhere, or at one place or more."""
    return list(dict.fromkeys(mount.point for mount in mounts() if _known_by(mount)[0] == identity))


def mount_point_of(identity: str) -> bytes | None:
    """The first place at which the volume with this identity is mounted now; None while it is not."""
    return next(iter(mount_points_of(identity)), None)


def locate(identity: str, last_mount_point: bytes, relative: bytes) -> Whereabouts:
    """Where the folder `relative` of a volume is now; where it was last is looked at first."""
    points = sorted(mount_points_of(identity), key=lambda point: point != last_mount_point)
    for point in points:
        path = os.path.join(point, relative) if relative else point
        if os.path.isdir(path) and volume_of(path).identity == identity:  # another may be mounted over it
            return Whereabouts(Presence.HERE, point, path)
    return Whereabouts(Presence.VANISHED, points[0]) if points else Whereabouts(Presence.OFFLINE)


def _holds(mount_point: bytes, path: bytes) -> bool:
    separator = os.fsencode(os.sep)
    return path == mount_point or path.startswith(mount_point.rstrip(separator) + separator)


def _kind(mount: Mount) -> str:
    if is_network(mount):
        return "network"
    if mount.removable or mount.point.startswith(_REMOVABLE_PARENTS):
        return "removable"
    return "internal"


def is_network(mount: Mount) -> bool:
    """Whether the files lie on another computer."""
    return mount.fstype in NETWORK or mount.source.startswith(("//", "\\\\"))


def _known_by(mount: Mount) -> tuple[str, str]:
    """What a volume is known by, wherever it is mounted, and its name for people."""
    name = Path(os.fsdecode(mount.point)).name or os.fsdecode(mount.point)
    if is_network(mount):
        return f"share:{mount.source}", name
    if sys.platform == "win32":
        from ritrova.folders.volumes_windows import serial_and_label

        serial, label = serial_and_label(os.fsdecode(mount.point))
        return f"serial:{serial:x}", label or name
    if sys.platform == "darwin":
        from ritrova.folders.volumes_macos import uuid_of

        uuid = uuid_of(mount.point) if mount.source.startswith("/dev/") else None
        return (f"uuid:{uuid}" if uuid else f"mount:{mount.source}:{os.fsdecode(mount.point)}"), name
    part = "" if mount.root == "/" else f":{mount.root}"  # a bind mount or a subvolume is a volume of its own
    uuid = _link_to(mount.source, _BY_UUID)
    if uuid:
        return f"uuid:{uuid}{part}", _link_to(mount.source, _BY_LABEL) or name
    fsid = _file_system_id(mount) if mount.source.startswith("/dev/") or mount.fstype == "tmpfs" else 0
    if fsid:
        return f"fsid:{fsid:x}{part}", name
    return f"mount:{mount.source}:{os.fsdecode(mount.point)}", name


def _link_to(device: str, links: Path) -> str | None:
    """The name under which a folder of links knows a device."""
    if not device.startswith("/dev/") or not links.is_dir():
        return None
    real = os.path.realpath(device)
    found = next((link.name for link in links.iterdir() if os.path.realpath(link) == real), None)
    return found.encode().decode("unicode_escape") if found and "\\x" in found else found


def _file_system_id(mount: Mount) -> int:
    """What the kernel makes of the file system's own UUID; 0 where it cannot be asked."""
    try:
        return os.statvfs(mount.point).f_fsid
    except OSError:
        return 0
