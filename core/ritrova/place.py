"""Making the folder that a library lies in."""

import os
from pathlib import Path

from ritrova.errors import LibraryError, fault_of
from ritrova.folders.volumes import volume_of
from ritrova.text import msg


def make_folder(root: Path) -> None:
    """Make a library's folder, for its owner alone. Raises LibraryReadOnly, LibraryError (a network drive, a file)."""
    if root.is_file():
        raise LibraryError(
            msg("This is a file, not a folder: {path}", path=str(root)), msg("Choose another library folder.")
        )
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise fault_of(error, str(root)) from error
    if volume_of(os.fsencode(root)).kind == "network":
        raise LibraryError(
            msg("A library cannot lie on a network drive."),
            msg("Choose a folder on a disk of this computer; the photos may lie on the network."),
            str(root),
        )
