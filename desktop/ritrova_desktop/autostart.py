"""Starting with the person's session, when they ask for it. Touches files: call it on a thread of the pool."""

import plistlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from platformdirs import user_config_dir

from ritrova.atomic import write_bytes

NAME = "ritrova"


class Autostart(Protocol):
    """Raises OSError where the system refuses."""

    def enabled(self) -> bool: ...

    def enable(self, command: Sequence[str]) -> None: ...

    def disable(self) -> None: ...


class XdgAutostart:
    """A desktop entry in the folder that Linux desktops start things from."""

    def __init__(self, folder: Path | None = None) -> None:
        self._entry = (folder or Path(user_config_dir()) / "autostart") / f"{NAME}.desktop"

    def enabled(self) -> bool:
        return self._entry.is_file()

    def enable(self, command: Sequence[str]) -> None:
        text = (
            "[Desktop Entry]\nType=Application\nName=Ritrova\n"
            f"Exec={' '.join(_quoted(part) for part in command)}\nX-GNOME-Autostart-enabled=true\n"
        )
        write_bytes(self._entry, text.encode(), durable=False)

    def disable(self) -> None:
        self._entry.unlink(missing_ok=True)


class LaunchAgent:
    """A property list that macOS starts at login. Not run on a Mac yet."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or Path.home() / "Library" / "LaunchAgents") / f"it.{NAME}.desktop.plist"

    def enabled(self) -> bool:
        return self._file.is_file()

    def enable(self, command: Sequence[str]) -> None:
        entry = {"Label": self._file.stem, "ProgramArguments": list(command), "RunAtLoad": True}
        write_bytes(self._file, plistlib.dumps(entry), durable=False)

    def disable(self) -> None:
        self._file.unlink(missing_ok=True)


class RunKey:
    """A value in the registry's Run key. Not run on Windows yet."""

    KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"

    def enabled(self) -> bool:
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, self.KEY) as key:  # type: ignore[attr-defined,unused-ignore]
                winreg.QueryValueEx(key, NAME)  # type: ignore[attr-defined,unused-ignore]
        except FileNotFoundError:
            return False
        return True

    def enable(self, command: Sequence[str]) -> None:
        import subprocess
        import winreg

        line = subprocess.list2cmdline(command)
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self.KEY) as key:  # type: ignore[attr-defined,unused-ignore]
            winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, line)  # type: ignore[attr-defined,unused-ignore]

    def disable(self) -> None:
        import winreg

        try:
            with winreg.OpenKey(  # type: ignore[attr-defined,unused-ignore]
                winreg.HKEY_CURRENT_USER,  # type: ignore[attr-defined,unused-ignore]
                self.KEY,
                0,
                winreg.KEY_SET_VALUE,  # type: ignore[attr-defined,unused-ignore]
            ) as key:
                winreg.DeleteValue(key, NAME)  # type: ignore[attr-defined,unused-ignore]
        except FileNotFoundError:
            pass


def autostart() -> Autostart:
    """That of this system."""
    match sys.platform:
        case "win32":
            return RunKey()
        case "darwin":
            return LaunchAgent()
        case _:
            return XdgAutostart()


def _quoted(part: str) -> str:
    """An argument of `Exec`: quoted, `%` doubled, as the desktop entry specification asks."""
    if shlex.quote(part) == part and "%" not in part:
        return part
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$").replace("%", "%%")
    return f'"{escaped}"'.replace("\\", "\\\\")
