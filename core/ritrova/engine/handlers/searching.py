"""Searching, and what belongs to the search bar."""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ritrova.browsing.browser import Answer
from ritrova.engine.questions import Asked
from ritrova.engine.replies import (
    AWAY,
    Because,
    Columns,
    Completion,
    Completions,
    Count,
    Done,
    FacetsOf,
    FolderCount,
    Results,
    ResultsPart,
    Unfolded,
)
from ritrova.engine.requests import PART, Complete, Facets, ForgetSearches, Remember, Search, Unfold, Why
from ritrova.engine.state import Ask, Engine, Superseded
from ritrova.errors import UsageError
from ritrova.store import albums, browsing
from ritrova.store.records import absolute
from ritrova.text import msg

log = logging.getLogger(__name__)

FIRST = 200
"""Photos of the first reply: more than a screen shows."""

MOST_FOLDERS = 2_000


def search(engine: Engine, ask: Ask) -> None:
    """Answers by itself, in parts; stops between two of them when a newer search has come."""
    body = ask.body
    assert isinstance(body, Search)
    with engine.courtesy.before_others():
        engine.follower.catch_up()
        query, answer = engine.questions.answer(body.spec)
        engine.questions.last = Asked(ask.id, query, answer)
        rows = answer.rows[body.first : body.first + body.count]
        away = engine.watching.away_ids
        results = Results(
            total=len(answer),
            searchable=int((answer.catalogue.embeddings > 0).sum()),
            indexing=engine.indexer.running,
            absent=answer.missed and not (query.photos or query.more or query.less),
            first=body.first,
            columns=columns(answer, rows[:FIRST], away),
        )
        engine.outlet.reply(ask.id, results, more=len(rows) > FIRST)
    for start in range(FIRST, len(rows), PART):
        if ask.stale():
            raise Superseded
        part = ResultsPart(first=body.first + start, columns=columns(answer, rows[start : start + PART], away))
        engine.outlet.reply(ask.id, part, more=start + PART < len(rows))


def unfold(engine: Engine, ask: Ask) -> Unfolded:
    body = ask.body
    assert isinstance(body, Unfold)
    answer = _last(engine, body.search).answer
    rows = answer.fold_of(body.content)[:PART]
    if not len(rows):
        raise UsageError(msg("The photo is no longer there."))
    return Unfolded(columns=columns(answer, rows, engine.watching.away_ids, folds=False))


def why(engine: Engine, ask: Ask) -> Because:
    body = ask.body
    assert isinstance(body, Why)
    last = _last(engine, body.search)
    answer = last.answer
    rows = answer.catalogue.rows_with([body.content])
    if not len(rows):
        raise UsageError(msg("The photo is no longer there."))
    (strength,) = answer.strengths_of(rows[:1])
    rank = None
    if answer.scores is not None:
        rank = 1 + int((answer.scores[answer.rows] > answer.scores[rows[0]]).sum())
    return Because(query=last.query, strength=strength, rank=rank, total=len(answer))


def _last(engine: Engine, search: int) -> Asked:
    """The newest search, if it is the one that is meant."""
    last = engine.questions.last
    if last is None or last.search != search:
        raise Superseded
    return last


def columns(answer: Answer, rows: NDArray[np.int64], away: Sequence[int], *, folds: bool = True) -> Columns:
    """Some rows of an answer, as they are sent. `away`: the watched folders that are not there."""
    catalogue = answer.catalogue
    marks = catalogue.marks[rows]
    if away:
        marks = marks | np.where(np.isin(catalogue.folders[rows], away), AWAY, 0).astype(np.uint8)
    alone = np.empty(0, np.int64)
    return Columns(
        hashes=catalogue.hashes[rows].tobytes(),
        files=tuple(catalogue.files[rows].tolist()),
        widths=tuple(catalogue.widths[rows].tolist()),
        heights=tuple(catalogue.heights[rows].tolist()),
        taken=tuple(catalogue.days(rows)),
        strengths=tuple(answer.strengths_of(rows)),
        folded=tuple(max(len(answer.folds.get(row, alone)) - 1, 0) if folds else 0 for row in rows.tolist()),
        marks=marks.tobytes(),
    )


def complete(engine: Engine, ask: Ask) -> Completions:
    """Own searches that begin so or have such a word, newest first; then keywords for the word being typed."""
    body = ask.body
    assert isinstance(body, Complete)
    typed = body.prefix.casefold().lstrip()
    store = engine.library.store
    found: dict[str, Completion] = {}
    for text, times in albums.searches(store):
        folded = text.casefold()
        if folded != typed and (folded.startswith(typed) or f" {typed}" in folded):
            found[folded] = Completion(text=text, source="history", count=times)
    before, _, word = body.prefix.rpartition(" ")
    if word:
        for keyword, count in engine.library.browser.keywords.counted():
            text = f"{before} {keyword}".lstrip()
            if keyword.casefold().startswith(word.casefold()) and text.casefold() not in (typed, *found):
                found[text.casefold()] = Completion(text=text, source="keyword", count=count)
    return Completions(prefix=body.prefix, found=tuple(found.values())[: body.most])


def remember(engine: Engine, ask: Ask) -> Done:
    body = ask.body
    assert isinstance(body, Remember)
    if not engine.library.read_only:
        text = " ".join(body.text.split())
        if text:
            albums.remember(engine.library.store, text)
    return Done()


def forget_searches(engine: Engine, ask: Ask) -> Done:
    assert isinstance(ask.body, ForgetSearches)
    albums.forget_searches(engine.library.store, ask.body.text)
    return Done()


def facets(engine: Engine, ask: Ask) -> FacetsOf:
    assert isinstance(ask.body, Facets)
    store = engine.library.store
    years = sorted(browsing.values(store, "year"), reverse=True)
    return FacetsOf(
        folders=_folders(engine),
        formats=_counts(browsing.values(store, "format")),
        cameras=_counts(browsing.values(store, "camera")),
        years=_counts(years),
        keywords=_counts(engine.library.browser.keywords.counted()[:MOST_FOLDERS]),
    )


def _folders(engine: Engine) -> tuple[FolderCount, ...]:
    """Every directory with photos at or below it, in the order of paths."""
    store = engine.library.store
    watched = store.watched()
    counts: dict[tuple[bytes, int], int] = {(path, 0): 0 for path in watched.values()}
    for folder, directory, count in browsing.directories(store):
        parts = directory.split(b"/") if directory else []
        for depth in range(len(parts) + 1):
            key = absolute(watched[folder], b"/".join(parts[:depth])), depth
            counts[key] = counts.get(key, 0) + count
    found = [FolderCount(path=path, count=count, depth=depth) for (path, depth), count in sorted(counts.items())]
    return tuple(found[:MOST_FOLDERS])


def _counts(found: list[tuple[str, int]]) -> tuple[Count, ...]:
    return tuple(Count(value=value, count=count) for value, count in found)
