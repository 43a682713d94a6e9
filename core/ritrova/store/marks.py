"""What a person says of contents: stars, favourites, keywords. Each change returns what it replaced.

Changes take hashes, and a connection: several of them may be one transaction.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.sqlite import insert as upsert

from ritrova.store.store import Store
from ritrova.store.tables import Content, File, Keyword, Mark

MANY = 500
"""Bound parameters a statement."""


class Said(NamedTuple):
    """What a person says of a content beside keywords."""

    rating: int | None
    favourite: bool


NOTHING = Said(None, False)


@dataclass(slots=True)
class Touched:
    """What of a person's words on a content is not what it was."""

    rating: bool = False
    favourite: bool = False
    words: set[str] = field(default_factory=set)

    def add(self, other: "Touched") -> None:
        self.rating |= other.rating
        self.favourite |= other.favourite
        self.words |= other.words


def contents_of(connection: Connection, file_ids: Sequence[int]) -> dict[bytes, int]:
    """The contents of these files, by hash, in the files' order, each with the first file that named it.

    Files that were never read have none.
    """
    rows = connection.execute(
        text(
            "SELECT content.hash, file.id FROM json_each(:ids) AS wanted JOIN file ON file.id = wanted.value"
            " JOIN content ON content.id = file.content_id ORDER BY wanted.key"
        ),
        {"ids": json.dumps(list(file_ids))},
    )
    found: dict[bytes, int] = {}
    for hash_, file_id in rows:
        found.setdefault(hash_, file_id)
    return found


def a_file_of(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, int]:
    """One file of each content that the library knows, present or not."""
    found = {}
    for part in parts(hashes):
        query = select(Content.hash, func.min(File.id)).join(File).where(Content.hash.in_(part)).group_by(Content.hash)
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found


def said_of(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, Said]:
    """What the person says of these contents; those that nothing is said of are left out."""
    found = {}
    for part in parts(hashes):
        query = select(Mark.hash, Mark.rating, Mark.favourite).where(Mark.hash.in_(part))
        found.update({row.hash: Said(row.rating, row.favourite) for row in connection.execute(query)})
    return found


def set_rating(connection: Connection, hashes: Sequence[bytes], rating: int | None) -> dict[bytes, int | None]:
    """Give stars, or take the person's word back (None); the former stars of those that are different now."""
    before = said_of(connection, hashes)
    changed = {each: old for each in hashes if (old := before.get(each, NOTHING).rating) != rating}
    _put(connection, {each: before.get(each, NOTHING)._replace(rating=rating) for each in changed})
    return changed


def set_favourite(connection: Connection, hashes: Sequence[bytes], favourite: bool) -> list[bytes]:
    """Mark or unmark; those that are different now."""
    before = said_of(connection, hashes)
    changed = [each for each in hashes if before.get(each, NOTHING).favourite != favourite]
    _put(connection, {each: before.get(each, NOTHING)._replace(favourite=favourite) for each in changed})
    return changed


def set_keywords(
    connection: Connection, hashes: Sequence[bytes], add: Iterable[str], remove: Iterable[str]
) -> tuple[dict[str, list[bytes]], dict[str, list[bytes]]]:
    """Give and take words: by word, the contents that gained it and those that lost it. Taking wins."""
    taken = {word.strip() for word in remove}
    given = {word.strip() for word in add} - taken - {""}
    own = {each: set(words) for each, words in files_words(connection, hashes).items()}
    typed = typed_words(connection, hashes)
    gained: dict[str, list[bytes]] = defaultdict(list)
    lost: dict[str, list[bytes]] = defaultdict(list)
    rows, gone = [], []
    for each in hashes:
        now = words_of(own.get(each, set()), typed.get(each, {}))
        for word in given - now:
            gained[word].append(each)
            if word in own.get(each, ()):  # the file has it: only our taking it away goes
                gone.append((each, word))
            else:
                rows.append({"hash": each, "word": word, "added": True})
        for word in taken & now:
            lost[word].append(each)
            if word in own.get(each, ()):
                rows.append({"hash": each, "word": word, "added": False})
            else:
                gone.append((each, word))
    if gone:
        connection.exec_driver_sql("DELETE FROM keyword WHERE hash = ? AND word = ?", gone)
    if rows:
        insert = upsert(Keyword)
        connection.execute(
            insert.on_conflict_do_update(index_elements=["hash", "word"], set_={"added": insert.excluded.added}), rows
        )
    return dict(gained), dict(lost)


def files_words(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, list[str]]:
    """The keywords that files and sidecars carry, in their order."""
    found: dict[bytes, dict[str, None]] = defaultdict(dict)
    for part in parts(hashes):
        query = select(Content.hash, Content.keywords, File.keywords).outerjoin(File).where(Content.hash.in_(part))
        for hash_, *lists in connection.execute(query):
            for words in lists:
                found[hash_].update(dict.fromkeys(words or ()))
    return {each: list(words) for each, words in found.items()}


def typed_words(connection: Connection, hashes: Sequence[bytes]) -> dict[bytes, dict[str, bool]]:
    """The words that the person gave (True) and took away (False)."""
    found: dict[bytes, dict[str, bool]] = defaultdict(dict)
    for part in parts(hashes):
        query = select(Keyword.hash, Keyword.word, Keyword.added).where(Keyword.hash.in_(part)).order_by(Keyword.word)
        for row in connection.execute(query):
            found[row.hash][row.word] = row.added
    return dict(found)


def words_of(own: Iterable[str], typed: dict[str, bool]) -> set[str]:
    """The keywords of a photo, from those of its file and what the person gave and took."""
    return {word for word in own if typed.get(word, True)} | {word for word, added in typed.items() if added}


def carry_over(connection: Connection, old: bytes, new: bytes) -> None:
    """A photo was edited in place: what was said of the old bytes holds for the new ones, where nothing is said yet."""
    for table, columns in (
        ("mark", "rating, favourite"),
        ("keyword", "word, added"),
        ("album_photo", "album_id, position"),
    ):
        connection.exec_driver_sql(
            f"INSERT OR IGNORE INTO {table} (hash, {columns}) SELECT ?, {columns} FROM {table} WHERE hash = ?",
            (new, old),
        )


def count_favourites(store: Store) -> int:
    """Favourites of which a file is present."""
    with store.reading() as connection:
        return int(
            connection.exec_driver_sql(
                "SELECT count(*) FROM mark JOIN content ON content.hash = mark.hash WHERE mark.favourite AND EXISTS"
                " (SELECT 1 FROM file WHERE file.content_id = content.id AND file.state = 'present')"
            ).scalar_one()
        )


def parts(hashes: Sequence[bytes]) -> Iterable[list[bytes]]:
    """In portions that a statement takes."""
    return (list(hashes[start : start + MANY]) for start in range(0, len(hashes), MANY))


def _put(connection: Connection, said: dict[bytes, Said]) -> None:
    empty = [each for each, words in said.items() if words == NOTHING]
    for part in parts(empty):
        connection.execute(delete(Mark).where(Mark.hash.in_(part)))
    rows = [{"hash": each, **words._asdict()} for each, words in said.items() if words != NOTHING]
    if rows:
        insert = upsert(Mark)
        values = {"rating": insert.excluded.rating, "favourite": insert.excluded.favourite}
        connection.execute(insert.on_conflict_do_update(index_elements=["hash"], set_=values), rows)
