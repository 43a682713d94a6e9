"""Kills, full disks and hostile files, in short; `make soak` is the long form."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).parents[1] / "tools"
KILLS, FILES = 20, 300


def soak(tmp_path: Path, **sizes: int) -> dict[str, Any]:
    """The report of a run of `tools/soak` with these sizes; the parts that are not named are left out."""
    report = tmp_path / "report.json"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TOOLS), os.environ.get("PYTHONPATH", "")])}
    wanted = {"kills": 0, "disks": 0, "files": 0} | sizes
    command = [sys.executable, "-m", "soak", "--report", str(report)]
    command += [word for name, size in wanted.items() for word in (f"--{name}", str(size))]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_no_kill_loses_doubles_or_alters_a_photo(tmp_path: Path) -> None:
    kills = soak(tmp_path, kills=KILLS)["kills"]
    assert kills["killed"] >= KILLS
    assert kills["killed index"] > 0
    assert kills["killed engine"] > 0
    assert kills["killed after it had written"] > 0
    assert kills["problems"] == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    disk = soak(tmp_path, disks=6)["full disk"]
    if "skipped" in disk:
        pytest.skip(disk["skipped"])
    assert disk["runs stopped by the full disk"] > 0
    assert disk["problems"] == []


def test_every_hostile_file_is_a_photo_or_is_listed(tmp_path: Path) -> None:
    files = soak(tmp_path, files=FILES)["hostile files"]
    assert files["files"] == FILES
    assert files["read"] + sum(files["listed"].values()) == FILES
    assert files["crashed"] == []
    assert files["problems"] == []
