"""What can be wrong inside the database, and what of it can be put right without losing what a person typed."""

from sqlalchemy import func, select, text

from ritrova.store.store import Store
from ritrova.store.tables import Content
from ritrova.store.writing import ORPHAN, stamp_all

COMPUTED = ("file", "content", "embedding", "batch", "failure")
"""Tables whose rows the next indexing run makes again."""


def damage(store: Store) -> list[str]:
    """What SQLite's own check of the file finds wrong; raises LibraryCorrupt where it cannot even look."""
    with store.reading() as connection:
        return [row[0] for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]


def loose_rows(store: Store) -> dict[str, int]:
    """Rows that refer to what is not there, by table."""
    with store.reading() as connection:
        found: dict[str, int] = {}
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            found[row[0]] = found.get(row[0], 0) + 1
        return found


def orphans(store: Store) -> int:
    """Contents that no file refers to."""
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(Content).where(ORPHAN)) or 0


def remove_loose_rows(store: Store) -> None:
    """Delete those that are computed. What hangs on them goes along, so it is looked for until there is none."""
    with store.writing() as connection:
        while rows := [
            (row[0], row[1]) for row in connection.execute(text("PRAGMA foreign_key_check")).all() if row[0] in COMPUTED
        ]:
            for table, row_id in set(rows):
                connection.exec_driver_sql(f"DELETE FROM {table} WHERE rowid = ?", (row_id,))
        stamp_all(connection)
