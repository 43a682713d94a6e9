"""Running our programs where no network may be touched."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

GUARD = Path(__file__).parent / "offline" / "guard"
PATIENCE_S = 900.0  # nobody waits so long but on a machine that is busy with something else


def why_no_namespace() -> str | None:
    """Why nothing can be run in a network namespace of its own; None where it can."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return "network namespaces are Linux's, and `unshare` makes them"
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    return f"not allowed here: {tried.stderr.strip()}" if tried.returncode else None


@dataclass(frozen=True)
class Offline:
    """Runs Python with the guard loaded, its files in `home`; in an empty network namespace where that is allowed."""

    home: Path
    namespace: bool

    @property
    def log(self) -> Path:
        return self.home / "sockets.log"

    @property
    def attempts(self) -> list[str]:
        return [line for line in self._lines() if line.startswith("attempt")]

    @property
    def started(self) -> list[str]:
        """The command lines of the processes that were guarded."""
        return [line.split("\t", 2)[2] for line in self._lines() if line.startswith("started")]

    def python(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        prefix = ["unshare", "-n"] if self.namespace else []
        return subprocess.run(
            [*prefix, sys.executable, *map(str, arguments)],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def program(self, module: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """A console script: `module`'s function `run`."""
        return self.python("-c", f"from {module} import run; run()", *arguments)

    def _environment(self) -> dict[str, str]:
        """Without what would keep a library from trying: we want to see it try."""
        kept = {
            name: value for name, value in os.environ.items() if not name.endswith(("_OFFLINE", "_PROXY", "_proxy"))
        }
        path = os.pathsep.join(each for each in (str(GUARD), os.environ.get("PYTHONPATH", "")) if each)
        return kept | {
            "PYTHONPATH": path,
            "RITROVA_OFFLINE_LOG": str(self.log),
            "RITROVA_LANGUAGE": "en",
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_STATE_HOME": str(self.home / "state"),
        }

    def _lines(self) -> list[str]:
        return self.log.read_text("utf-8", errors="replace").splitlines() if self.log.exists() else []
