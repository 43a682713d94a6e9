"""An engine that answers from memory: for tests of views, and for looking at the window without a library.

engine = FakeEngine(photos=200, folder=tmp_path)      with a folder, thumbnails and previews are real files
engine.start()                                        `greeted` comes with the next turn of the event loop
engine.asked                                          every request so far, in order
engine.refuse(SetRating, fault)                       the next of that kind is refused
engine.say(Progress(...))                             an event
engine.die()                                          what the window sees of a crash; `start()` brings it back
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QTimer

from ritrova.engine import curation_requests as curate
from ritrova.engine import replies as r
from ritrova.engine import requests as q
from ritrova.engine.base import Fault, Frozen, Text
from ritrova.engine.events import AnyEvent, IndexingState
from ritrova.engine.messages import Event, Hello, Refusal, Reply, Request
from ritrova.engine.query import Query
from ritrova.errors import FailureKind
from ritrova.photo import Failure
from ritrova.settings import Settings
from ritrova.text import msg
from ritrova_desktop.engine import Engine, EngineState
from ritrova_desktop.fake_photos import FakePhoto, columns, found, photo, write_picture

FIRST_PART = 200
ROOT = b"/foto"


class FakeEngine(Engine):
    def __init__(
        self, photos: int = 100, folder: Path | None = None, *, read_only: bool = False, first_run: bool = False
    ) -> None:
        super().__init__()
        self.photos = [photo(number) for number in range(1, photos + 1)]
        self.asked: list[Frozen] = []
        self.albums: dict[int, tuple[str, Query | None]] = {}
        self.folders = [] if first_run else [_folder(ROOT, photos)]
        self.failures = [Failure(path=b"/foto/rotta.jpg", kind=FailureKind.CORRUPT, reason="truncated", attempts=1)]
        self.settings = Settings()
        self.model = self.settings.encoding.model
        self._folder = folder
        self._locked, self._first_run = read_only, first_run
        self._refusals: dict[type[Frozen], Fault] = {}
        self._outbox: deque[Hello | Reply | Refusal | Event] = deque()
        self._delivery = QTimer(self, singleShot=True, interval=0)
        self._delivery.timeout.connect(self._deliver)

    # For tests

    def refuse(self, kind: type[Frozen], fault: Fault) -> None:
        self._refusals[kind] = fault

    def say(self, event: AnyEvent) -> None:
        self._put(Event(body=event))

    def die(self) -> None:
        self._outbox.clear()
        self._lost(EngineState.RESTARTING)

    # The seam

    def start(self) -> None:
        folder = str(self._folder or "/nowhere").encode()
        self._put(
            Hello(
                version="0",
                pid=1,
                library=folder,
                thumbnails=folder + b"/thumbnails",
                read_only=self._locked,
                first_run=self._first_run,
            )
        )

    def close(self) -> None:
        self._enter(EngineState.CLOSED)
        self._pending.clear()
        self._outbox.clear()

    def _send(self, request: Request) -> None:
        body = request.body
        self.asked.append(body)
        refusal = self._refusals.pop(type(body), None)
        if refusal is not None:
            self._put(Refusal(id=request.id, error=refusal))
        elif isinstance(body, q.Search):
            for part, more in self._search(body):
                self._put(Reply(id=request.id, body=part, more=more))
        else:
            self._put(Reply(id=request.id, body=self._answer(body)))

    def _put(self, message: Hello | Reply | Refusal | Event) -> None:
        self._outbox.append(message)
        self._delivery.start()

    def _deliver(self) -> None:
        """One message a turn, so that the window sees them come one by one."""
        if self._outbox:
            message = self._outbox.popleft()
            if self._outbox:
                self._delivery.start()
            self._take(message)

    # Answers

    def _search(self, search: q.Search) -> Iterator[tuple[r.Results | r.ResultsPart, bool]]:
        spec = search.spec
        if spec.scope.kind == "album" and spec.scope.album is not None:
            kept = self.albums.get(spec.scope.album, ("", None))[1]
            spec = kept or spec
        all_found = found(self.photos, spec)
        part = all_found[search.first : search.first + search.count]
        ends = [min(FIRST_PART, len(part)), *range(FIRST_PART + q.PART, len(part), q.PART), len(part)]
        yield (
            r.Results(
                total=len(all_found),
                searchable=len(self.photos),
                indexing=False,
                first=search.first,
                columns=columns(part[: ends[0]]),
            ),
            ends[0] < len(part),
        )
        for start, end in pairwise(ends):
            if start < end:
                yield r.ResultsPart(first=search.first + start, columns=columns(part[start:end])), end < len(part)

    def _answer(self, body: Frozen) -> r.AnyReply:
        answers: dict[type[Frozen], Callable[[], r.AnyReply]] = {
            q.ListFolders: lambda: r.Folders(folders=tuple(self.folders)),
            q.ListFailures: lambda: r.Failures(failures=tuple(self.failures)),
            q.ListAlbums: self._albums,
            q.ListModels: self._models,
            q.GetSettings: self._settings,
            q.GetStatus: self._status,
            q.Facets: self._facets,
            q.Doctor: lambda: r.Diagnosis(findings=(_finding(),)),
        }
        known = answers.get(type(body))
        return known() if known is not None else self._act(body)

    def _act(self, body: Frozen) -> r.AnyReply:
        match body:
            case q.Details(files=files):
                return r.DetailsOf(photos=tuple(one.details() for one in self._of(files)))
            case q.Complete(prefix=prefix):
                words = sorted({one.word for one in self.photos if prefix and one.word.startswith(prefix)})
                some = tuple(r.Completion(text=word, source="keyword", count=1) for word in words)
                return r.Completions(prefix=prefix, found=some)
            case q.AddFolder(path=path, include=include, exclude=exclude):
                self.folders.append(_folder(path, 0, include, exclude))
                return r.Folders(folders=tuple(self.folders))
            case q.RemoveFolder(path=path):
                self.folders = [folder for folder in self.folders if folder.path != path]
                return r.Folders(folders=tuple(self.folders))
            case q.SetPatterns(path=path, include=include, exclude=exclude):
                news = {"include": include, "exclude": exclude}
                self.folders = [one.model_copy(update=news) if one.path == path else one for one in self.folders]
                return r.Folders(folders=tuple(self.folders))
            case q.Preview(file=file, side=side):
                return self._picture(next(self._of((file,)), None), side or 1024)
            case q.Thumbnail(content=content, side=thumbnail_side):
                return self._picture(next((one for one in self.photos if one.content == content), None), thumbnail_side)
            case q.Unfold(content=content):
                same = [(one, 0.9) for one in self.photos if one.content == content]
                return r.Unfolded(columns=columns([*same, *((one, 0.8) for one in self.photos[:3])]))
            case q.Trash(files=files):
                return r.Trashed(files=tuple(self._trash(one) for one in self._of(files)))
            case q.ExportCopies(files=files, folder=folder):
                return r.Exported(files=tuple(_copied(one, folder) for one in self._of(files)))
            case q.ChangeSettings(values=values):
                merged = self.settings.model_dump()
                for section, changes in values.items():
                    merged[section].update(changes)
                self.settings = Settings.model_validate(merged)
                return self._settings()
            case q.UseModel(name=name):
                self.model = name
                return self._models()
            case q.ImportModel() | q.RemoveModel():
                return self._models()
            case q.Pause():
                self.say(IndexingState(state="paused"))
            case q.Resume() | q.Index():
                self.say(IndexingState(state="running"))
            case q.Apply(steps=steps):
                undone = [step for one in steps for step in self._curate(one)]
                return r.Changed(photos=len(undone), undo=tuple(reversed(undone)))
            case q.RetryFailures(paths=paths):
                self.failures = [one for one in self.failures if paths and one.path not in paths]
            case _ if body.__class__.__module__ == curate.__name__:
                undo = tuple(self._curate(body))
                album = max(self.albums, default=None) if isinstance(body, curate.MakeAlbum) else None
                return r.Changed(photos=len(undo), album=album, undo=undo)
        return r.Done()

    def _curate(self, body: Frozen) -> Iterator[curate.Curation]:
        """Make the change; what undoes it."""
        match body:
            case curate.SetRating(files=files, rating=rating):
                for one in self._of(files):
                    yield curate.SetRating(files=(one.file,), rating=one.rating)
                    one.rating = rating
            case curate.SetFavourite(files=files, favourite=favourite):
                for one in self._of(files):
                    yield curate.SetFavourite(files=(one.file,), favourite=one.favourite)
                    one.favourite = favourite
            case curate.SetKeywords(files=files, add=add, remove=remove):
                yield curate.SetKeywords(files=files, add=remove, remove=add)
                for one in self._of(files):
                    one.keywords = tuple(sorted({*one.keywords, *add} - set(remove)))
            case curate.MakeAlbum(name=name, query=query, files=files):
                album = max(self.albums, default=0) + 1
                self.albums[album] = (name, query)
                for one in self._of(files):
                    one.albums.add(album)
                yield curate.DeleteAlbum(album=album)
            case curate.RenameAlbum(album=album, name=name):
                yield curate.RenameAlbum(album=album, name=self.albums[album][0])
                self.albums[album] = (name, self.albums[album][1])
            case curate.SetAlbumQuery(album=album, query=new_query):
                yield curate.SetAlbumQuery(album=album, query=self.albums[album][1] or Query())
                self.albums[album] = (self.albums[album][0], new_query)
            case curate.DeleteAlbum(album=album):
                name, kept = self.albums.pop(album)
                contents = tuple(one.content for one in self.photos if album in one.albums)
                for one in self.photos:
                    one.albums.discard(album)
                yield curate.RestoreAlbum(album=album, name=name, query=kept, contents=contents)
            case curate.RestoreAlbum(album=album, name=name, query=kept, contents=contents):
                self.albums[album] = (name, kept)
                for one in self.photos:
                    if one.content in contents:
                        one.albums.add(album)
                yield curate.DeleteAlbum(album=album)
            case curate.AddToAlbum(album=album, files=files):
                yield curate.RemoveFromAlbum(album=album, files=files)
                for one in self._of(files):
                    one.albums.add(album)
            case curate.RemoveFromAlbum(album=album, files=files):
                yield curate.AddToAlbum(album=album, files=files)
                for one in self._of(files):
                    one.albums.discard(album)

    def _of(self, files: tuple[int, ...]) -> Iterator[FakePhoto]:
        return (self.photos[file - 1] for file in files if 0 < file <= len(self.photos))

    def _trash(self, one: FakePhoto) -> r.FileResult:
        one.present = False
        return r.FileResult(file=one.file, path=one.path, ok=True)

    def _picture(self, one: FakePhoto | None, side: int) -> r.Picture:
        if one is None or self._folder is None:
            return r.Picture(path=None)
        name = one.content.hex()
        thumbnails = self._folder / "thumbnails"
        root = thumbnails if side == 256 else thumbnails / "large" if side == 512 else self._folder / f"previews-{side}"
        path = root / name[:2] / name[2:4] / f"{name}.webp"
        if not path.exists():
            write_picture(path, one, side)
        return r.Picture(path=str(path).encode(), width=one.width, height=one.height)

    def _albums(self) -> r.Albums:
        made = [
            r.Album(
                id=album,
                name=name,
                photos=None if query else sum(album in one.albums for one in self.photos),
                query=query,
            )
            for album, (name, query) in self.albums.items()
        ]
        return r.Albums(
            albums=tuple(sorted(made, key=lambda album: album.name)), favourites=sum(p.favourite for p in self.photos)
        )

    def _models(self) -> r.ModelsOf:
        return r.ModelsOf(
            models=tuple(
                r.ModelState(
                    name=name,
                    version="1",
                    bundled=name == Settings().encoding.model,
                    in_use=name == self.model,
                    licence="Apache-2.0",
                    size=30_000_000,
                    dimension=256,
                    seen=len(self.photos) if name == self.model else 0,
                    total=len(self.photos),
                    figures={"recall@10": 0.61},
                )
                for name in (Settings().encoding.model, "clip-italian")
            )
        )

    def _settings(self) -> r.SettingsOf:
        return r.SettingsOf(
            values=self.settings.model_dump(mode="json"),
            defaults=Settings().model_dump(mode="json"),
            json_schema=Settings.model_json_schema(),
        )

    def _status(self) -> r.StatusOf:
        present = sum(one.present for one in self.photos)
        return r.StatusOf(
            photos=present,
            searchable=present,
            missing=0,
            failed=len(self.failures),
            model=self.model,
            device="cpu",
            index="exact",
            index_reason=Text.of(msg("The library is small.")),
            database_bytes=1_000_000,
            index_bytes=2_000_000,
            thumbnail_bytes=3_000_000,
            schema_version="1",
            indexing="idle",
        )

    def _facets(self) -> r.FacetsOf:
        def counted(values: list[str]) -> tuple[r.Count, ...]:
            return tuple(r.Count(value=value, count=values.count(value)) for value in sorted(set(values)))

        present = [one for one in self.photos if one.present]
        below = [r.FolderCount(path=f"/foto/{c.value}".encode(), count=c.count, depth=1) for c in counted(
            [one.word for one in present])]  # fmt: skip
        return r.FacetsOf(
            folders=(r.FolderCount(path=ROOT, count=len(present), depth=0), *below),
            formats=(r.Count(value="jpeg", count=len(present)),),
            cameras=counted([one.camera for one in present if one.camera]),
            years=tuple(reversed(counted([str(one.taken.year) for one in present if one.taken]))),
            keywords=counted([one.word for one in present]),
        )


def _folder(path: bytes, photos: int, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> r.FolderState:
    return r.FolderState(
        path=path, photos=photos, missing=0, failed=0, state="watched", volume="disco", include=include, exclude=exclude
    )


def _copied(one: FakePhoto, folder: bytes) -> r.FileResult:
    return r.FileResult(file=one.file, path=one.path, ok=True, to=folder + b"/" + one.path.rpartition(b"/")[2])


def _finding() -> r.Finding:
    return r.Finding(name="versions", title=Text.of(msg("Versions")), grade="good", found=Text(key="fake"))
