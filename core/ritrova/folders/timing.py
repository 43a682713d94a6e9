"""When to act on what happened: pure objects that are told the time."""

from collections.abc import Mapping
from typing import NamedTuple


class Debounce:
    """Waits for the end of a burst: until nothing has come for `quiet_s`, but no longer than `longest_s` in all."""

    def __init__(self, quiet_s: float, longest_s: float) -> None:
        self._quiet_s = quiet_s
        self._longest_s = longest_s
        self._first: float | None = None
        self._last = 0.0

    def touch(self, now: float) -> bool:
        """Something came; whether it is the first of its burst."""
        first = self._first is None
        if first:
            self._first = now
        self._last = now
        return first

    @property
    def due_at(self) -> float | None:
        """When the burst is over; None while there is none."""
        if self._first is None:
            return None
        return min(self._last + self._quiet_s, self._first + self._longest_s)

    def end(self) -> None:
        self._first = None


class Look(NamedTuple):
    """A file as it was just seen."""

    size: int
    mtime_ns: int
    age_s: float  # of its last writing, by the clock on the wall; it may be wrong


class _Held(NamedTuple):
    look: Look
    since: float  # it has looked so
    first: float
    next: float  # when to look again


class Settling:
    """Files that may still be written: each is held until its size and time have stayed for `rest_s`."""

    LONGEST_PAUSE_S = 5.0
    """Between two looks at a file that is written for long."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._held: dict[bytes, _Held] = {}

    def see(self, path: bytes, look: Look | None, now: float) -> bool:
        """A file was looked at (None: it is not there); whether it rests. If so, it is held no longer."""
        held = self._held.get(path)
        if look is None or (held is None and look.age_s >= self._rest_s):
            self._held.pop(path, None)
            return True
        if held is not None and held.look[:2] == look[:2]:
            if now - held.since >= self._rest_s:
                del self._held[path]
                return True
            self._held[path] = held._replace(next=held.since + self._rest_s)
            return False
        first = held.first if held else now
        pause = min(max(self._rest_s, (now - first) / 4), self.LONGEST_PAUSE_S)
        self._held[path] = _Held(look, now, first, now + pause)
        return False

    def due(self, now: float) -> list[bytes]:
        """The files to look at again."""
        return [path for path, held in self._held.items() if held.next <= now]

    @property
    def due_at(self) -> float | None:
        """When to look again; None while nothing is held."""
        return min((held.next for held in self._held.values()), default=None)

    @property
    def held(self) -> Mapping[bytes, object]:
        return self._held


class ClockJumps:
    """Notices that the computer slept, or that its clock was set: events may be lost, and times mean nothing."""

    TOLERANCE_S = 5.0

    def __init__(self, wall: float, monotonic: float) -> None:
        self._wall, self._monotonic = wall, monotonic

    def jumped(self, wall: float, monotonic: float, expected_s: float) -> bool:
        """Whether, since the last call, the two clocks went apart, or far more time than `expected_s` went by.

        Where the monotonic clock stands still in sleep (Linux, macOS) the first tells, elsewhere the second.
        """
        elapsed, on_the_wall = monotonic - self._monotonic, wall - self._wall
        self._wall, self._monotonic = wall, monotonic
        late = elapsed > 2 * expected_s + self.TOLERANCE_S
        return abs(on_the_wall - elapsed) > self.TOLERANCE_S or late
