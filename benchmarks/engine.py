"""What a keystroke costs in the engine: from the request written to the first photos read, and to the last.

python benchmarks/engine.py --count 100000

A real engine process on a library of invented photos, with the bundled model; the sentences are new each time, so each
is encoded. Then the same while photos of 12 megapixels are indexed.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from library_search import beside_photos
from machine import Target, describe
from ritrova.engine.base import Frozen
from ritrova.engine.channel import decode_answer, encode, read_frame
from ritrova.engine.events import IndexEnded, ModelReady
from ritrova.engine.messages import Event, Reply, Request
from ritrova.engine.query import Query
from ritrova.engine.replies import Results
from ritrova.engine.requests import AddFolder, Search
from ritrova.photo import Filters
from ritrova.settings import EncodingSettings

QUERIES = Path(__file__).with_name("queries.txt")
TYPING_S = 0.2  # from one search to the next, as someone types
QUIET_MS, BUSY_MS = 150, 400


class Client:
    """The window's side of the pipes, one request at a time."""

    def __init__(self, root: Path) -> None:
        code = "from ritrova.cli.main import run; run()"
        command = [sys.executable, "-c", code, "--library", str(root), "engine"]
        self._engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._id = 0
        self.ended = False

    @property
    def pid(self) -> int:
        return self._engine.pid

    def send(self, body: Frozen) -> int:
        assert self._engine.stdin is not None
        self._id += 1
        self._engine.stdin.write(encode(Request.model_validate({"id": self._id, "body": body})))
        self._engine.stdin.flush()
        return self._id

    def next(self) -> object:
        assert self._engine.stdout is not None
        payload = read_frame(self._engine.stdout)
        assert payload is not None, "the engine ended"
        message = decode_answer(payload)
        if isinstance(message, Event):
            self.ended = self.ended or isinstance(message.body, IndexEnded)
            return message.body
        return message

    def search(self, query: Query, count: int) -> tuple[float, float, int]:
        """Milliseconds to the first photos and to the last, and how many fit."""
        start = time.perf_counter()
        number = self.send(Search(spec=query, count=count))
        first, total = 0.0, 0
        while True:
            message = self.next()
            if isinstance(message, Reply) and message.id == number:
                if isinstance(message.body, Results):
                    first, total = time.perf_counter() - start, message.body.total
                if not message.more:
                    return first * 1000, (time.perf_counter() - start) * 1000, total

    def wait_for(self, kind: type) -> None:
        while not isinstance(self.next(), kind):
            pass

    def close(self) -> None:
        assert self._engine.stdin is not None
        self._engine.stdin.close()
        self._engine.wait()


def told(title: str, times: list[tuple[float, float, int]]) -> float:
    first, last = (np.array([each[i] for each in times]) for i in (0, 1))
    print(
        f"  {title:32} first photos: median {np.median(first):6.1f} ms, slowest {first.max():6.1f} ms;"
        f" all {times[-1][2]}: median {np.median(last):7.1f} ms   ({len(times)} searches)"
    )
    return float(np.median(first))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--model", default=EncodingSettings().model)
    parser.add_argument("--photos", type=int, default=120, help="to be indexed meanwhile")
    arguments = parser.parse_args()
    sentences = [line.strip() for line in QUERIES.read_text(encoding="utf-8").splitlines() if line.strip()]
    print(describe())
    with beside_photos(arguments.model, arguments.count, arguments.photos) as (root, folder):
        start = time.perf_counter()
        client = Client(root)
        client.wait_for(ModelReady)
        print(f"\n{arguments.count} photos; start to model ready {time.perf_counter() - start:.1f} s")
        quiet = told("200 of a sentence", [client.search(Query(text=text), 200) for text in sentences[:40]])
        told("all of a sentence", [client.search(Query(text=text), 500_000) for text in sentences[40:45]])
        told("all by date", [client.search(Query(), 500_000) for _ in range(3)])
        filters = Filters(cameras=("shared 2",))
        told("200 under a filter", [client.search(Query(text=text, filters=filters), 200) for text in sentences[45:60]])
        client.send(AddFolder(path=os.fsencode(folder)))
        client.ended = False
        busy: list[tuple[float, float, int]] = []
        while not client.ended:
            busy.append(client.search(Query(text=f"{sentences[len(busy) % len(sentences)]} {len(busy)}"), 200))
            time.sleep(TYPING_S)  # indexing gives way to searches: without a rest it would never end
        slowed = told("200 while indexing", busy)
        client.close()
    print(Target(f"keystroke at {arguments.count}", quiet, QUIET_MS, " ms"))
    print(Target("the same while indexing", slowed, BUSY_MS, " ms"))


if __name__ == "__main__":
    main()
