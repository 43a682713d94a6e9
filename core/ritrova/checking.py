"""Whether a library is sound, part by part; what is a cache is made anew, what a person typed is never touched."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ritrova.atomic import is_abandoned
from ritrova.encoding import fake
from ritrova.errors import LibraryCorrupt, RitrovaError, UsageError
from ritrova.index.inspect import trouble
from ritrova.library import Library
from ritrova.paths import LibraryPaths
from ritrova.progress import Cancellation, Silent
from ritrova.search import Indexes
from ritrova.store import mending
from ritrova.store.vectors import StoredVectors
from ritrova.store.writing import collect_orphans
from ritrova.text import Message, msg, msg_n


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the check of one part found. `repaired`: it was wrong, and is right now."""

    name: Literal["database", "rows", "index", "thumbnails", "models", "leftovers"]
    title: Message
    state: Literal["good", "wrong", "repaired"]
    found: Message
    remedy: Message | None = None


Tell = Callable[[Message, int, int], object]
"""Is told which part is looked at, how far, and of how much (0: nobody knows). Often: in most parts, of every file."""

TellPart = Callable[[int, int], object]

_DATABASE, _ROWS, _INDEX = msg("Database"), msg("Rows"), msg("Search index")
_THUMBNAILS, _MODELS, _LEFTOVERS = msg("Thumbnails"), msg("Models"), msg("Left over")
_CHECK = msg("To put it right: ritrova check --repair")
_RESTORE = msg("Your photos are untouched. Restore a backup (ritrova restore FILE), or begin anew.")


def _ignore(_part: Message, _done: int, _total: int) -> None:
    """Nobody watches."""


def check(paths: LibraryPaths, *, repair: bool = False, tell: Tell = _ignore) -> Iterator[Finding]:
    """Look at every part, one after the other. With `repair`, what is a cache is made anew.

    Raises UsageError (no library there), LibraryLocked (`repair` while someone writes), LibraryTooNew.
    """
    if not paths.database.exists():
        raise UsageError(msg("There is no library here yet."), None, str(paths.root))
    try:
        with Library.open(paths.root, write=repair) as library:
            tell(_DATABASE, 0, 0)
            yield (database := _database(library))
            if database.state == "wrong":  # the rest would stumble over it
                return
            for part, look in _PARTS:
                tell(part, 0, 0)
                yield look(library, repair, partial(tell, part))
    except LibraryCorrupt as error:
        yield Finding(name="database", title=_DATABASE, state="wrong", found=error.title, remedy=_RESTORE)


def _database(library: Library) -> Finding:
    try:
        damage = mending.damage(library.store)
    except LibraryCorrupt as error:
        damage = [str(error.title)]
    found = msg("It is damaged: {reason}", reason="; ".join(damage[:3])) if damage else msg("It is whole.")
    return Finding(
        name="database",
        title=_DATABASE,
        state="wrong" if damage else "good",
        found=found,
        remedy=_RESTORE if damage else None,
    )


def _rows(library: Library, repair: bool, _tell: TellPart) -> Finding:
    """Rows that refer to nothing, and contents that no file has. What a person typed may outlive its photo."""
    loose = mending.loose_rows(library.store)
    typed = sorted(set(loose) - set(mending.COMPUTED))
    wrong = sum(loose.values()) + mending.orphans(library.store)
    found = msg_n("{n} row that nothing refers to", "{n} rows that nothing refers to", n=wrong)
    if wrong and repair:
        mending.remove_loose_rows(library.store)
        collect_orphans(library.store)
    if typed:  # nobody but the person may delete that
        tables = msg("Rows of these tables have lost what they belong to: {tables}", tables=", ".join(typed))
        return Finding(name="rows", title=_ROWS, state="wrong", found=tables, remedy=_RESTORE)
    return _of_cache("rows", _ROWS, found, wrong=bool(wrong), repaired=repair)


