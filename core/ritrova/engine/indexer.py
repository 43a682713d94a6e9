"""The thread that indexes: asked, paused, resumed, held back by power and hours; it lets searches go first."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ritrova.engine.base import Fault, Text
from ritrova.engine.events import IndexEnded, IndexingState, Progress
from ritrova.engine.outlet import Outlet, Rate
from ritrova.engine.pace import FULL, Pace, Slowness
from ritrova.engine.priority import step_back
from ritrova.errors import RitrovaError
from ritrova.folders.states import Timing
from ritrova.indexing.incremental import Pending
from ritrova.library import Library
from ritrova.photo import IndexReport
from ritrova.progress import Cancellation, Courtesy
from ritrova.progress import Progress as Moment
from ritrova.text import Message, msg

log = logging.getLogger(__name__)

State = Literal["idle", "running", "paused", "waiting"]
REST_S = 120.0
"""After so long without work the model leaves the graphics card."""
LOADING_S = 1.0
"""So long the end waits for a model that is being loaded."""

REST_OF_FILES_S = Timing().rest_s
"""A file that was written within so long may still be written."""

FAULT_PAUSES_S = (30.0, 120.0, 600.0, 3600.0)
"""After a fault indexing tries again by itself, so long after the first, the second and so on."""

LOOK_S = 30.0
"""How often a run that waits for power or hours looks whether it may go on, and one that runs whether it still may."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that was asked for: of the model in use, or of another one, which may be used once it is complete.

    With `changes` no more is looked at than where the watch over the folders saw something change.
    """

    model: str | None = None
    use: bool = False
    changes: bool = False


class Indexer:
    """One run at a time, in the order asked; the same run is not asked for twice."""

    def __init__(
        self, library: Library, outlet: Outlet, courtesy: Courtesy, pace: Pace, used: Callable[[str], None]
    ) -> None:
        self._library = library
        self._outlet = outlet
        self._courtesy = courtesy
        self._pace = pace
        courtesy.share = self._share
        self._used = used  # is told of a model that is complete and to be used
        self.pending: Pending | None = None
        """What the watch over the folders has seen, if there is one."""
        self._changed = threading.Condition()
        self._wanted: deque[Wanted] = deque()
        self._cancellation: Cancellation | None = None
        self._paused = library.settings.indexing.paused
        self._anyway = False
        self._working = True  # the model may have been loaded for a search
        self._worked_at = time.monotonic()
        self._ended = False
        self._loading = False  # the model: that takes seconds, and cannot be stopped
        self._told: tuple[State, Message | None] = ("idle", None)
        self._faults = 0  # one after the other
        self._again_at = 0.0  # by the monotonic clock: until then it does not begin by itself
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._thread.start()

    @property
    def state(self) -> tuple[State, Message | None]:
        """And what it waits for."""
        return self._told

    @property
    def running(self) -> bool:
        return self._told[0] == "running"

    def ask(self, wanted: Wanted | None = None, *, anyway: bool = False) -> None:
        """Index soon, and again where a run is under way: it may have passed what is new."""
        wanted = wanted or Wanted()
        with self._changed:
            if not wanted.changes:  # a person asks: perhaps what was wrong is put right
                self._again_at = 0.0
            self._anyway = self._anyway or anyway
            if wanted not in self._wanted:
                self._wanted.append(wanted)
            self._changed.notify()

    def look(self) -> None:
        """There is something in `pending`."""
        self.ask(Wanted(changes=True))

    def try_again(self) -> None:
        """What went wrong may be put right: what waits since then need not wait longer."""
        with self._changed:
            self._again_at = 0.0
            self._changed.notify()

    def pause(self) -> None:
        with self._changed:
            self._paused, self._anyway = True, False
            self._stop_run()
            self._changed.notify()

    def resume(self, *, anyway: bool = False) -> None:
        with self._changed:
            self._paused, self._anyway, self._again_at = False, anyway, 0.0
            if self._told[0] == "running":
                self._tell("running", self._slowness().why)
            self._changed.notify()

    def close(self) -> None:
        """Stop within a batch, and end the decoders. A run that waits for the model is left: it has touched nothing."""
        with self._changed:
            self._ended = True
            self._stop_run()
            self._changed.notify()
        until = time.monotonic() + LOADING_S
        while self._thread.is_alive() and not (self._loading and time.monotonic() > until):
            self._thread.join(0.05)

    def _stop_run(self) -> None:
        if self._cancellation is not None:
            self._cancellation.cancel()

    def _slowness(self) -> Slowness:
        """The pace that the person's wish overrides."""
        return FULL if self._anyway else self._pace.slowness(self._library.settings.indexing)

    def _share(self) -> float:
        return self._slowness().share

    def _run(self) -> None:
        step_back()
        while (wanted := self._next()) is not None:
            report, fault = None, None
            try:
                report = self._index(wanted)
            except RitrovaError as error:
                fault = Fault.of(error)
            except Exception as error:
                log.exception("indexing failed")
                fault = Fault.of(error)
            if self._ended and report is None and fault is None:  # nothing was begun
                return
            self._finish(wanted, report, fault)
            if fault is None and not self._ended:
                self._back_up()

    def _back_up(self) -> None:
        """The week's backup, if it is due."""
        try:
            self._library.back_up()
        except Exception as error:
            self._outlet.notice_of(error)

    def _next(self) -> Wanted | None:
        """Wait until a run is wanted and may begin."""
        with self._changed:
            while not self._ended:
                obstacle = self._obstacle()
                if self._paused:
                    self._tell("paused")
                elif not self._wanted:
                    self._anyway = False
                    self._tell("idle")
                elif obstacle is not None:
                    self._tell("waiting", obstacle)
                else:
                    self._cancellation = Cancellation()
                    self._tell("running", self._slowness().why)
                    return self._wanted.popleft()
                unasked = not self._changed.wait(self._patience()) and not self._ended
                if unasked and self._working and time.monotonic() - self._worked_at >= REST_S:
                    self._rest()
        return None

    def _obstacle(self) -> Message | None:
        if self._again_at > time.monotonic():
            return msg("Something went wrong: trying again soon.")
        return None if self._anyway else self._pace.obstacle(self._library.settings.indexing)

    def _patience(self) -> float | None:
        """Until when to look again by itself. An engine that has nothing to do is not woken."""
        if self._wanted and not self._paused:
            return min(LOOK_S, max(self._again_at - time.monotonic(), 0.0) or LOOK_S)
        return REST_S if self._working else None

    def _rest(self) -> None:
        """Nothing was done for a while: leave the graphics card's memory to others."""
        self._working = False
        if self._library.loaded:
            self._library.encoder.rest()

    def _load(self) -> None:
        """Open the model, for which the end does not wait."""
        self._loading = True
        try:
            self._library.encoder  # noqa: B018 - opens it
        except RitrovaError:  # the run will tell
            pass
        finally:
            self._loading = False

    def _index(self, wanted: Wanted) -> IndexReport | None:
        cancellation = self._cancellation
        assert cancellation is not None
        self._working = True
        activity: Literal["index", "index-model"] = "index" if wanted.model is None else "index-model"
        refresh = self._library.browser.refresh if wanted.model is None else None
        scopes = self.pending.take() if self.pending and wanted.model is None else {}  # a whole run looks there too
        if wanted.changes and not scopes:
            return None
        done = False
        try:
            if wanted.model is None:
                self._load()
            if self._ended:
                return None
            report = self._library.index(
                _Reports(self._outlet, activity, "reading", refresh, self._check),
                cancellation,
                model=wanted.model,
                only=scopes if wanted.changes else None,
                courtesy=self._courtesy,
                finishing=_Reports(self._outlet, activity, "finishing", None, self._check),
                rest_s=REST_OF_FILES_S,
                graph=False,  # a window wants all photos in their order, for which each is compared
            )
            done = not cancellation.cancelled
            return report
        finally:
            if not done and self.pending is not None:
                self.pending.give_back(scopes)

    def _check(self) -> None:
        """Called now and then by a run: hold it back where the power went or the night ended."""
        with self._changed:
            if not self._anyway and self._pace.obstacle(self._library.settings.indexing) is not None:
                self._stop_run()
            self._tell("running", self._slowness().why)

    def _finish(self, wanted: Wanted, report: IndexReport | None, fault: Fault | None) -> None:
        with self._changed:
            stopped = self._cancellation is not None and self._cancellation.cancelled
            self._cancellation, self._worked_at = None, time.monotonic()
            failed = fault is not None and wanted.model is None
            self._faults = self._faults + 1 if failed else 0
            if failed:
                self._again_at = time.monotonic() + FAULT_PAUSES_S[min(self._faults, len(FAULT_PAUSES_S)) - 1]
            if (stopped or failed) and wanted not in self._wanted:  # it goes on where it was, when it may
                self._wanted.appendleft(wanted)
            ended = self._ended
        if wanted.changes and report is None and fault is None:  # another run had looked there already
            return
        different = (
            report is None
            or report.read
            or report.moved
            or report.missing
            or report.returned
            or report.embedded
            or report.noted
        )
        if not ended and different:
            with suppress(RitrovaError):  # without its model nothing can be shown; the run has told
                self._library.browser.reload()
        if wanted.use and wanted.model and not (ended or stopped or fault):
            self._used(wanted.model)
        model = wanted.model or self._library.settings.encoding.model
        self._outlet.event(IndexEnded(model=model, report=report, stopped=stopped, fault=fault))
        if different:
            self._outlet.changed("photos", "folders", "failures")

    def _tell(self, state: State, why: Message | None = None) -> None:
        if self._told != (state, why):
            self._told = (state, why)
            self._outlet.event(IndexingState(state=state, why=Text.of(why) if why else None))


class _Reports:
    """A `Watcher` that tells the window, not too often."""

    def __init__(
        self,
        outlet: Outlet,
        activity: Literal["index", "index-model"],
        phase: Literal["reading", "finishing"],
        refresh: Callable[[], None] | None,
        look: Callable[[], None],
    ) -> None:
        self._outlet = outlet
        self._activity = activity
        self._phase = phase
        self._refresh = refresh
        self._look = look
        self._often, self._seldom, self._rarely = Rate(5), Rate(0.5), Rate(1 / LOOK_S)

    def progress(self, moment: Moment) -> None:
        if self._often():
            self._outlet.event(
                Progress(
                    activity=self._activity,
                    phase=self._phase if moment.total_final else "scanning",
                    done=moment.done,
                    total=moment.total,
                    total_final=moment.total_final,
                    photos_per_second=round(moment.rate, 2),
                    eta_s=moment.eta_s,
                )
            )
        if self._refresh is not None and self._seldom():  # what was written can be searched already
            self._refresh()
            self._outlet.changed("photos")
        if self._rarely():
            self._look()

    def notice(self, message: Message) -> None:
        self._outlet.notice("info", message)
