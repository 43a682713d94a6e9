"""Whether a library is sound, and whether it is what an undisturbed run would have made of the same folder.

The database is read by plain SQL: the code that is being tested is not asked for its own opinion.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ritrova.index.cosine import unit
from ritrova.library import Library
from ritrova.paths import LibraryPaths, thumbnail_path
from soak.tree import COLOURS, Tree

_PRESENT = """
    SELECT file.directory, file.name, file.size, file.mtime_ns, file.inode, content.hash, content.size, content.format,
           content.width, content.height, content.orientation, embedding.vector
    FROM file LEFT JOIN content ON content.id = file.content_id
    LEFT JOIN embedding ON embedding.content_id = content.id
    WHERE file.state = 'present' ORDER BY 1, 2
"""


def damage(library: Path) -> list[str]:
    """What SQLite finds wrong with a database that was left as it was when its process died."""
    path = LibraryPaths(library).database
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        found += [f"foreign key: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
    return [line for line in found if line != "ok"]


def state(library: Path) -> tuple[int, ...]:
    """Numbers that change whenever a run writes what it found."""
    path = LibraryPaths(library).database
    if not path.exists():
        return ()
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        try:
            query = "SELECT count(*), coalesce(sum(state = 'missing'), 0), (SELECT count(*) FROM batch) FROM file"
            return tuple(connection.execute(query).fetchone())
        except sqlite3.OperationalError:  # no tables yet
            return ()


def problems(library: Path, undisturbed: Path, tree: Tree, favourites: Iterable[bytes] = ()) -> list[str]:
    """All that is wrong with a library after its last run; empty where nothing is."""
    found = [f"the folder: {line}" for line in tree.differences()]
    found += [f"the database: {line}" for line in damage(library)]
    here, there = _rows(library, _PRESENT), _rows(undisturbed, _PRESENT)
    found += [f"differs from an undisturbed run: {row[:2]}" for row in sorted({*here} ^ {*there})]
    query = "SELECT directory, name, kind FROM failure ORDER BY 1, 2"
    failed = _rows(library, query)
    if failed != _rows(undisturbed, query):
        found.append("other failures than those of an undisturbed run")
    found += _against_the_files(here, failed, tree)
    found += _favourites(library, favourites)
    found += _caches(library, here)
    return found


def leftovers(library: Path) -> list[str]:
    """Thumbnails that belong to no content. Half-written ones stay for an hour, for somebody may be writing them."""
    known = {row[0].hex() for row in _rows(library, "SELECT hash FROM content")}
    there = {path.stem for path in LibraryPaths(library).thumbnails.rglob("*.webp")}
    return sorted(there - known)


def _rows(library: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(LibraryPaths(library).database)) as connection:
        return connection.execute(query).fetchall()


def _path(row: tuple[Any, ...]) -> bytes:
    return bytes(row[0] + b"/" + row[1] if row[0] else row[1])


def _against_the_files(here: list[tuple[Any, ...]], failed: list[tuple[Any, ...]], tree: Tree) -> list[str]:
    found = []
    photos = {_path(row): row for row in here}
    listed = {_path(row) for row in failed}
    if len(photos) != len(here):
        found.append("a photo is there twice")
    wanted = {os.fsencode(name): original for name, original in tree.files.items()}
    found += [f"lost: {name!r}" for name in wanted if name not in photos and name not in listed]
    found += [f"invented: {name!r}" for name in {*photos, *listed} - {*wanted}]
    for name, row in photos.items():
        if name in wanted and (row[5], row[3]) != (wanted[name].hash, wanted[name].mtime_ns):
            found.append(f"known by other bytes or times than it has: {name!r}")
        if row[-1] is None:
            found.append(f"without an embedding: {name!r}")
    return found


def _favourites(library: Path, hashes: Iterable[bytes]) -> list[str]:
    kept = {row[0] for row in _rows(library, "SELECT hash FROM mark WHERE favourite")}
    return [f"a favourite was forgotten: {each.hex()}" for each in hashes if each not in kept]


def _caches(library: Path, here: list[tuple[Any, ...]]) -> list[str]:
    """Index, search and thumbnails, against the database."""
    found = []
    stored = dict(_rows(library, "SELECT id, vector FROM embedding ORDER BY id"))
    with Library.open(library) as opened:
        exact = opened.indexes.exact
        if exact.ids.tolist() != list(stored):
            found.append("the index holds other photos than the database")
        elif stored:
            vectors = np.stack([np.frombuffer(vector, "<f2").astype(np.float32) for vector in stored.values()])
            if not np.array_equal(exact.vectors_of(np.array(list(stored))), unit(vectors)):
                found.append("the index holds other vectors than the database")
        contents = sorted({row[5] for row in here})  # copies are shown once
        for colour in COLOURS:
            hits = sorted(hit.content for hit in opened.search(colour, top=len(here) + 100))
            if hits != contents:
                found.append(f"a search for {colour} shows {len(hits)} photos of {len(contents)}")
    for (content,) in _rows(library, "SELECT hash FROM content"):
        try:
            with Image.open(thumbnail_path(LibraryPaths(library).thumbnails, content)) as image:
                image.load()
        except OSError as error:
            found.append(f"no thumbnail of {content.hex()}: {error}")
    unused = "SELECT hash FROM content WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.content_id = content.id)"
    found += [f"a content that no file has: {row[0].hex()}" for row in _rows(library, unused)]
    return found
