"""What a person says of photos: several changes may be one transaction, and each says what it replaced."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ritrova.errors import UsageError
from ritrova.store import albums, marks
from ritrova.store.albums import AlbumRecord
from ritrova.store.marks import Touched
from ritrova.store.store import Store, Transaction
from ritrova.text import msg

Files = Sequence[int]
Words = dict[str, list[int]]


@contextmanager
def changing(store: Store) -> "Iterator[Changes]":
    """One transaction, flushed to the disk at its end: all of it or nothing."""
    with store.typing() as transaction:
        yield Changes(transaction)


class Changes:
    """The changes of one transaction. Photos are named by their files; what is said holds for their contents.

    Unknown files, and those that were never read, are passed over. Raises UsageError for an album that is not there.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.touched: set[bytes] = set()  # hashes of the photos that are different now
        self.said: dict[bytes, Touched] = defaultdict(Touched)  # and what sidecars may say of them

    def rate(self, files: Files, rating: int | None) -> dict[int | None, list[int]]:
        """Give stars; by former stars, the files whose are different now."""
        contents = marks.contents_of(self._transaction, files)
        before: dict[int | None, list[int]] = defaultdict(list)
        for each, stars in marks.set_rating(self._transaction, list(contents), rating).items():
            before[stars].append(contents[each])
            self.touched.add(each)
            self.said[each].rating = True
        return dict(before)

    def favour(self, files: Files, favourite: bool) -> list[int]:
        """Mark as favourites, or no longer; the files for which that is new."""
        contents = marks.contents_of(self._transaction, files)
        changed = marks.set_favourite(self._transaction, list(contents), favourite)
        self.touched.update(changed)
        for each in changed:
            self.said[each].favourite = True
        return [contents[each] for each in changed]

    def describe(self, files: Files, add: Sequence[str], remove: Sequence[str]) -> tuple[Words, Words]:
        """Give and take keywords: by word, the files that gained it, and those that lost it."""
        contents = marks.contents_of(self._transaction, files)
        found = marks.set_keywords(self._transaction, list(contents), add, remove)
        for word, hashes in (item for words in found for item in words.items()):
            self.touched.update(hashes)
            for each in hashes:
                self.said[each].words.add(word)
        gained, lost = ({word: [contents[h] for h in hashes] for word, hashes in words.items()} for words in found)
        return gained, lost

    def make_album(self, name: str, query: str | None = None, files: Files = ()) -> int:
        """A new album; its id. Raises UsageError where another has this name."""
        album = albums.make(self._transaction, name.strip(), query)
        albums.fill(self._transaction, album, list(marks.contents_of(self._transaction, files)))
        return album

    def restore_album(
        self, album_id: int, name: str, query: str | None, contents: Sequence[bytes]
    ) -> tuple[AlbumRecord, list[bytes]] | None:
        """Make an album what it was, under its own id; what it is now, or None where it was deleted."""
        before = albums.album(self._transaction, album_id), albums.contents(self._transaction, album_id)
        if before[0] is None:
            albums.bring_back(self._transaction, album_id, name, query)
        albums.fill(self._transaction, album_id, contents)
        self.touched.update(set(before[1]) ^ set(contents))
        return (before[0], before[1]) if before[0] else None

    def rename_album(self, album_id: int, name: str) -> str:
        """The former name. Raises UsageError where another album has the new one."""
        before = self.album(album_id).name
        albums.rename(self._transaction, album_id, name.strip())
        return before

    def set_query(self, album_id: int, query: str) -> str:
        """Change what a saved search asks; what it asked before."""
        before = self.album(album_id).query
        if before is None:
            raise UsageError(msg("This album is not a saved search."))
        albums.set_query(self._transaction, album_id, query)
        return before

    def delete_album(self, album_id: int) -> tuple[AlbumRecord, list[bytes]]:
        """The album that is no more, and its contents."""
        before = self.album(album_id), albums.contents(self._transaction, album_id)
        albums.remove(self._transaction, album_id)
        return before

    def put(self, album_id: int, files: Files, at: int | None) -> tuple[AlbumRecord, list[bytes]]:
        """Put photos into an album, at its end or before a position; the album and its former contents."""
        album = self.album(album_id)
        if album.query is not None:
            raise UsageError(msg("A saved search fills itself: photos cannot be put into it."))
        before = albums.contents(self._transaction, album_id)
        known = set(before)
        new = [each for each in marks.contents_of(self._transaction, files) if each not in known]
        place = len(before) if at is None else at
        albums.fill(self._transaction, album_id, [*before[:place], *new, *before[place:]])
        self.touched.update(new)
        return album, before

    def take(self, album_id: int, files: Files) -> tuple[AlbumRecord, list[bytes]]:
        """Take photos out of an album; the album and its former contents."""
        album, before = self.album(album_id), albums.contents(self._transaction, album_id)
        gone = set(marks.contents_of(self._transaction, files))
        albums.fill(self._transaction, album_id, [each for each in before if each not in gone])
        self.touched.update(gone & set(before))
        return album, before

    def album(self, album_id: int) -> AlbumRecord:
        """An album, uncounted."""
        found = albums.album(self._transaction, album_id)
        if found is None:
            raise UsageError(msg("There is no such album any more."))
        return found
