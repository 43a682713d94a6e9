"""Tells what was done, with a button that takes it back."""

from ritrova.text import msg
from ritrova_desktop.notices import Notice, Remedy
from ritrova_desktop.operations.did import Did, take_back
from ritrova_desktop.views.context import Context

SECONDS = 10


def tell_done(context: Context, did: Did) -> None:
    undo = Remedy(label=msg("Undo"), run=lambda: take_back(context.engine, did))
    context.notices.post(
        Notice(title=did.what, detail=did.detail, remedies=(undo,) if did.undo else (), key="done", seconds=SECONDS)
    )
