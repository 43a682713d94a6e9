"""Searching: holds the question of the moment, asks it, and hands on the answer as it comes.

search = SearchController(engine, notices)
search.answered.connect(model.begin)     an `Answer`: the first photos of a new answer, what the old one showed goes
search.part_came.connect(model.add)      a `ResultsPart`: the next photos of the same answer
search.set_text("gatto sul divano")      each change asks at once; whoever reads keys waits a moment first
"""

import time
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from ritrova.engine.base import Fault
from ritrova.engine.events import LibraryChanged
from ritrova.engine.messages import Hello
from ritrova.engine.query import MOST_TEXT, PhotoRef, Query, Scope
from ritrova.engine.replies import Results, ResultsPart
from ritrova.engine.requests import Remember, Search
from ritrova.photo import Filters
from ritrova.text import msg
from ritrova_desktop.engine import Engine
from ritrova_desktop.notices import Level, Notice, Notices, Remedy

MOST_PHOTOS = 8
"""Photos in one question; more of them would mean nothing in particular."""

LOOK_AGAIN_MS = 2_000
"""While indexing goes on the same question is asked again, at most so often."""

_TROUBLE = "search"  # a notice that goes once a question is answered

Order = Literal["relevance", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer. `again`: the same question as before, so whoever shows it may keep the place."""

    query: Query
    number: int  # of the request: `Unfold` names it
    results: Results
    again: bool
    asked_at: float  # `time.perf_counter`: when the question was sent
    answered_at: float


class SearchController(QObject):
    query_changed = Signal(object)  # Query
    answered = Signal(object)  # Answer
    part_came = Signal(object)  # ResultsPart
    completed = Signal()  # the last part is there
    failed = Signal(object)  # Fault: what is shown stays
    busy_changed = Signal(bool)

    def __init__(self, engine: Engine, notices: Notices) -> None:
        super().__init__()
        self._engine, self._notices = engine, notices
        self._query = Query()
        self._answered: Query | None = None
        self._asked: tuple[int, Query, float] | None = None
        self._look_again = QTimer(self, singleShot=True, interval=LOOK_AGAIN_MS)
        self._look_again.timeout.connect(self.again)
        engine.library_changed.connect(self._on_library_changed)
        engine.greeted.connect(self._on_greeted)

    @property
    def query(self) -> Query:
        return self._query

    @property
    def busy(self) -> bool:
        return self._asked is not None

    @property
    def stale(self) -> bool:
        """Whether the photos have changed since the answer, and the question is about to be asked again."""
        return self._look_again.isActive()

    # What is looked for

    def set_text(self, text: str) -> None:
        """Another sentence. "More" and "less like this" were said of the answer to the one before."""
        text = text.strip()[:MOST_TEXT]
        if text != self._query.text:
            self._change(text=text, more=(), less=())

    def set_filters(self, filters: Filters) -> None:
        self._change(filters=filters)

    def set_scope(self, scope: Scope) -> None:
        self._change(scope=scope)

    def set_order(self, order: Order) -> None:
        self._change(order=order)

    def set_fold(self, fold: bool) -> None:
        self._change(fold=fold)

    def set_query(self, query: Query) -> None:
        """Ask something else altogether: a saved search, or what was asked before."""
        self._change(**dict(query))

    def clear(self) -> None:
        """Everything but the scope, the order and the folding."""
        self._change(text="", photos=(), more=(), less=(), filters=Filters())

    def add_photos(self, photos: tuple[PhotoRef, ...]) -> None:
        """Search by photos too, the last `MOST_PHOTOS` of them."""
        together = (*(one for one in self._query.photos if one not in photos), *photos)
        if len(together) > MOST_PHOTOS:
            self._notices.tell(msg("Only the last {n} photos are searched by.", n=MOST_PHOTOS))
        self._change(photos=together[-MOST_PHOTOS:])

    def remove_photo(self, photo: PhotoRef) -> None:
        self._change(photos=tuple(one for one in self._query.photos if one != photo))

    def find_similar(self, content: bytes) -> None:
        """Photos like this one, and nothing else that was asked; within the scope."""
        self._change(text="", photos=(PhotoRef(content=content),), more=(), less=(), filters=Filters())

    def more_like(self, content: bytes) -> None:
        """Più così."""
        self._lean(content, more=True)

    def less_like(self, content: bytes) -> None:
        """Meno così."""
        self._lean(content, more=False)

    def drop_leaning(self, content: bytes) -> None:
        """Neither more nor less like this one."""
        more, less = self._query.more, self._query.less
        self._change(more=tuple(h for h in more if h != content), less=tuple(h for h in less if h != content))

    # Asking

    def again(self) -> None:
        """Ask the same question: the photos may be others now."""
        now = time.perf_counter()
        number = self._engine.request(Search(spec=self._query), self._on_reply, self._on_refusal)
        was_busy = self.busy
        self._asked = (number, self._query, now)
        if not was_busy:
            self.busy_changed.emit(True)

    def remember(self) -> None:
        """The person meant this sentence: keep it for completions. A library that cannot be written keeps none."""
        if self._query.text and not self._engine.read_only:
            self._engine.request(Remember(text=self._query.text))

    def _lean(self, content: bytes, *, more: bool) -> None:
        towards = tuple(h for h in self._query.more if h != content)
        away = tuple(h for h in self._query.less if h != content)
        self._change(more=(*towards, content) if more else towards, less=away if more else (*away, content))

    def _change(self, **changes: object) -> None:
        query = self._query.model_copy(update=changes)
        if query == self._query:
            return
        self._query = query
        self.query_changed.emit(query)
        self.again()

    def _on_reply(self, body: Results | ResultsPart, more: bool) -> None:
        if self._asked is None:
            return
        number, query, asked_at = self._asked
        if isinstance(body, Results):
            self._notices.withdraw(_TROUBLE)
            same, self._answered = query == self._answered, query
            self.answered.emit(Answer(query, number, body, same, asked_at, time.perf_counter()))
        else:
            self.part_came.emit(body)
        if not more and self._asked is not None and self._asked[0] == number:
            self._asked = None
            self.completed.emit()
            self.busy_changed.emit(False)

    def _on_refusal(self, fault: Fault) -> None:
        """The answer that is shown stays. A photo that cannot be searched by is taken out of the question."""
        self._asked = None
        self.busy_changed.emit(False)
        culprit = next((one for one in self._query.photos if one.path is not None and one.path == fault.path), None)
        retry = () if culprit else (Remedy(label=msg("Try again"), run=self.again),)
        self._notices.post(
            Notice(
                title=fault.title.message(),
                detail=fault.remedy.message() if fault.remedy else None,
                level=Level.WARNING if fault.whose == "usage" or culprit else Level.ERROR,
                path=fault.path.decode(errors="replace") if fault.path else None,
                remedies=retry,
                key="search-photo" if culprit else _TROUBLE,
            )
        )
        self.failed.emit(fault)
        if culprit is not None:
            self.remove_photo(culprit)

    def _on_library_changed(self, event: LibraryChanged) -> None:
        if event.what == "photos" and not self._look_again.isActive():
            self._look_again.start()

    def _on_greeted(self, _hello: Hello) -> None:
        """A new engine knows nothing of the answer that is shown; a question left unanswered is asked again anyway."""
        if self._answered is not None and self._asked is None:
            self.again()
