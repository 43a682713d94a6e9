"""The memory of sidecars that are still to be written: it outlives the engine, so a kill loses none of them."""

import logging
import threading
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ritrova import atomic
from ritrova.store.marks import Touched

log = logging.getLogger(__name__)

_FILE = TypeAdapter(dict[str, Touched])  # by hash, in hexadecimal


class PendingSidecars:
    """Contents whose sidecars lag behind the store, and of which words. For any thread.

    `promise` is called before a change is committed, `add` after it: so whatever was committed stands in the file. What
    it names too much (a change that failed, sidecars that are written already) is written again, which changes nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._promised: dict[bytes, Touched] = {}
        self._waiting: dict[bytes, Touched] = {}
        self._taken: dict[bytes, Touched] = {}  # being written

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def promise(self, touched: Mapping[bytes, Touched]) -> None:
        """This is about to be changed. Raises OSError."""
        with self._turn:
            self._promised = dict(touched)
            every: dict[bytes, Touched] = {}
            for some in (self._taken, self._waiting, self._promised):
                _merge(every, some)
            content = _FILE.dump_json({each.hex(): what for each, what in every.items()})
            atomic.write_bytes(self._file, content, durable=True)

    def add(self, touched: Mapping[bytes, Touched]) -> None:
        """It was changed."""
        with self._turn:
            self._promised = {}
            _merge(self._waiting, touched)

    def take(self, most: int) -> dict[bytes, Touched]:
        """The next ones to write; nothing where none are left, and then the file goes."""
        with self._turn:
            portion = {each: self._waiting.pop(each) for each in list(islice(self._waiting, most))}
            _merge(self._taken, portion)
            if not portion:
                self._taken = {}
                if not self._promised:
                    self._remove()
            return portion

    def recall(self) -> bool:
        """What an engine before this one left; whether there is something."""
        try:
            left = {bytes.fromhex(each): what for each, what in _FILE.validate_json(self._file.read_bytes()).items()}
        except FileNotFoundError:
            return False
        except (OSError, ValidationError, ValueError) as error:
            log.warning("what sidecars were to be written cannot be read: %s", type(error).__name__)
            return False
        with self._turn:
            _merge(self._waiting, left)
        return bool(left)

    def forget(self) -> None:
        """The person wants no sidecars any more."""
        with self._turn:
            self._promised, self._waiting, self._taken = {}, {}, {}
            self._remove()

    def _remove(self) -> None:
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:  # then the next start writes them again, which changes nothing
            log.warning("the list of sidecars cannot be removed: %s", error.strerror)


def _merge(into: dict[bytes, Touched], some: Mapping[bytes, Touched]) -> None:
    for each, what in some.items():
        into.setdefault(each, Touched()).add(what)
