"""The doctor's checks. Each looks at one thing and never raises: what it cannot do is what it found."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from os import fsdecode
from pathlib import Path
from platform import machine, platform, python_version
from typing import Any
from urllib.parse import quote

from ritrova.errors import RitrovaError
from ritrova.paths import LibraryPaths
from ritrova.text import Message, msg, msg_n

_PACKAGES = (
    "torch", "torchvision", "transformers", "timm", "safetensors", "numpy", "hnswlib", "pillow", "pillow-heif",
    "rawpy", "sqlalchemy",
)  # fmt: skip
_GIGABYTE = 1_000_000_000


class Grade(StrEnum):
    """What a check says."""

    GOOD = "good"
    WARNING = "warning"  # works, but less well
    BAD = "bad"  # must be mended


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str
    title: Message
    found: Message
    grade: Grade = Grade.GOOD
    remedy: Message | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def all_checks(paths: LibraryPaths) -> Iterator[Check]:
    """Every check, in the order in which a person reads them."""
    checks: tuple[tuple[str, Message, Callable[[str, Message, LibraryPaths], Check]], ...] = (
        ("versions", msg("Versions"), _versions),
        ("devices", msg("Devices"), _devices),
        ("formats", msg("Photo formats"), _formats),
        ("index", msg("Search index"), _index),
        ("library", msg("Library folder"), _library),
        ("disk", msg("Disk"), _disk),
        ("database", msg("Database"), _database),
        ("folders", msg("Watched folders"), _folders),
        ("model", msg("Model"), _model),
    )
    for name, title, look in checks:
        try:
            yield look(name, title, paths)
        except RitrovaError as error:
            yield Check(
                name=name, title=title, found=error.title, grade=Grade.BAD, remedy=error.remedy,
                facts={"path": error.path},
            )  # fmt: skip
        except Exception as error:  # a library that will not even load is a finding, not the doctor's end
            yield Check(name=name, title=title, found=msg("{reason}", reason=repr(error)), grade=Grade.BAD)


def _versions(name: str, title: Message, _paths: LibraryPaths) -> Check:
    found = {"ritrova": version("ritrova"), "python": python_version(), "sqlite": sqlite3.sqlite_version}
    missing = []
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            missing.append(package)
    listed = ", ".join(f"{package} {number}" for package, number in found.items())
    facts = {**found, "system": platform(), "processor": machine()}
    needed = [package for package in missing if package != "hnswlib"]  # the exact index serves without it
    return Check(
        name=name, title=title, found=msg("{versions} on {system}", versions=listed, system=platform()),
        grade=Grade.BAD if needed else Grade.GOOD,
        remedy=msg("Install what is missing: {packages}", packages=", ".join(needed)) if needed else None, facts=facts,
    )  # fmt: skip


def _devices(name: str, title: Message, _paths: LibraryPaths) -> Check:
    from ritrova.encoding.device import available
    from ritrova.settings import cores

    found = [device for device in ("cuda", "mps", "xpu", "cpu") if available(device)]
    return Check(
        name=name, title=title,
        found=msg("{devices}; {n} processor cores", devices=", ".join(found), n=cores()),
        facts={"devices": found, "cores": cores()},
    )  # fmt: skip


def _index(name: str, title: Message, _paths: LibraryPaths) -> Check:
    from ritrova.index.hnsw import available

    trouble = available()
    if trouble is None:
        return Check(name=name, title=title, found=msg("hnswlib is there."), facts={"hnswlib": True})
    return Check(
        name=name, title=title, found=trouble, grade=Grade.WARNING,
        remedy=msg("Install it with a C++ compiler: HNSWLIB_NO_NATIVE=1 pip install hnswlib"),
        facts={"hnswlib": False},
    )  # fmt: skip


def _library(name: str, title: Message, paths: LibraryPaths) -> Check:
    root = paths.root
    facts = {"path": str(root), "exists": root.is_dir(), "writable": os.access(_existing(root), os.W_OK)}
    if root.exists() and not root.is_dir():
        return Check(
            name=name, title=title, found=msg("This is a file, not a folder: {path}", path=str(root)),
            grade=Grade.BAD, remedy=msg("Choose another library folder."), facts=facts,
        )  # fmt: skip
    if not facts["writable"]:
        return Check(
            name=name, title=title, found=msg("{path} cannot be written: you can search, not index.", path=str(root)),
            grade=Grade.WARNING if root.is_dir() else Grade.BAD,
            remedy=msg("Change its permissions, or choose another library folder."), facts=facts,
        )  # fmt: skip
    if not root.is_dir():
        return Check(
            name=name, title=title, found=msg("{path} will be made with the first folder you add.", path=str(root)),
            facts=facts,
        )  # fmt: skip
    if os.name == "posix" and root.stat().st_mode & 0o077:
        return Check(
            name=name, title=title, found=msg("Other people on this computer can look into {path}.", path=str(root)),
            grade=Grade.WARNING, remedy=msg("Close it to them: chmod 700"), facts=facts,
        )  # fmt: skip
    return Check(name=name, title=title, found=msg("{path} can be read and written.", path=str(root)), facts=facts)


def _disk(name: str, title: Message, paths: LibraryPaths) -> Check:
    free = shutil.disk_usage(_existing(paths.root)).free
    scarce = free < _GIGABYTE
    return Check(
        name=name, title=title, found=msg("{free} GB free", free=f"{free / _GIGABYTE:.1f}"),
        grade=Grade.WARNING if scarce else Grade.GOOD,
        remedy=msg("Free some space: 100,000 photos take about 2 GB in the library.") if scarce else None,
        facts={"free_bytes": free},
    )  # fmt: skip


def _database(name: str, title: Message, paths: LibraryPaths) -> Check:
    if not paths.database.exists():
        return Check(name=name, title=title, found=msg("There is none yet."), facts={"exists": False})
    with closing(sqlite3.connect(f"file:{quote(str(paths.database))}?mode=ro", uri=True)) as connection:
        try:
            answer = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.DatabaseError as error:
            answer = str(error)
    whole = answer == "ok"
    return Check(
        name=name, title=title,
        found=msg("It is whole.") if whole else msg("It is damaged: {reason}", reason=answer),
        grade=Grade.GOOD if whole else Grade.BAD,
        remedy=None if whole else msg("Your photos are untouched. Move {path} away, then index again.",
                                      path=str(paths.database)),
        facts={"exists": True, "whole": whole, "bytes": paths.database.stat().st_size},
    )  # fmt: skip


def _folders(name: str, title: Message, paths: LibraryPaths) -> Check:
    if not paths.database.exists():
        return Check(name=name, title=title, found=msg("No folder is watched yet."))
    from ritrova.library import Library

    with Library.open(paths.root) as library:
        folders = library.folders()
    lost = [
        fsdecode(folder.path) for folder in folders if not folder.online or not os.access(folder.path, os.R_OK | os.X_OK)
    ]
    return Check(
        name=name, title=title,
        found=msg("These cannot be reached: {paths}", paths=", ".join(lost)) if lost
        else msg_n("{n} folder, reachable", "{n} folders, all reachable", n=len(folders)),
        grade=Grade.WARNING if lost else Grade.GOOD,
        remedy=msg("Connect the disk, or check the permissions.") if lost else None,
        facts={"folders": len(folders), "unreachable": lost},
    )  # fmt: skip


def _existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    return next((place for place in (path, *path.parents) if place.exists()), Path(path.anchor))
