"""«Segnala un problema»: a zip that the person can look into before sending it anywhere.

It holds versions, what the doctor found, and the logs; no photo, no sentence, no name of a file or folder.
"""

import platform
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import QStandardPaths, qVersion

from ritrova.engine.replies import Finding
from ritrova.text import Catalogue

PACKAGES = (
    "ritrova",
    "PySide6_Essentials",
    "torch",
    "numpy",
    "pillow",
    "pillow-heif",
    "rawpy",
    "hnswlib",
    "sqlalchemy",
)
MOST_LOG = 2_000_000
"""Bytes of each log at most: its end."""

_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|«[^»\n]*»|‘[^’\n]*’|“[^”\n]*”")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# From a separator to the end of what could still be a name: names may have spaces, so rather too much than too little.
_WINDOWS_PATH = re.compile(r"(?:\b[A-Za-z]:|\\)\\[^\n:*?\"<>|]*")
_POSIX_PATH = re.compile(r"(?<![\w.<])~?/[^\n:,;()\[\]]*")
_FRAME = re.compile(r"^(\s*File )\"[^\"\n]*?([^\"/\\\n]+\.py)\"", re.MULTILINE)
_FRAME_KEPT = re.compile(r"^\s*File <[\w.]+\.py>.*$")


def scrub(text: str) -> str:
    """Log lines without what could name a person's file or quote a sentence: paths, URLs, and quoted text go."""
    lines = _FRAME.sub(r"\1<\2>", text).split("\n")
    return "\n".join(line if _FRAME_KEPT.match(line) else _scrub_line(line) for line in lines)


def write_report(folder: Path, findings: Sequence[Finding], logs: Iterable[Path]) -> Path:
    """Write the zip into `folder`; returns its path. On a thread of the pool: it reads and writes files.

    Raises OSError.
    """
    path = folder / f"ritrova-{datetime.now():%Y%m%d-%H%M%S}.zip"
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("versions.txt", versions())
        archive.writestr("doctor.txt", _doctor(findings))
        for number, log in enumerate(sorted(log for log in logs if log.is_file()), 1):
            archive.writestr(f"logs/{number:02}-{_plain_name(log)}", scrub(_end_of(log)))
    return path


def report_folder() -> Path:
    """Where a person finds it: their documents, or their home."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(place) if place and Path(place).is_dir() else Path.home()


def logs_in(*folders: Path) -> list[Path]:
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir() if ".log" in path.suffixes]


def versions() -> str:
    lines = [f"{platform.system()} {platform.release()} {platform.machine()}", f"Python {platform.python_version()}"]
    lines.append(f"Qt {qVersion()}")
    for package in PACKAGES:
        try:
            lines.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            lines.append(f"{package} -")
    return "\n".join(lines) + "\n"


def _scrub_line(line: str) -> str:
    line = _QUOTED.sub("<text>", line)
    line = _URL.sub("<url>", line)
    return _POSIX_PATH.sub("<path>", _WINDOWS_PATH.sub("<path>", line))


def _doctor(findings: Sequence[Finding]) -> str:
    english = Catalogue("en")
    lines = []
    for finding in findings:
        lines.append(f"{finding.grade:8} {finding.name}: {scrub(english.render(finding.found.message()))}")
    return "\n".join(lines) + "\n"


def _end_of(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - MOST_LOG))
        return file.read(MOST_LOG).decode("utf-8", "replace")


def _plain_name(log: Path) -> str:
    """Our own logs' names say nothing; whatever else lies in the folder gets none."""
    return log.name if re.fullmatch(r"(ritrova|window|engine)[\w-]*\.log(\.\d+)?", log.name) else "other.log"
