"""An indexing run: scan -> read, hash, decode -> encode -> write, all at once, through bounded channels.

    scanner thread ──ToRead──> reader threads (one decoder process each) ──ToEncode──> encoder thread
          │                          │                                                      │
          └───Scanned────────────────┴──────────Done────> the caller's thread: writes <──Done┘

Everything is written in small transactions by the caller's thread, so a kill loses at most what is in flight,
and the next run finds it again by comparing the folders with the store.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from ritrova.encoding.protocol import Encoder
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.thumbnails import Thumbnails
from ritrova.indexing.batching import encode_batches
from ritrova.indexing.departures import Departures
from ritrova.indexing.reading import Moves, Reader, read_sidecar
from ritrova.indexing.scanning import Scanner, WatchedFolder, is_still
from ritrova.indexing.tally import Tally
from ritrova.indexing.work import Channel, Done, Scanned, Stopped, ToEncode, ToRead
from ritrova.photo import FileState, IndexReport
from ritrova.progress import Cancellation, Courtesy, Progress, Watcher
from ritrova.store.moving import move_files
from ritrova.store.records import Outcome
from ritrova.store.store import Store
from ritrova.store.writing import forget_failures, forget_unread, set_state, write

AHEAD = 20_000
"""Files that the scan may run ahead, which is how far the estimate of the time left can see."""

BATCH = 64
"""Outcomes a transaction."""

WRITE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a run works with."""

    store: Store
    encoder: Encoder
    thumbnails: Thumbnails
    new_decoder: Callable[[], SandboxedDecoder]
    workers: int
    courtesy: Courtesy
    rest_s: float = 0.0  # what was written within so many seconds may be half of a file


