"""Starting at login, where the person asked for it."""

import plistlib
import shlex
from pathlib import Path

import pytest

from ritrova_desktop.autostart import Autostart, LaunchAgent, XdgAutostart

COMMAND = ["/opt/Ritrova 1/ritrova-desktop", "--library", '/home/a/100% "mia"', "--hidden"]


@pytest.mark.parametrize("kind", [XdgAutostart, LaunchAgent])
def test_it_is_on_or_off(tmp_path: Path, kind: type[XdgAutostart] | type[LaunchAgent]) -> None:
    start: Autostart = kind(tmp_path / "folder")
    assert not start.enabled()
    start.enable(COMMAND)
    start.enable(COMMAND)
    assert kind(tmp_path / "folder").enabled()
    start.disable()
    start.disable()
    assert not start.enabled()


def test_the_desktop_entry_keeps_the_command(tmp_path: Path) -> None:
    XdgAutostart(tmp_path).enable(COMMAND)
    lines = (tmp_path / "ritrova.desktop").read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    line = next(line.removeprefix("Exec=") for line in lines if line.startswith("Exec="))
    # Once unescaped as a string value, then parsed as a command with %% for a percent sign.
    unescaped = line.replace("\\\\", "\\")
    assert [part.replace("%%", "%") for part in shlex.split(unescaped)] == COMMAND


def test_the_launch_agent_keeps_the_command(tmp_path: Path) -> None:
    LaunchAgent(tmp_path).enable(COMMAND)
    (file,) = tmp_path.iterdir()
    entry = plistlib.loads(file.read_bytes())
    assert (entry["ProgramArguments"], entry["RunAtLoad"]) == (COMMAND, True)
