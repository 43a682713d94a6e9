"""What an engine costs that has nothing to do: `python benchmarks/idle.py`.

A real engine process that watches a folder of photos, all of them indexed, with the fake encoder (the model's size
changes nothing here). Read from /proc over a minute: the processor time of the engine and of all its processes, and how
often its threads were woken.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from engine import Client
from machine import BUILD, Target, describe
from ritrova.engine.events import IndexEnded, ModelReady
from ritrova.engine.requests import AddFolder

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
MOST_PERCENT = 0.5
SETTLE_S = 15.0  # what follows the last event: the look at the folder after it, the end of the decoders


def family(pid: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def spent_s(pid: int) -> float:
    """Processor seconds of a process and its descendants."""
    total = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])  # utime, stime
    return total / TICKS_A_SECOND


def woken(pid: int) -> dict[str, int]:
    """How often each thread gave the processor away of itself, which it does once for each time it was woken."""
    found: dict[str, int] = {}
    for each in family(pid):
        for task in Path(f"/proc/{each}/task").iterdir():
            status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines() if ":" in line)
            name = f"{each}/{task.name} {status['Name'].strip()}"
            found[name] = int(status["voluntary_ctxt_switches"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--photos", type=int, default=50)
    arguments = parser.parse_args()
    print(describe())
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        root, folder = Path(name) / "library", Path(name) / "photos"
        root.mkdir()
        (root / "settings.json").write_text(json.dumps({"encoding": {"model": "fake"}, "decoding": {"workers": 1}}))
        folder.mkdir()
        for number in range(arguments.photos):
            Image.new("RGB", (64 + number, 48), (number * 5 % 256, 80, 120)).save(folder / f"{number}.jpg")
        client = Client(root)
        client.wait_for(ModelReady)
        client.send(AddFolder(path=os.fsencode(folder)))
        client.wait_for(IndexEnded)
        time.sleep(SETTLE_S)
        before, waked, start = spent_s(client.pid), woken(client.pid), time.monotonic()
        time.sleep(arguments.seconds)
        seconds = time.monotonic() - start
        percent = (spent_s(client.pid) - before) / seconds * 100
        times = {thread: count - waked.get(thread, 0) for thread, count in woken(client.pid).items()}
        client.close()
    print(f"\n{seconds:.0f} s idle: {percent:.2f} % of one processor, {sum(times.values())} wake-ups")
    for thread, count in sorted(times.items(), key=lambda each: -each[1]):
        if count:
            print(f"  {count:6} {thread}")
    print(Target("idle engine, of one processor", percent, MOST_PERCENT, " %"))


if __name__ == "__main__":
    main()
