"""What the engine says unasked."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ritrova.engine.base import Fault, Frozen, Text
from ritrova.photo import IndexReport


class Progress(Frozen):
    """At most five a second. `total` grows while `total_final` is false; then there is no `eta_s` either."""

    kind: Literal["progress"] = "progress"
    activity: Literal["index", "index-model", "import-model", "trash", "export"]
    phase: Literal["scanning", "reading", "finishing"]
    done: int
    total: int
    total_final: bool
    photos_per_second: float
    eta_s: float | None


class Checking(Frozen):
    """Which part of the library a check, or a repair, looks at now, and how far it is; `total` 0: nobody knows."""

    kind: Literal["checking"] = "checking"
    part: Text
    done: int
    total: int


class IndexEnded(Frozen):
    """`fault` where it failed; `stopped` where it was paused or the engine ends."""

    kind: Literal["index-ended"] = "index-ended"
    model: str
    report: IndexReport | None
    stopped: bool = False
    fault: Fault | None = None


class LibraryChanged(Frozen):
    """Something that the window may be showing is different now."""

    kind: Literal["library-changed"] = "library-changed"
    what: Literal["folders", "photos", "marks", "albums", "models", "settings", "failures"]


class Notice(Frozen):
    """Something worth a line. `action` names what a button could do about it."""

    kind: Literal["notice"] = "notice"
    level: Literal["info", "warning", "error"]
    message: Text
    remedy: Text | None = None
    action: Literal["index", "models", "folders", "failures", "settings", "doctor"] | None = None


class ModelReady(Frozen):
    """The model's text side is loaded: searches are answered at once from now on."""

    kind: Literal["model-ready"] = "model-ready"
    model: str
    device: str


class IndexingState(Frozen):
    """Indexing started (and `why` slowly), stopped, was paused, or waits (`why`: for mains power, for its hours)."""

    kind: Literal["indexing-state"] = "indexing-state"
    state: Literal["idle", "running", "paused", "waiting"]
    why: Text | None = None


AnyEvent: TypeAlias = Annotated[
    Progress | Checking | IndexEnded | LibraryChanged | Notice | ModelReady | IndexingState,
    Field(discriminator="kind"),
]
