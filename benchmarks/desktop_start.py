"""How long until the window takes input, from the start of its process; beside a bare Qt window, in the same run.

python benchmarks/desktop_start.py --repeat 7

Each start is a process of its own, without a screen. It ends when the window has been painted and a letter that was
typed stands in its search field. The engine starts after the first painting, and is not waited for.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from machine import Target, describe, measured

BARE = """
import sys, time
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
application = QApplication([])
window, field = QMainWindow(), QLineEdit()
window.setCentralWidget(field)
window.show()
field.setFocus()
"""
OURS = """
import sys, time
from pathlib import Path
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from ritrova_desktop.app import App
from ritrova_desktop.command_line import Options
from ritrova_desktop.engine_client import ProcessEngine, engine_command
from ritrova_desktop.state import State
application = QApplication([])
root = Path(sys.argv[2])
app = App(application, ProcessEngine(engine_command(root)), State(root / "window.json"), Options())
app.show()
window = app.window
field = window.findChild(QLineEdit) or QLineEdit(window)
field.setFocus()
"""
MEASURE = """
application.processEvents()
while not (window.isVisible() and window.windowHandle().isExposed()):
    application.processEvents()
window.grab()
QTest.keyClicks(field, "a")
assert field.text() == "a"
elapsed = time.monotonic() - float(sys.argv[1])
import json
heavy = sorted({"torch", "PIL", "hnswlib", "sqlalchemy", "numpy", "typer"} & set(sys.modules))
print(json.dumps({"seconds": elapsed, "heavy": heavy}), flush=True)
"""
END = "app.close()\n"


def start(script: str, root: Path) -> dict[str, Any]:
    """Run one start; what it says of itself."""
    began = time.monotonic()  # one clock for all processes of the machine
    done = subprocess.run(
        [sys.executable, "-c", script, str(began), str(root)], capture_output=True, text=True, check=True
    )
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(describe())
    bare: list[float] = []
    ours: list[float] = []
    heavy: set[str] = set()
    with tempfile.TemporaryDirectory() as name, measured() as spent:
        for _ in range(repeat + 1):  # the first of each warms the system's cache
            bare.append(start(BARE + MEASURE, Path(name))["seconds"])
            said = start(OURS + MEASURE + END, Path(name))
            ours.append(said["seconds"])
            heavy.update(said["heavy"])
    of_bare, of_ours = median(bare[1:]), median(ours[1:])
    print(f"  others had {spent.others:.0%} of the cores meanwhile; first start of ours {ours[0]:.2f} s")
    print(f"  a bare window: {of_bare:.3f} s (least {min(bare):.3f} s)")
    print(Target("process start to a window that takes input", of_ours, 1.0, " s"))
    print(f"  least {min(ours):.3f} s; {of_ours / of_bare:.1f} times a bare window")
    print(f"  heavy packages in the window: {', '.join(sorted(heavy)) or 'none'}")


if __name__ == "__main__":
    main()
