"""What the fake engine says of its copies, its soundness, and the photos that are gone."""

from collections.abc import Callable
from datetime import UTC, datetime

from ritrova.engine import keeping_messages as k
from ritrova.engine.base import Text
from ritrova.engine.events import AnyEvent, Checking
from ritrova.engine.replies import Done
from ritrova.text import msg, msg_n


class FakeKeeping:
    """`missing` photos are gone, and a check finds `wrong` half-written files, until a repair."""

    def __init__(self, photos: int, folder: bytes, say: Callable[[AnyEvent], object]) -> None:
        self._photos, self._folder, self._say = photos, folder, say
        self.copies = [_copy(max(0, photos - 10), b"/copie/prima.zip"), _copy(photos, b"/copie/nuova.zip")]
        self.missing = self.wrong = 0

    def answer(self, body: k.KeepingRequest) -> k.KeepingReply | Done:
        match body:
            case k.ShowKeeping():
                return self._show()
            case k.SaveCopy():
                return k.CopyOf(copied=_copy(self._photos, body.path, "hand"))
            case k.LookAtCopy():
                return k.CopyOf(copied=self._at(body.path))
            case k.Restore():
                before = _copy(self._photos, b"/copie/di-ora.zip", "restore")
                self.copies.append(before)
                return k.Restored(now=self._at(body.path), before=before)
            case k.PutSettingsAside() | k.StopKeeping():
                return Done()
            case k.ForgetMissing():
                gone, self.missing = self.missing, 0
                return k.Forgotten(photos=gone)
            case k.Check() | k.Repair():
                return self._check(repair=isinstance(body, k.Repair))

    def _show(self) -> k.KeepingOf:
        return k.KeepingOf(
            library=self._folder,
            logs=self._folder + b"/logs",
            database=1_000_000,
            index=2_000_000,
            thumbnails=3_000_000,
            models=0,
            backups=sum(copy.size for copy in self.copies),
            copies=tuple(reversed(self.copies)),
        )

    def _check(self, *, repair: bool) -> k.Checked:
        self._say(Checking(part=Text.of(msg("Thumbnails")), done=10, total=100))
        found = Text.of(msg_n("{n} half-written file", "{n} half-written files", n=self.wrong))
        state = ("repaired" if repair else "wrong") if self.wrong else "good"
        self.wrong = 0 if repair else self.wrong
        remedy = Text(key="To put it right: ritrova check --repair") if state == "wrong" else None
        part = {"name": "leftovers", "title": Text.of(msg("Left over")), "state": state, "found": found}
        return k.Checked(parts=(k.PartChecked.model_validate({**part, "remedy": remedy}),), repaired=repair)

    def _at(self, path: bytes) -> k.Copy:
        return next((copy for copy in self.copies if copy.path == path), _copy(7, path, "hand"))


def _copy(photos: int, path: bytes, why: str = "weekly") -> k.Copy:
    made = datetime(2024, 7, 1, 12, 30, tzinfo=UTC)
    return k.Copy.model_validate({"path": path, "made_at": made, "photos": photos, "size": 1_200_000, "why": why})
