"""Keeping a library safe and sound: its copies, its check, what is gone for good. Requests first, replies below.

Some need the library to themselves (`ALONE`): `ritrova engine --alone` takes one request before it opens the library.
It answers those that need no open library too (ShowKeeping, LookAtCopy): they matter most where it cannot be opened.
"""

from datetime import datetime
from typing import Literal, TypeAlias

from ritrova.engine.base import Frozen, Text


class ShowKeeping(Frozen):
    """-> `KeepingOf`. Walks through the library's folder."""

    kind: Literal["show-keeping"] = "show-keeping"


class SaveCopy(Frozen):
    """-> `CopyOf`. One file with the database and the settings; an older copy of that name goes."""

    kind: Literal["save-copy"] = "save-copy"
    path: bytes


class LookAtCopy(Frozen):
    """-> `CopyOf`, by the file's own words."""

    kind: Literal["look-at-copy"] = "look-at-copy"
    path: bytes


class Restore(Frozen):
    """-> `Restored`. Alone. The whole copy is proved before anything is changed, and what is there is kept."""

    kind: Literal["restore"] = "restore"
    path: bytes


class Check(Frozen):
    """-> `Checked`; `Checking` tells how far it is. Changes nothing."""

    kind: Literal["check"] = "check"


class StopKeeping(Frozen):
    """-> `Done`. The check or the copy that was asked for under this number is broken off, and refused."""

    kind: Literal["stop-keeping"] = "stop-keeping"
    request: int


class Repair(Frozen):
    """-> `Checked`. Alone. What is a cache is made anew; what a person typed is never touched."""

    kind: Literal["repair"] = "repair"


class PutSettingsAside(Frozen):
    """-> `Done`. Alone. The settings that cannot be understood are kept beside, and the usual ones hold."""

    kind: Literal["put-settings-aside"] = "put-settings-aside"


class ForgetMissing(Frozen):
    """-> `Forgotten`. The photos that are gone; what was said of them holds again if they come back."""

    kind: Literal["forget-missing"] = "forget-missing"


ALONE = (Restore, Repair, PutSettingsAside)
KeepingRequest: TypeAlias = (
    ShowKeeping | SaveCopy | LookAtCopy | Restore | Check | StopKeeping | Repair | PutSettingsAside | ForgetMissing
)


class Copy(Frozen):
    """A copy of the library. `why` it was made: each week, before the database was updated, before another came back;
    by hand where the library did not make it of itself."""

    path: bytes
    made_at: datetime
    photos: int
    size: int  # bytes
    why: Literal["weekly", "update", "restore", "hand"]


class CopyOf(Frozen):
    kind: Literal["copy"] = "copy"
    copied: Copy


class KeepingOf(Frozen):
    """Where the library lies, how many bytes each part takes, and the copies that it made of itself, newest first."""

    kind: Literal["keeping"] = "keeping"
    library: bytes
    logs: bytes
    database: int
    index: int
    thumbnails: int  # with the previews
    models: int  # the imported ones
    backups: int
    copies: tuple[Copy, ...]


class Restored(Frozen):
    """`before` is the copy of what was there; None where nothing was, or where it was damaged."""

    kind: Literal["restored"] = "restored"
    now: Copy
    before: Copy | None


class PartChecked(Frozen):
    """What the check of one part found. `repaired`: it was wrong, and is right now."""

    name: Literal["database", "rows", "index", "thumbnails", "models", "leftovers"]
    title: Text
    state: Literal["good", "wrong", "repaired"]
    found: Text
    remedy: Text | None = None


class Checked(Frozen):
    kind: Literal["checked"] = "checked"
    parts: tuple[PartChecked, ...]
    repaired: bool  # whether it was put right where it could be


class Forgotten(Frozen):
    kind: Literal["forgotten"] = "forgotten"
    photos: int


KeepingReply: TypeAlias = KeepingOf | CopyOf | Restored | Checked | Forgotten
