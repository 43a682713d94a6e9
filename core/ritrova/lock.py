"""One writer a library: a lock file, and beside it who holds it."""

import errno
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ritrova.atomic import write_bytes
from ritrova.errors import LibraryError, LibraryLocked, fault_of
from ritrova.text import Message, msg


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that writes."""

    pid: int
    program: str


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock, by the file beside it (`writer.json`); None where that is not to be known."""
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


class WriterLock:
    """Held from construction to `release`. The operating system frees it when its process dies, however it dies.

    Raises LibraryLocked, naming the process that writes, and EnvironmentFault where no lock can be made.
    """

    def __init__(self, path: Path) -> None:
        self._holder = path.with_suffix(".json")
        # Where the file system knows no locks, a file that stands for one would outlive a process that is killed.
        self._lock = FileLock(path, mode=0o600, fallback_to_soft=False)
        try:
            self._lock.acquire(timeout=0)
            self._follows_a_kill = self._holder.exists()
            mine = Holder(os.getpid(), Path(sys.argv[0]).name or "python")
            write_bytes(self._holder, json.dumps(asdict(mine)).encode(), durable=False)
        except Timeout:
            raise LibraryLocked(self._title(), msg("Wait until it is done, or close it."), str(path)) from None
        except OSError as error:
            self._lock.release()
            if error.errno == errno.ENOSYS:
                raise LibraryError(
                    msg("The file system that the library lies on knows no locks."),
                    msg("Choose a folder on a disk of this computer; the photos may lie on the network."),
                    str(path.parent),
                ) from error
            raise fault_of(error, str(path.parent)) from error

    def follows_a_kill(self) -> bool:
        """Whether a writer before had no time to clear up. Said once, to the first that asks and can."""
        said, self._follows_a_kill = self._follows_a_kill, False
        return said

    def owe(self) -> None:
        """We had no time or no room to clear up ourselves: to the next that asks it is as after a kill."""
        self._follows_a_kill = True

    def release(self) -> None:
        if self._follows_a_kill:  # nobody has asked yet: an empty file tells the next writer
            self._holder.write_bytes(b"")
        else:
            self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _title(self) -> Message:
        holder = holder_of(self._holder)
        if holder is None:
            return msg("Another process is writing to the library.")
        program, pid = holder.program, str(holder.pid)
        return msg("The library is being written by {program} (process {pid}).", program=program, pid=pid)
