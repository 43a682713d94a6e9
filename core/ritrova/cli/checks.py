"""The doctor's checks of the program and the computer: each looks at one thing."""

import sqlite3
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from platform import machine, platform, python_version
from typing import Any

from ritrova.paths import LibraryPaths
from ritrova.text import Message, msg

_PACKAGES = (
    "torch",
    "torchvision",
    "transformers",
    "timm",
    "safetensors",
    "numpy",
    "hnswlib",
    "pillow",
    "pillow-heif",
    "rawpy",
    "sqlalchemy",
)


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


def versions(name: str, title: Message, _paths: LibraryPaths) -> Check:
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
        name=name,
        title=title,
        found=msg("{versions} on {system}", versions=listed, system=platform()),
        grade=Grade.BAD if needed else Grade.GOOD,
        remedy=msg("Install what is missing: {packages}", packages=", ".join(needed)) if needed else None,
        facts=facts,
    )


def devices(name: str, title: Message, _paths: LibraryPaths) -> Check:
    from ritrova.encoding.device import available
    from ritrova.settings import cores

    found = [device for device in ("cuda", "mps", "xpu", "cpu") if available(device)]
    return Check(
        name=name,
        title=title,
        found=msg("{devices}; {n} processor cores", devices=", ".join(found), n=cores()),
        facts={"devices": found, "cores": cores()},
    )


def formats(name: str, title: Message, _paths: LibraryPaths) -> Check:
    from ritrova.images.formats import FORMAT_OF_EXTENSION, supported_formats

    found = supported_formats()
    absent = [each for each in dict.fromkeys(FORMAT_OF_EXTENSION.values()) if each not in found]
    return Check(
        name=name,
        title=title,
        found=msg("These can be read: {formats}.", formats=", ".join(found)),
        grade=Grade.WARNING if absent else Grade.GOOD,
        remedy=msg("These cannot be read here: {formats}. Install Ritrova again.", formats=", ".join(absent))
        if absent
        else None,
        facts=dict(found),
    )


def decoders(name: str, title: Message, _paths: LibraryPaths) -> Check:
    from ritrova.images.limits import DecodeLimits
    from ritrova.images.sandbox import SandboxedDecoder
    from ritrova.photo import PixelSpec

    with SandboxedDecoder(PixelSpec(8, 8), DecodeLimits()) as decoder:
        guards = decoder.guards
    return Check(
        name=name,
        title=title,
        found=msg("They run apart from the program, held back by: {guards}", guards=", ".join(guards))
        if guards
        else msg("They run apart from the program, with a limit of time."),
        facts={"guards": list(guards)},
    )


def index(name: str, title: Message, _paths: LibraryPaths) -> Check:
    from ritrova.index.hnsw import available

    trouble = available()
    if trouble is None:
        return Check(name=name, title=title, found=msg("hnswlib is there."), facts={"hnswlib": True})
    return Check(
        name=name,
        title=title,
        found=trouble,
        grade=Grade.WARNING,
        remedy=msg("Install it with a C++ compiler: HNSWLIB_NO_NATIVE=1 pip install hnswlib"),
        facts={"hnswlib": False},
    )
