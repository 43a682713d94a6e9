"""Moving files: their rows get another place, and all that hangs on them goes along."""

from collections.abc import Sequence

from ritrova.photo import FileStamp, FileState
from ritrova.store.records import Place
from ritrova.store.store import Store


def move_files(store: Store, moves: Sequence[tuple[int, Place, FileStamp]]) -> None:
    """Set files (by row) down at other places, at once. A row that is at such a place already gives way."""
    if not moves:
        return
    rows = [
        (
            place.folder_id,
            place.directory,
            place.name,
            place.key,
            stamp.size,
            stamp.mtime_ns,
            stamp.inode,
            FileState.PRESENT,
            file_id,
        )
        for file_id, place, stamp in moves
    ]
    with store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE OR REPLACE file SET folder_id = ?, directory = ?, name = ?, key = ?,"
            " size = ?, mtime_ns = ?, inode = ?, state = ? WHERE id = ?",
            rows,
        )