def _index(library: Library, repair: bool, tell: TellPart) -> Finding:
    settings, folder = library.settings.index, library.paths.index
    known = {model.fingerprint: model for model in library.store.models()}
    sources = [StoredVectors(library.store, None, each.fingerprint, each.dimension) for each in known.values()]
    told: list[str] = []
    why: Message | None = None
    for done, source in enumerate(sources):
        tell(done, len(sources))
        reason = trouble(folder / source.model, settings, source) if source.stamp().count else None
        if reason is None:
            continue
        why = reason
        told.append(known[source.model].name)
        if repair:
            shutil.rmtree(folder / source.model, ignore_errors=True)
            indexes = Indexes(library.paths, settings, source, write=True)
            indexes.bring_up_to_date(Silent(), Cancellation())
    strangers = [path for path in folder.glob("*") if path.name not in known]
    if repair:
        for path in strangers:
            shutil.rmtree(path, ignore_errors=True)
    found = msg("It agrees with the database.")
    if why is not None:
        found = msg("That of {models} is of no use: {reason}", models=", ".join(told), reason=why)
    elif strangers:
        found = msg_n("{n} index of no model", "{n} indexes of no model", n=len(strangers))
    return _of_cache("index", _INDEX, found, wrong=bool(why or strangers), repaired=repair)


def _thumbnails(library: Library, repair: bool, tell: TellPart) -> Finding:
    known, seen = library.store.hashes(), library.store.hashes(present=True)  # of photos that are gone none is wanted
    survey = library.thumbnails.survey(known, lambda done: tell(min(done, len(known)), len(known)))
    damaged, lacking = len(survey.damaged), len(survey.missing & seen)
    wrong = bool(damaged or lacking or survey.orphans)
    if repair:
        for path in survey.damaged:
            path.unlink(missing_ok=True)
        library.thumbnails.collect(known)
        lacking = _make_thumbnails(library, seen, tell)
    counts = {"there": len(seen) - lacking, "missing": lacking, "damaged": damaged, "orphans": survey.orphans}
    if lacking and repair:
        return Finding(
            name="thumbnails",
            title=_THUMBNAILS,
            state="wrong",
            found=msg_n("{n} thumbnail cannot be made", "{n} thumbnails cannot be made", n=lacking),
            remedy=msg("Their photos are not there or cannot be read; they are made when the photos are back."),
        )
    found = msg("{there} there, {missing} missing, {damaged} damaged, {orphans} of no photo", **counts)
    return _of_cache("thumbnails", _THUMBNAILS, found, wrong=wrong, repaired=repair)


def _make_thumbnails(library: Library, known: set[bytes], tell: TellPart) -> int:
    """Make those that are missing; how many could not be made."""
    missing = library.thumbnails.survey(known).missing
    if not missing:
        return 0
    try:
        with library.new_decoder() as decoder:
            lacking = 0
            for done, content in enumerate(missing):
                tell(done, len(missing))
                lacking += library.thumbnail(content, decoder=decoder) is None
            return lacking
    except RitrovaError:  # without the model no decoder; the check of the models says why
        return len(missing)


def _models(library: Library, _repair: bool, tell: TellPart) -> Finding:
    in_use = library.settings.encoding.model
    names = [name for name in dict.fromkeys((*library.models.names(), in_use)) if name != fake.NAME]
    for done, name in enumerate(names):
        tell(done, len(names))
        try:
            library.models.verify(name)
        except RitrovaError as error:
            found = msg("{name}: {reason}", name=name, reason=error.title)
            return Finding(name="models", title=_MODELS, state="wrong", found=found, remedy=error.remedy)
    found = msg_n("{n} model, every file as it was made", "{n} models, every file as it was made", n=len(names))
    return Finding(name="models", title=_MODELS, state="good", found=found)


def _leftovers(library: Library, repair: bool, _tell: TellPart) -> Finding:
    """What a killed process left half-written."""
    paths = library.paths
    places = (paths.root, paths.backups, paths.index, paths.models)
    left = [path for place in places for path in place.glob(".*.part") if is_abandoned(path)]
    left += [path for path in paths.index.glob("*/.*.part") if is_abandoned(path)]
    if repair:
        for path in left:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    found = msg_n("{n} half-written file", "{n} half-written files", n=len(left))
    return _of_cache("leftovers", _LEFTOVERS, found, wrong=bool(left), repaired=repair)


def _of_cache(
    name: Literal["rows", "index", "thumbnails", "leftovers"],
    title: Message,
    found: Message,
    *,
    wrong: bool,
    repaired: bool,
) -> Finding:
    state: Literal["good", "wrong", "repaired"] = "good"
    if wrong:
        state = "repaired" if repaired else "wrong"
    return Finding(name=name, title=title, state=state, found=found, remedy=_CHECK if state == "wrong" else None)


_PARTS = (
    (_ROWS, _rows),
    (_INDEX, _index),
    (_THUMBNAILS, _thumbnails),
    (_MODELS, _models),
    (_LEFTOVERS, _leftovers),
)
