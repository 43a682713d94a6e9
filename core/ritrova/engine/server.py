"""The engine at work: reads requests, hands each to its lane, and ends when nobody can ask any more."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, get_args

from ritrova.engine.channel import MessageGarbled, MessageTooLong, StreamCut, decode_request, read_frame
from ritrova.engine.events import LibraryChanged
from ritrova.engine.following import Follower
from ritrova.engine.handlers.models import switch, warm
from ritrova.engine.indexer import Indexer
from ritrova.engine.lanes import Job, Lane
from ritrova.engine.messages import Request
from ritrova.engine.outlet import Outlet
from ritrova.engine.pace import Pace
from ritrova.engine.previews import Previews
from ritrova.engine.priority import start_helper
from ritrova.engine.questions import Questions
from ritrova.engine.requests import Search, Shutdown
from ritrova.engine.sidecars import Sidecars
from ritrova.engine.state import Ask, Engine, Examine, Sound, Superseded
from ritrova.engine.succession import Succession, hello_of
from ritrova.engine.table import ROUTES, LaneName
from ritrova.engine.watching import Watching
from ritrova.library import Library
from ritrova.progress import Courtesy
from ritrova.text import msg

log = logging.getLogger(__name__)


class Server:
    """One library, one window."""

    def __init__(
        self, library: Library, outlet: Outlet, examine: Examine, sound: Sound, previews: Path, pace: Pace
    ) -> None:
        start_helper()  # before the indexer, which steps back
        courtesy = Courtesy()
        self._outlet = outlet
        indexer = Indexer(library, outlet, courtesy, pace, self._use)
        self._engine = Engine(
            library=library,
            outlet=outlet,
            courtesy=courtesy,
            indexer=indexer,
            watching=Watching(library, indexer, outlet),
            questions=Questions(library),
            follower=Follower(library),
            previews=Previews(library, previews),
            sidecars=Sidecars(library, outlet, courtesy),
            examine=examine,
            sound=sound,
        )
        self._lanes: dict[LaneName, Lane] = {
            "search": Lane("search", "newest only"),
            "reads": Lane("reads"),
            "writes": Lane("writes"),
            "photos": Lane("photos", "newest first"),
            "chores": Lane("chores"),
            "keeping": Lane("keeping"),
        }
        self._succession = Succession(library, self._take_over)
        self._warming = threading.Thread(target=warm, args=(self._engine,), name="warming", daemon=True)
        self._newest_search = 0

    def start(self) -> None:
        """Load the model aside, and watch the folders, which looks for what is new in them."""
        self._warming.start()
        if not self._engine.library.read_only:
            self._engine.sidecars.resume()
        self._engine.watching.follow()
        self._succession.start()

    def serve(self, inbox: BinaryIO) -> None:
        """Answer until the stream of requests ends, or a request says so."""
        while True:
            try:
                payload = read_frame(inbox)
                if payload is None:
                    return
                request = decode_request(payload)
            except MessageGarbled as error:  # the next frame may be sound
                self._outlet.refuse(0, error)
                continue
            except (MessageTooLong, StreamCut) as error:  # what follows cannot be told apart
                self._outlet.refuse(0, error)
                return
            self._take(request)
            if isinstance(request.body, Shutdown):
                return

    def close(self) -> None:
        """Stop what is under way, within moments."""
        engine = self._engine
        engine.previews.close()
        engine.questions.close()
        self._newest_search = -1
        engine.keeping.close()
        self._succession.close()
        for lane in self._lanes.values():
            lane.close()
        engine.sidecars.close()
        engine.watching.close()
        engine.indexer.close()
        engine.previews.end()

    def _take(self, request: Request) -> None:
        self._succession.look()
        route = ROUTES[type(request.body)]
        stale: Callable[[], bool] = bool
        if isinstance(request.body, Search):
            self._newest_search = request.id
            stale = partial(self._is_stale, request.id)
        ask = Ask(request.id, request.body, stale)

        def run() -> None:
            try:
                reply = route.handler(self._engine, ask)
            except Exception as error:
                self._outlet.refuse(ask.id, error)
            else:
                if reply is not None:
                    self._outlet.reply(ask.id, reply)

        job = Job(run, partial(self._outlet.refuse, ask.id, Superseded()))
        if isinstance(request.body, Shutdown):
            run()
        else:
            self._lanes[route.lane].put(job)

    def _is_stale(self, search: int) -> bool:
        return self._newest_search != search

    def _take_over(self) -> None:
        """The process that wrote has ended, and we write from now on."""
        engine = self._engine
        engine.questions.forget()
        self._outlet.send(hello_of(engine.library))
        self._outlet.notice("info", msg("This library can be changed again: nobody else writes to it now."))
        engine.indexer.pause() if engine.library.settings.indexing.paused else engine.indexer.resume()
        engine.watching.follow()
        engine.sidecars.resume()
        self._outlet.changed(*get_args(LibraryChanged.model_fields["what"].annotation))  # anything may be different
        warm(engine)

    def _use(self, model: str) -> None:
        """A model has seen all photos, and is to be used now."""
        try:
            switch(self._engine, model)
        except Exception as error:
            self._outlet.notice_of(error, "models")
