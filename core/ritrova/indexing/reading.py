"""The second stage: read a file once, hash it, recognise its bytes or decode them."""

import os
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from ritrova.errors import OUT_OF_MEMORY, DecodeFailure, fault_of
from ritrova.images.metadata import sidecar as parse_sidecar
from ritrova.images.sandbox import SandboxedDecoder
from ritrova.images.thumbnails import Thumbnails
from ritrova.indexing.work import CHANCE, Channel, Done, Scanned, Stopped, ToEncode, ToRead
from ritrova.progress import Courtesy
from ritrova.store.records import Broken, Recognised, Sidecar
from ritrova.store.store import Store

SIDECAR_LIMIT = 4_000_000
"""Bytes of a sidecar that are read; real ones have a few thousand."""


Encode = Callable[[ToEncode], None]
Finish = Callable[[Done | Scanned], None]
Later = Callable[[ToRead, bool], None]


class Moves:
    """Tells a move from a copy: a file whose content is known and whose former path is gone has moved."""

    def __init__(self, store: Store, here: Collection[bytes], gone: Collection[bytes]) -> None:
        """`here`: watched folders whose volume is here, `gone`: those that are no longer on their volume."""
        self._store = store
        self._here, self._gone = here, gone
        self._claimed: set[int] = set()
        self._lock = threading.Lock()

    def claim(self, content_id: int) -> int | None:
        """The row of a file of this content that is no longer where it was; each row is given once."""
        for file_id, folder, path in self._store.files_of(content_id):
            # An unplugged disk has moved nothing, though its empty mount point may stay.
            here = folder in self._gone or (folder in self._here and os.path.isdir(folder))
            gone = here and not os.path.lexists(path)
            if gone and self.take(file_id):
                return file_id
        return None

    def take(self, file_id: int) -> bool:
        """Claim a row that is known to be no longer where it was; False if it was claimed before."""
        with self._lock:
            if file_id in self._claimed:
                return False
            self._claimed.add(file_id)
            return True

    @property
    def claimed(self) -> frozenset[int]:
        """The rows that have moved in this run."""
        with self._lock:
            return frozenset(self._claimed)


class Reader:
    """Drives one decoder process; runs on a thread of its own."""

    def __init__(
        self,
        decoder: SandboxedDecoder,
        store: Store,
        model_id: int,
        thumbnails: Thumbnails,
        moves: Moves,
        courtesy: Courtesy,
    ) -> None:
        self._decoder = decoder
        self._store = store
        self._model_id = model_id
        self._thumbnails = thumbnails
        self._moves = moves
        self._courtesy = courtesy

    def run(self, work: Channel[ToRead], encode: Encode, finish: Finish, later: Later) -> None:
        """Read until the work ends. A photo that cannot be read costs that photo.

        What is to be read alone goes to `later`; again, what has failed now and deserves another try.
        """
        try:
            while (item := work.get()) is not None:
                if item.alone:
                    later(item, False)
                elif self._handle(item, encode, finish):
                    later(replace(item, alone=True), True)
        except Stopped:
            pass

    def run_alone(self, items: Iterable[ToRead], encode: Encode, finish: Finish) -> None:
        """Read these, once, while no other reader works."""
        try:
            for item in items:
                self._handle(item, encode, finish)
        except Stopped:
            pass

    def _handle(self, item: ToRead, encode: Encode, finish: Finish) -> bool:
        """Read one file; whether that failed and deserves another try."""
        self._courtesy.give_way()
        try:
            result = self._read(item)
        except DecodeFailure as failure:
            finish(self._failed(item, failure))
            return failure.kind in CHANCE or failure.reason.endswith(OUT_OF_MEMORY)
        if isinstance(result, ToEncode):
            encode(result)
        else:
            finish(result)
        return False

    def _read(self, item: ToRead) -> ToEncode | Done:
        opened = self._decoder.open(item.path)
        content = self._store.content(opened.hash, self._model_id)
        moved_from = self._moves.claim(content.id) if content and not item.known else None
        sidecar = None if item.only_embed else read_sidecar(item.sidecar)
        if content and content.embedded:
            return Done(
                item,
                Recognised(
                    place=item.place,
                    stamp=opened.stamp,
                    content_id=content.id,
                    moved_from=moved_from,
                    sidecar=sidecar,
                ),
            )
        decoded = self._decoder.decode()
        try:
            self._thumbnails.put(opened.hash, decoded.thumbnail)
        except OSError as error:
            raise fault_of(error, str(self._thumbnails.path(opened.hash))) from error
        return ToEncode(
            item=item,
            stamp=opened.stamp,
            hash=opened.hash,
            facts=decoded.facts,
            pixels=decoded.model_input,
            moved_from=moved_from,
            sidecar=sidecar,
        )

    def _failed(self, item: ToRead, failure: DecodeFailure) -> Done | Scanned:
        if not os.path.lexists(item.path):  # gone since the scan: no failure, and missing if it was known
            return Scanned(vanished=[(item.known.id, item.place)] if item.known else [])
        return Done(
            item,
            Broken(
                place=item.place,
                stamp=item.stamp,
                kind=failure.kind,
                reason=failure.reason,
                decoder=self._decoder.version,
            ),
        )


def read_sidecar(found: tuple[bytes, int] | None) -> Sidecar:
    """What the `.xmp` file says. A broken or vanished one says nothing, and is read again once it changes."""
    if found is None:
        return Sidecar(None, None)
    path, mtime_ns = found
    try:
        with open(path, "rb") as file:
            return Sidecar(mtime_ns, parse_sidecar(file.read(SIDECAR_LIMIT)))
    except (OSError, DecodeFailure):
        return Sidecar(mtime_ns, None)
