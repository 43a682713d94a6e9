"""What a person says of photos, in memory: the fake engine's curation. Each change says what undoes it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ritrova.engine import curation_requests as c
from ritrova.engine.query import Query
from ritrova.engine.replies import Album, Albums
from ritrova_desktop.fake_photos import FakePhoto, photo

Undo = tuple[c.Curation, ...]


class FakeLibrary:
    """Photos 1 to `count`, and albums."""

    def __init__(self, count: int) -> None:
        self.photos = [photo(number) for number in range(1, count + 1)]
        self.albums: dict[int, tuple[str, Query | None]] = {}

    def of(self, files: Iterable[int]) -> Iterator[FakePhoto]:
        return (self.photos[file - 1] for file in files if 0 < file <= len(self.photos))

    def listed(self) -> Albums:
        made = [
            Album(
                id=album,
                name=name,
                photos=None if query else sum(album in one.albums for one in self.photos),
                query=query,
            )
            for album, (name, query) in self.albums.items()
        ]
        favourites = sum(one.favourite for one in self.photos)
        return Albums(albums=tuple(sorted(made, key=lambda album: album.name)), favourites=favourites)

    def change(self, body: Any) -> Undo:
        return CHANGES[type(body)](self, body)

    def apply(self, steps: Iterable[c.Curation]) -> Undo:
        """Several changes as one."""
        undos = [self.change(step) for step in steps]
        return tuple(step for undo in reversed(undos) for step in undo)

    def _rate(self, body: c.SetRating) -> Undo:
        undo = tuple(c.SetRating(files=(one.file,), rating=one.rating) for one in self.of(body.files))
        for one in self.of(body.files):
            one.rating = body.rating
        return undo

    def _favour(self, body: c.SetFavourite) -> Undo:
        undo = tuple(c.SetFavourite(files=(one.file,), favourite=one.favourite) for one in self.of(body.files))
        for one in self.of(body.files):
            one.favourite = body.favourite
        return undo

    def _word(self, body: c.SetKeywords) -> Undo:
        for one in self.of(body.files):
            one.keywords = tuple(sorted({*one.keywords, *body.add} - set(body.remove)))
        return (c.SetKeywords(files=body.files, add=body.remove, remove=body.add),)

    def _make(self, body: c.MakeAlbum) -> Undo:
        album = max(self.albums, default=0) + 1
        self.albums[album] = (body.name, body.query)
        for one in self.of(body.files):
            one.albums.add(album)
        return (c.DeleteAlbum(album=album),)

    def _rename(self, body: c.RenameAlbum) -> Undo:
        name, query = self.albums[body.album]
        self.albums[body.album] = (body.name, query)
        return (c.RenameAlbum(album=body.album, name=name),)

    def _ask(self, body: c.SetAlbumQuery) -> Undo:
        name, query = self.albums[body.album]
        self.albums[body.album] = (name, body.query)
        return (c.SetAlbumQuery(album=body.album, query=query or Query()),)

    def _delete(self, body: c.DeleteAlbum) -> Undo:
        name, query = self.albums.pop(body.album)
        contents = tuple(one.content for one in self.photos if body.album in one.albums)
        for one in self.photos:
            one.albums.discard(body.album)
        return (c.RestoreAlbum(album=body.album, name=name, query=query, contents=contents),)

    def _restore(self, body: c.RestoreAlbum) -> Undo:
        self.albums[body.album] = (body.name, body.query)
        for one in self.photos:
            if one.content in body.contents:
                one.albums.add(body.album)
        return (c.DeleteAlbum(album=body.album),)

    def _put(self, body: c.AddToAlbum) -> Undo:
        for one in self.of(body.files):
            one.albums.add(body.album)
        return (c.RemoveFromAlbum(album=body.album, files=body.files),)

    def _take(self, body: c.RemoveFromAlbum) -> Undo:
        for one in self.of(body.files):
            one.albums.discard(body.album)
        return (c.AddToAlbum(album=body.album, files=body.files),)


CHANGES: dict[type, Callable[[FakeLibrary, Any], Undo]] = {
    c.SetRating: FakeLibrary._rate,
    c.SetFavourite: FakeLibrary._favour,
    c.SetKeywords: FakeLibrary._word,
    c.MakeAlbum: FakeLibrary._make,
    c.RenameAlbum: FakeLibrary._rename,
    c.SetAlbumQuery: FakeLibrary._ask,
    c.DeleteAlbum: FakeLibrary._delete,
    c.RestoreAlbum: FakeLibrary._restore,
    c.AddToAlbum: FakeLibrary._put,
    c.RemoveFromAlbum: FakeLibrary._take,
}
