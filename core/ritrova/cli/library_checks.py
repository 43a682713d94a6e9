"""The doctor's checks of the library: its folder, its disk, its database, its folders of photos, its model."""

import os
import shutil
from os import fsdecode
from pathlib import Path

from ritrova.cli.checks import Check, Grade
from ritrova.paths import LibraryPaths, bundled_models
from ritrova.text import Message, msg, msg_n

_GIGABYTE = 1_000_000_000


def library(name: str, title: Message, paths: LibraryPaths) -> Check:
    root = paths.root
    facts = {"path": str(root), "exists": root.is_dir(), "writable": os.access(_existing(root), os.W_OK)}
    if root.exists() and not root.is_dir():
        return Check(
            name=name,
            title=title,
            found=msg("This is a file, not a folder: {path}", path=str(root)),
            grade=Grade.BAD,
            remedy=msg("Choose another library folder."),
            facts=facts,
        )
    if not facts["writable"]:
        return Check(
            name=name,
            title=title,
            found=msg("{path} cannot be written: you can search, not index.", path=str(root)),
            grade=Grade.WARNING if root.is_dir() else Grade.BAD,
            remedy=msg("Change its permissions, or choose another library folder."),
            facts=facts,
        )
    if not root.is_dir():
        return Check(
            name=name,
            title=title,
            found=msg("{path} will be made with the first folder you add.", path=str(root)),
            facts=facts,
        )
    if os.name == "posix" and root.stat().st_mode & 0o077:
        return Check(
            name=name,
            title=title,
            found=msg("Other people on this computer can look into {path}.", path=str(root)),
            grade=Grade.WARNING,
            remedy=msg("Close it to them: chmod 700"),
            facts=facts,
        )
    return Check(name=name, title=title, found=msg("{path} can be read and written.", path=str(root)), facts=facts)


def disk(name: str, title: Message, paths: LibraryPaths) -> Check:
    free = shutil.disk_usage(_existing(paths.root)).free
    scarce = free < _GIGABYTE
    return Check(
        name=name,
        title=title,
        found=msg("{free} GB free", free=free / _GIGABYTE),
        grade=Grade.WARNING if scarce else Grade.GOOD,
        remedy=msg("Free some space: 100,000 photos take about 2 GB in the library.") if scarce else None,
        facts={"free_bytes": free},
    )


def database(name: str, title: Message, paths: LibraryPaths) -> Check:
    if not paths.database.exists():
        return Check(name=name, title=title, found=msg("There is none yet."), facts={"exists": False})
    from ritrova.library import Library

    with Library.open(paths.root) as opened:
        damage = list(opened.damage())
    return Check(
        name=name,
        title=title,
        found=msg("It is damaged: {reason}", reason="; ".join(damage)) if damage else msg("It is whole."),
        grade=Grade.BAD if damage else Grade.GOOD,
        remedy=msg("Your photos are untouched. Restore a backup (ritrova restore FILE), or begin anew.")
        if damage
        else None,
        facts={"exists": True, "path": str(paths.database), "damage": damage},
    )


def folders(name: str, title: Message, paths: LibraryPaths) -> Check:
    if not paths.database.exists():
        return Check(name=name, title=title, found=msg("No folder is watched yet."))
    from ritrova.folders.states import VANISHED
    from ritrova.folders.volumes import Presence
    from ritrova.library import Library

    with Library.open(paths.root) as library:
        watched = library.folders()
    lost = [folder for folder in watched if not folder.online or not os.access(folder.path, os.R_OK | os.X_OK)]
    unreachable = [fsdecode(folder.path) for folder in lost]
    remedy = msg("Connect the disk, or check the permissions.")
    if all(folder.presence is Presence.VANISHED for folder in lost):
        remedy = VANISHED.remedy or remedy
    return Check(
        name=name,
        title=title,
        found=msg("These cannot be reached: {paths}", paths=", ".join(unreachable))
        if lost
        else msg_n("{n} folder, reachable", "{n} folders, all reachable", n=len(watched)),
        grade=Grade.WARNING if lost else Grade.GOOD,
        remedy=remedy if lost else None,
        facts={"folders": len(watched), "unreachable": unreachable},
    )


def _existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    return next((place for place in (path, *path.parents) if place.exists()), Path(path.anchor))


def model(name: str, title: Message, paths: LibraryPaths) -> Check:
    from ritrova import settings
    from ritrova.encoding import fake
    from ritrova.encoding.models import Models

    wanted = settings.load(paths.settings).encoding.model
    if wanted == fake.NAME:
        return Check(name=name, title=title, found=msg("The pretended model for tests."), facts={"name": wanted})
    found = Models(bundled_models(), paths.models).verify(wanted)
    return Check(
        name=name,
        title=title,
        found=msg("{name}, every file as it was made", name=wanted),
        facts={"name": wanted, "version": found.version, "fingerprint": found.fingerprint},
    )
