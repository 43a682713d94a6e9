"""Logs and problem reports: enough to help, nothing that names a photo or tells what was looked for."""

import logging
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import qWarning

from ritrova.engine.base import Text
from ritrova.engine.replies import Finding
from ritrova_desktop.logs import Logs
from ritrova_desktop.report import logs_in, scrub, write_report

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\n\r:,;()[]*?\"'<>|«»‘’“”"), min_size=1, max_size=20
)


@pytest.mark.parametrize(
    "line",
    [
        "cannot read /home/anna/Foto/Gita al lago.jpg",
        "cannot read /home/anna/Foto/Gita al lago.jpg: broken",
        r"cannot read C:\Users\Anna\Foto\Gita al lago.jpg",
        r"cannot read \\server\Anna\Gita al lago.jpg",
        "searched 'Gita al lago'",
        "searched «Gita al lago» in 3 ms",
        "opened file:///home/anna/Gita%20al%20lago.jpg",
        "FileNotFoundError: [Errno 2] No such file: '/home/anna/Gita al lago.jpg'",
        "in ~/Foto/Gita al lago.jpg",
    ],
)
def test_names_and_sentences_are_taken_out(line: str) -> None:
    assert not any(word in scrub(line) for word in ("Gita", "lago", "nna"))


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_no_path_gets_through(parts: list[str]) -> None:
    said = scrub("cannot read /" + "/".join(f"xx{part}yy" for part in parts))
    assert "xx" not in said
    assert "yy" not in said


def test_what_helps_is_kept() -> None:
    trace = 'Traceback:\n  File "/opt/python/ritrova/library.py", line 12, in search\nValueError: 3 of 4'
    assert scrub(trace) == "Traceback:\n  File <library.py>, line 12, in search\nValueError: 3 of 4"


def test_a_report_holds_versions_doctor_and_logs_and_no_names(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "ritrova.log").write_text("cannot read '/home/anna/lago.jpg'\nall is well\n")
    (logs / "lago.log").write_text("x")
    (logs / "photo.jpg").write_text("no log")
    found = Text(key="{path} is watched", params={"path": "/home/anna/lago"})
    finding = Finding(name="folders", title=Text(key="Folders"), grade="good", found=found)
    path = write_report(tmp_path, [finding], logs_in(logs, tmp_path / "none"))
    with zipfile.ZipFile(path) as archive:
        said = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(said) == {"versions.txt", "doctor.txt", "logs/01-other.log", "logs/02-ritrova.log"}
    assert "PySide6_Essentials 6." in said["versions.txt"]
    assert "folders" in said["doctor.txt"]
    assert "all is well" in said["logs/02-ritrova.log"]
    assert not any("lago" in text or "anna" in text for text in said.values())


def test_every_complaint_ends_in_the_log(tmp_path: Path) -> None:
    """In a process of its own, for it takes the hooks of the whole process."""
    script = f"""
import sys, threading
from pathlib import Path
from PySide6.QtCore import qWarning
from ritrova_desktop.logs import Logs
bugs = []
logs = Logs(Path({str(tmp_path)!r}), "window", lambda: bugs.append(1))
qWarning("a word of Qt's")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
sys.excepthook(ValueError, ValueError("mine"), None)
logs.close()
assert len(bugs) == 2
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
    said = (tmp_path / "window.log").read_text()
    assert all(word in said for word in ("a word of Qt's", "ZeroDivisionError", "ValueError: mine"))
    assert (tmp_path / "window.log").stat().st_mode & 0o077 == 0


def test_a_crash_leaves_where_it_was(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from ritrova_desktop.logs import Logs
logs = Logs(Path({str(tmp_path)!r}), "window")
os.kill(os.getpid(), signal.SIGSEGV)
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=30).returncode != 0
    assert "Segmentation fault" in (tmp_path / "window-crash.log").read_text()


def test_without_a_place_for_it_the_window_has_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    before = threading.excepthook
    logs = Logs(tmp_path / "file" / "logs", "window")
    qWarning("lost")
    logging.getLogger("ritrova_desktop").warning("lost too")
    logs.close()
    assert threading.excepthook is before
