"""Reading for the window: many photos at once, all of one photo, and what filters can choose from."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, func, select, text

from ritrova.photo import FileState, Metadata
from ritrova.store.marks import parts
from ritrova.store.records import absolute
from ritrova.store.searching import with_offset
from ritrova.store.store import Store
from ritrova.store.tables import Content, File, Folder, Volume

Row = tuple[Any, ...]
PAGE = 10_000

# One row a content: id, hash, width, height, local seconds, camera, present file, its folder and directory, stars,
# favourite, embedding. SQLite takes the other columns of `file` from the row of the minimum.
_ROWS = """
SELECT content.id, content.hash, content.width, content.height, CAST(strftime('%s', content.taken_at) AS INTEGER),
       content.camera, min(file.id), file.folder_id, file.directory,
       coalesce(mark.rating, file.rating, content.rating, 0), coalesce(mark.favourite, 0), coalesce(embedding.id, 0)
FROM content
JOIN file ON file.content_id = content.id AND file.state = 'present'
LEFT JOIN mark ON mark.hash = content.hash
LEFT JOIN embedding ON embedding.content_id = content.id AND embedding.model_id = :model
WHERE {which} GROUP BY content.id ORDER BY content.id
"""
_WHICH = {
    "all": "1",
    "new": "content.id > :content OR content.id IN"
    " (SELECT content_id FROM embedding WHERE id > :embedding AND model_id = :model)",
    "these": "content.id IN (SELECT value FROM json_each(:ids))",
}


def rows(
    store: Store, model_id: int | None, which: Literal["all", "new", "these"] = "all", **values: object
) -> Iterator[list[Row]]:
    """The contents that have a present file, by id, page by page; `new` since a content and an embedding id."""
    query = text(_ROWS.format(which=_WHICH[which]))
    with store.reading() as connection:
        result = connection.execute(query, {"model": model_id, **values})
        while page := result.fetchmany(PAGE):
            yield [tuple(row) for row in page]


def content_ids(store: Store, hashes: Sequence[bytes]) -> list[int]:
    """The ids of these contents."""
    with store.reading() as connection:
        return [
            found
            for part in parts(hashes)
            for found in connection.scalars(select(Content.id).where(Content.hash.in_(part)))
        ]


class FileFacts(NamedTuple):
    """A file with all that is known of its content."""

    id: int
    content_id: int
    hash: bytes
    path: bytes  # absolute
    mtime_ns: int
    size: int
    present: bool
    format: str
    width: int
    height: int
    metadata: Metadata  # the sidecar's words before the file's own


def facts(store: Store, file_ids: Sequence[int]) -> list[FileFacts]:
    """Of these files, in their order; those that are unknown or were never read are left out."""
    query = (
        select(File, Content, Folder.path.label("folder_path"), Volume.mount_point)
        .join(Content, File.content_id == Content.id)
        .join(Folder, File.folder_id == Folder.id)
        .join(Volume, Folder.volume_id == Volume.id)
        .where(File.id.in_(text("SELECT value FROM json_each(:ids)")))
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    )
    with store.reading() as connection:
        found = {row.file_id: _facts(row) for row in connection.execute(query, {"ids": json.dumps(list(file_ids))})}
    return [found[each] for each in dict.fromkeys(file_ids) if each in found]


def paths_of(store: Store, content_ids: Sequence[int]) -> dict[int, list[bytes]]:
    """The present files of these contents."""
    query = (
        select(File.content_id, Volume.mount_point, Folder.path, File.directory, File.name)
        .join(Folder, File.folder_id == Folder.id)
        .join(Volume, Folder.volume_id == Volume.id)
        .where(File.content_id.in_(text("SELECT value FROM json_each(:ids)")), File.state == FileState.PRESENT)
        .order_by(File.id)
    )
    paths: dict[int, list[bytes]] = {}
    with store.reading() as connection:
        for row in connection.execute(query, {"ids": json.dumps(list(content_ids))}):
            assert row[0] is not None
            paths.setdefault(row[0], []).append(absolute(*row[1:]))
    return paths


def directories(store: Store) -> list[tuple[int, bytes, int]]:
    """Watched folder, directory within it, present files in it."""
    query = (
        select(File.folder_id, File.directory, func.count())
        .where(File.state == FileState.PRESENT)
        .group_by(File.folder_id, File.directory)
    )
    with store.reading() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def values(store: Store, column: Literal["format", "camera", "year"]) -> list[tuple[str, int]]:
    """The values of a column over the present photos, with counts, most frequent first."""
    expression: Any = {
        "format": Content.format,
        "camera": Content.camera,
        "year": func.substr(Content.taken_at, 1, 4),
    }[column]
    present = select(File.id).where(File.content_id == Content.id, File.state == FileState.PRESENT).exists()
    query = select(expression, func.count()).where(present, expression.is_not(None)).group_by(expression)
    with store.reading() as connection:
        found = [(str(row[0]), int(row[1])) for row in connection.execute(query)]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def keywords(store: Store) -> Counter[str]:
    """All keywords of the present photos, as they are written, with counts."""
    counts: Counter[str] = Counter()
    with store.reading() as connection:
        for table in ("content", "file"):
            lists = connection.exec_driver_sql(f"SELECT keywords FROM {table} WHERE keywords IS NOT NULL")
            words: Counter[str] = Counter()
            while page := lists.fetchmany(PAGE):  # read here: SQLite's json_each takes six times as long
                words.update(word for own in json.loads(f"[{','.join(row[0] for row in page)}]") for word in own or ())
            counts |= words  # a sidecar mostly says what the file says
        typed = connection.exec_driver_sql(
            "SELECT word, sum(CASE added WHEN 1 THEN 1 ELSE -1 END) FROM keyword GROUP BY word"
        )
        for word, count in typed:
            counts[word] += count
    return +counts


def _facts(row: Any) -> FileFacts:
    own = {name: getattr(row, f"content_{name}") for name in Metadata.__slots__}
    words = dict.fromkeys([*(row.file_keywords or ()), *(row.content_keywords or ())])
    own["taken_at"] = with_offset(row.content_taken_at, row.content_taken_offset)
    for name in ("title", "description", "rating"):
        said = getattr(row, f"file_{name}")
        own[name] = said if said is not None else own[name]
    return FileFacts(
        id=row.file_id,
        content_id=row.content_id,
        hash=row.content_hash,
        path=absolute(row.volume_mount_point, row.folder_path, row.file_directory, row.file_name),
        mtime_ns=row.file_mtime_ns,
        size=row.file_size,
        present=row.file_state == FileState.PRESENT,
        format=row.content_format,
        width=row.content_width,
        height=row.content_height,
        metadata=Metadata(**own | {"keywords": tuple(words)}),
    )
