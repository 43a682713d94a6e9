"""Volumes of macOS, asked of `diskutil`. Written after its manual; not run in our tests, which have no Mac."""

import os
import plistlib
import subprocess

_LONGEST_S = 10


def uuid_of(mount_point: bytes) -> str | None:
    """The volume's UUID; None where it has none or does not answer."""
    try:
        done = subprocess.run(
            ["/usr/sbin/diskutil", "info", "-plist", os.fsdecode(mount_point)],
            capture_output=True,
            timeout=_LONGEST_S,
            check=True,
        )
        found = plistlib.loads(done.stdout).get("VolumeUUID")
    except (OSError, subprocess.SubprocessError, plistlib.InvalidFileException):
        return None
    return found if isinstance(found, str) else None