class Run:
    """One indexing run over some watched folders."""

    def __init__(self, parts: Parts, watcher: Watcher, cancellation: Cancellation) -> None:
        self._parts = parts
        self._watcher = watcher
        self._cancellation = cancellation
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._work: Channel[ToRead] = Channel(AHEAD, self._stop)
        self._decoded: Channel[ToEncode] = Channel(64, self._stop)
        self._results: Channel[Done | Scanned] = Channel(256, self._stop)
        self._model_id = parts.store.add_model(parts.encoder.fingerprint, parts.encoder.name, parts.encoder.dimension)
        self._tally = Tally()
        self._to_read = 0
        self._scanned = False
        self._started = time.monotonic()

    def __call__(self, folders: Sequence[WatchedFolder]) -> IndexReport:
        """Index the folders; the report of what was done, also of a run that was cancelled."""
        here, gone = ({folder.path for folder in folders if folder.gone is gone} for gone in (False, True))
        self._moves = Moves(self._parts.store, here, gone)
        with ExitStack() as stack:
            decoders = [stack.enter_context(self._parts.new_decoder()) for _ in range(self._parts.workers)]
            stages = threading.Thread(target=self._run_stages, args=(folders, decoders), name="indexing")
            stages.start()
            try:
                vanished = self._write_results()
            finally:
                self._stop.set()
                for decoder in decoders:  # one may be busy with a photo for as long as its time limit allows
                    decoder.interrupt()
                stages.join()
        if self._error is not None:
            raise self._error
        if not self._cancellation.cancelled:
            self._settle_vanished(vanished)
        report = self._tally.report
        report.failed = self._parts.store.count_failures()
        report.vanished = [folder.path for folder in folders if folder.gone]
        report.seconds = time.monotonic() - self._started
        return report

    def _run_stages(self, folders: Sequence[WatchedFolder], decoders: Sequence[SandboxedDecoder]) -> None:
        """Start each stage on its threads; end a stage's channel when the stage before it has ended."""
        parts = self._parts
        readers = [
            Reader(decoder, parts.store, self._model_id, parts.thumbnails, self._moves, parts.courtesy)
            for decoder in decoders
        ]
        alone: list[ToRead] = []

        def later(item: ToRead, again: bool) -> None:
            self._to_read += again
            alone.append(item)

        scan = self._thread("scan", partial(self._scan, folders, decoders[0].version))
        read = [
            self._thread("read", partial(reader.run, self._work, self._decoded.put, self._results.put, later))
            for reader in readers
        ]
        encoding = partial(encode_batches, parts.encoder, self._decoded, self._results.put, parts.courtesy)
        encode = self._thread("encode", encoding)
        scan.join()
        self._work.close()
        for thread in read:
            thread.join()
        self._thread("read", partial(readers[0].run_alone, alone, self._decoded.put, self._results.put)).join()
        self._decoded.close()
        encode.join()
        self._results.close()

    def _thread(self, name: str, target: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                target()
            except Stopped:
                pass
            except BaseException as error:  # handed to the caller's thread, which raises it
                self._error = self._error or error
                self._stop.set()

        thread = threading.Thread(target=guarded, name=name)
        thread.start()
        return thread

    def _scan(self, folders: Sequence[WatchedFolder], decoder: str) -> None:
        departures = Departures(self._parts.store, folders, self._moves.take)
        scanner = Scanner(self._parts.store, self._model_id, decoder, read_sidecar, departures)
        young: list[ToRead] = []

        def read(item: ToRead) -> None:
            if self._left_to_rest(item) > 0:
                young.append(item)
            else:
                self._enqueue(item)

        for folder in folders:
            try:
                scanner.scan(folder, read, self._results.put)
            except OSError:
                self._results.put(Scanned(offline=folder.path))
        for item in young:
            self._stop.wait(self._left_to_rest(item))
            if is_still(item):
                self._enqueue(item)
            else:
                self._results.put(Scanned(unrested=1))
        self._scanned = True

    def _left_to_rest(self, item: ToRead) -> float:
        """Seconds until a file that was written just now may be whole. A time in the future tells nothing."""
        age = time.time() - item.stamp.mtime_ns / 1e9
        return self._parts.rest_s - age if 0 <= age < self._parts.rest_s else 0.0

    def _enqueue(self, item: ToRead) -> None:
        self._to_read += 1
        self._work.put(item)

    def _write_results(self) -> list[Scanned]:
        """Write what arrives until the stages end; what the scan found gone, to be settled at the end."""
        pending: list[Done] = []
        vanished: list[Scanned] = []
        last_write = time.monotonic()
        while True:
            ended = False
            try:
                match self._results.get(timeout=WRITE_EVERY_S / 4):
                    case None:
                        ended = True
                    case Scanned() as scanned:
                        self._settle(scanned)
                        if scanned.vanished:
                            vanished.append(scanned)
                    case done:
                        pending.append(done)
            except queue.Empty:
                pass
            except Stopped:
                ended = True
            now = time.monotonic()
            if pending and (ended or len(pending) >= BATCH or now - last_write >= WRITE_EVERY_S):
                self._write([done.outcome for done in pending])
                self._tally.count(pending)
                pending, last_write = [], now
                self._report_progress()
            if self._cancellation.cancelled:
                self._stop.set()
            if ended:
                return vanished

    def _write(self, outcomes: list[Outcome]) -> None:
        write(self._parts.store, self._model_id, outcomes)

    def _settle(self, scanned: Scanned) -> None:
        self._tally.scanned(scanned)
        move_files(self._parts.store, [(moved.file_id, moved.place, moved.stamp) for moved in scanned.moved])
        if scanned.noted:
            self._write(scanned.noted)
        set_state(self._parts.store, scanned.returned, FileState.PRESENT)
        forget_failures(self._parts.store, scanned.readable)

    def _settle_vanished(self, scans: list[Scanned]) -> None:
        """Only now is it known which of the files that are gone have moved."""
        moved = self._moves.claimed
        gone = [(file_id, place) for scan in scans for file_id, place in scan.vanished if file_id not in moved]
        forget_failures(self._parts.store, (place for _, place in gone))
        forget_unread(self._parts.store, (file_id for file_id, _ in gone))
        set_state(self._parts.store, (file_id for file_id, _ in gone), FileState.MISSING)
        self._tally.report.missing = len(gone)

    def _report_progress(self) -> None:
        seconds = time.monotonic() - self._started
        self._watcher.progress(Progress(self._tally.read, self._to_read, self._scanned, seconds))
