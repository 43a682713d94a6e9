"""An engine that answers from memory: for tests of views, and for looking at the window without a library.

engine = FakeEngine(photos=200, folder=tmp_path)      with a folder, thumbnails and previews are real files
engine.start()                                        `greeted` comes with the next turn of the event loop
engine.library    what it holds: photos, albums
    engine.asked                                          every request so far, in order
engine.refuse(SetRating, fault)                       the next of that kind is refused
engine.say(Progress(...))                             an event
engine.die()                                          what the window sees of a crash; `start()` brings it back
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer

from ritrova.engine import replies as r
from ritrova.engine import requests as q
from ritrova.engine.base import Fault, Frozen, Text
from ritrova.engine.curation_requests import MakeAlbum
from ritrova.engine.events import AnyEvent, IndexingState
from ritrova.engine.keeping_messages import KeepingRequest
from ritrova.engine.messages import Event, Hello, Refusal, Reply, Request
from ritrova.engine.query import Query
from ritrova.errors import FailureKind
from ritrova.photo import Failure
from ritrova.settings import Settings
from ritrova.text import msg
from ritrova_desktop.engine import Engine, EngineState
from ritrova_desktop.fake_keeping import FakeKeeping
from ritrova_desktop.fake_library import CHANGES, FakeLibrary
from ritrova_desktop.fake_photos import ROOT, FakePhoto, columns, facets, found, write_pictures

FIRST_PART = 200
MOST_PICTURES = 200
"""Photos that have thumbnails: the first ones."""


class FakeEngine(Engine):
    def __init__(
        self, photos: int = 100, folder: Path | None = None, *, read_only: bool = False, first_run: bool = False
    ) -> None:
        super().__init__()
        self.library = FakeLibrary(photos)
        self.photos = self.library.photos
        self.asked: list[Frozen] = []
        self.sought: list[str] = []
        self.folders = [] if first_run else [_folder(ROOT, photos)]
        self.failures = [Failure(path=b"/foto/rotta.jpg", kind=FailureKind.CORRUPT, reason="truncated", attempts=1)]
        self.settings = Settings()
        self.model = self.settings.encoding.model
        self.keeping = FakeKeeping(photos, str(folder or "/nowhere").encode(), self.say)
        self._folder = folder
        self._small: dict[int, Path] = {}
        self._large: dict[int, Path] = {}
        if folder is not None:
            self._small, self._large = write_pictures(folder, self.photos[:MOST_PICTURES])
        self._locked, self._first_run = read_only, first_run
        self._asked_last = Query()
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

    def _begin_alone(self, number: int) -> None:
        self._send_pending(self._pending[number])
        self.start()

    def stop_alone(self) -> None:
        self._outbox.clear()
        self._pending.clear()
        self.start()

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
        spec = self._asked_last = search.spec
        if spec.scope.kind == "album" and spec.scope.album is not None:
            kept = self.library.albums.get(spec.scope.album, ("", None))[1]
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

    def _answer(self, body: Any) -> r.AnyReply:
        if type(body) in CHANGES:
            undo = self.library.change(body)
            album = max(self.library.albums) if isinstance(body, MakeAlbum) else None
            return r.Changed(photos=len(undo), album=album, undo=undo)
        if isinstance(body, KeepingRequest):
            return self.keeping.answer(body)
        known = _ANSWERS.get(type(body))
        return known(self, body) if known is not None else r.Done()

    def _apply(self, body: q.Apply) -> r.Changed:
        undo = self.library.apply(body.steps)
        return r.Changed(photos=len(undo), undo=undo)

    def _details(self, body: q.Details) -> r.DetailsOf:
        return r.DetailsOf(photos=tuple(one.details() for one in self.library.of(body.files)))

    def _complete(self, body: q.Complete) -> r.Completions:
        sought = [r.Completion(text=text, source="history", count=1) for text in reversed(self.sought)]
        words = sorted({one.word for one in self.photos if body.prefix})
        every = [*sought, *(r.Completion(text=word, source="keyword", count=1) for word in words)]
        some = tuple(one for one in every if one.text.startswith(body.prefix))[: body.most]
        return r.Completions(prefix=body.prefix, found=some)

    def _remember(self, body: q.Remember) -> r.Done:
        self.sought.append(body.text)
        return r.Done()

    def _forget(self, body: q.ForgetSearches) -> r.Done:
        self.sought = [text for text in self.sought if body.text not in (None, text)]
        return r.Done()

    def _unfold(self, body: q.Unfold) -> r.Unfolded:
        same = [one for one in self.photos if one.content == body.content]
        return r.Unfolded(columns=columns([(one, 0.9) for one in (*same, *self.photos[:3])]))

    def _why(self, body: q.Why) -> r.Because:
        """The upper left speaks for each photo."""
        places = {one.content: at for at, (one, _) in enumerate(found(self.photos, self._asked_last))}
        at = places.get(body.content)
        relevant = bool(self._asked_last.text or self._asked_last.photos or self._asked_last.more)
        return r.Because(
            query=self._asked_last,
            strength=max(0.0, 1 - 0.01 * at) if relevant and at is not None else None,
            rank=at + 1 if relevant and at is not None else None,
            total=len(places),
            heat=r.HeatMap(rows=2, columns=3, values=(1, 0.5, 0, 0.5, 0, 0)) if relevant else None,
        )

    def _list_folders(self, _body: q.ListFolders) -> r.Folders:
        return r.Folders(folders=tuple(self.folders))

    def _add_folder(self, body: q.AddFolder) -> r.Folders:
        self.folders.append(_folder(body.path, 0, body.include, body.exclude))
        return r.Folders(folders=tuple(self.folders))

    def _remove_folder(self, body: q.RemoveFolder) -> r.Folders:
        self.folders = [folder for folder in self.folders if folder.path != body.path]
        return r.Folders(folders=tuple(self.folders))

    def _relocate_folder(self, body: q.RelocateFolder) -> r.Folders:
        return self._change_folder(body.path, path=body.to, state="watched", why=None, remedy=None)

    def _set_patterns(self, body: q.SetPatterns) -> r.Folders:
        return self._change_folder(body.path, include=body.include, exclude=body.exclude)

    def _change_folder(self, which: bytes, **news: object) -> r.Folders:
        self.folders = [one.model_copy(update=news) if one.path == which else one for one in self.folders]
        return r.Folders(folders=tuple(self.folders))

    def _list_failures(self, _body: q.ListFailures) -> r.Failures:
        return r.Failures(failures=tuple(self.failures))

    def _retry(self, body: q.RetryFailures) -> r.Done:
        self.failures = [one for one in self.failures if body.paths and one.path not in body.paths]
        return r.Done()

    def _pause(self, _body: q.Pause) -> r.Done:
        self.say(IndexingState(state="paused"))
        return r.Done()

    def _resume(self, _body: q.Resume | q.Index) -> r.Done:
        self.say(IndexingState(state="running"))
        return r.Done()

    def _preview(self, body: q.Preview) -> r.Picture:
        return self._picture(next(self.library.of((body.file,)), None), self._large)

    def _picture_of(self, _body: q.PictureOf) -> r.Picture:
        return self._picture(self.photos[0], self._small)

    def _thumbnail(self, body: q.Thumbnail) -> r.Picture:
        one = next((one for one in self.photos if one.content == body.content), None)
        return self._picture(one, self._small if body.side == 256 else self._large)

    def _picture(self, one: FakePhoto | None, paths: dict[int, Path]) -> r.Picture:
        if one is None or one.file not in paths:
            return r.Picture(path=None)
        return r.Picture(path=str(paths[one.file]).encode(), width=one.width, height=one.height)

    def _trash(self, body: q.Trash) -> r.Trashed:
        for one in self.library.of(body.files):
            one.present = False
        gone = (r.FileResult(file=one.file, path=one.path, ok=True) for one in self.library.of(body.files))
        return r.Trashed(files=tuple(gone))

    def _export(self, body: q.ExportCopies) -> r.Exported:
        return r.Exported(files=tuple(_copied(one, body.folder) for one in self.library.of(body.files)))

    def _use_model(self, body: q.UseModel) -> r.ModelsOf:
        self.model = body.name
        return self._models(body)

    def _change_settings(self, body: q.ChangeSettings) -> r.SettingsOf:
        merged = self.settings.model_dump()
        for section, changes in body.values.items():
            merged[section].update(changes)
        self.settings = Settings.model_validate(merged)
        return self._settings(body)

    def _doctor(self, _body: q.Doctor) -> r.Diagnosis:
        found_ = r.Finding(name="versions", title=Text.of(msg("Versions")), grade="good", found=Text(key="fake"))
        return r.Diagnosis(findings=(found_,))

    def _albums(self, _body: Frozen) -> r.Albums:
        return self.library.listed()

    def _models(self, _body: Frozen) -> r.ModelsOf:
        return r.ModelsOf(
            models=tuple(
                r.ModelState(
                    name=name,
                    version="1",
                    bundled=name == Settings().encoding.model,
                    in_use=name == self.model,
                    licence="Apache-2.0",
                    languages=("it", "en"),
                    size=30_000_000,
                    dimension=256,
                    seen=len(self.photos) if name == self.model else 0,
                    total=len(self.photos),
                    figures={"recall@10": 0.61},
                )
                for name in (Settings().encoding.model, "clip-italian")
            )
        )

    def _settings(self, _body: Frozen) -> r.SettingsOf:
        return r.SettingsOf(
            values=self.settings.model_dump(mode="json"),
            defaults=Settings().model_dump(mode="json"),
            json_schema=Settings.model_json_schema(),
        )

    def _status(self, _body: Frozen) -> r.StatusOf:
        present = sum(one.present for one in self.photos)
        return r.StatusOf(
            photos=present,
            searchable=present,
            missing=self.keeping.missing,
            forgettable=self.keeping.missing,
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

    def _facets(self, _body: Frozen) -> r.FacetsOf:
        return facets(self.photos)


def _folder(path: bytes, photos: int, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> r.FolderState:
    return r.FolderState(
        path=path, photos=photos, missing=0, failed=0, state="watched", volume="disco", include=include, exclude=exclude
    )


def _copied(one: FakePhoto, folder: bytes) -> r.FileResult:
    return r.FileResult(file=one.file, path=one.path, ok=True, to=folder + b"/" + one.path.rpartition(b"/")[2])


_ANSWERS: dict[type[Frozen], Callable[[FakeEngine, Any], r.AnyReply]] = {
    q.Apply: FakeEngine._apply,
    q.Details: FakeEngine._details,
    q.PictureOf: FakeEngine._picture_of,
    q.Complete: FakeEngine._complete,
    q.Remember: FakeEngine._remember,
    q.ForgetSearches: FakeEngine._forget,
    q.Unfold: FakeEngine._unfold,
    q.Why: FakeEngine._why,
    q.Facets: FakeEngine._facets,
    q.ListFolders: FakeEngine._list_folders,
    q.AddFolder: FakeEngine._add_folder,
    q.RemoveFolder: FakeEngine._remove_folder,
    q.RelocateFolder: FakeEngine._relocate_folder,
    q.SetPatterns: FakeEngine._set_patterns,
    q.ListFailures: FakeEngine._list_failures,
    q.RetryFailures: FakeEngine._retry,
    q.Pause: FakeEngine._pause,
    q.Resume: FakeEngine._resume,
    q.Index: FakeEngine._resume,
    q.ListAlbums: FakeEngine._albums,
    q.Preview: FakeEngine._preview,
    q.Thumbnail: FakeEngine._thumbnail,
    q.Trash: FakeEngine._trash,
    q.ExportCopies: FakeEngine._export,
    q.ListModels: FakeEngine._models,
    q.UseModel: FakeEngine._use_model,
    q.ImportModel: FakeEngine._models,
    q.RemoveModel: FakeEngine._models,
    q.GetSettings: FakeEngine._settings,
    q.ChangeSettings: FakeEngine._change_settings,
    q.GetStatus: FakeEngine._status,
    q.Doctor: FakeEngine._doctor,
}
