"""Tells what was done, with a button that takes it back."""

from PySide6.QtCore import Qt

from ritrova.text import msg
from ritrova_desktop.notices import Notice, Remedy
from ritrova_desktop.operations.did import Did
from ritrova_desktop.views.context import Context

SECONDS = 10
_KEY = "done"


def tell_done(context: Context, did: Did) -> None:
    """The button is the undo of everywhere else: once something else is done, it goes."""
    notices, undo = context.notices, context.undo
    undo.push(did)
    remedies = (Remedy(label=msg("Undo"), run=undo.undo),) if did.undo else ()
    notices.post(Notice(title=did.what, detail=did.detail, remedies=remedies, key=_KEY, seconds=SECONDS))
    if did.undo:
        undo.changed.connect(lambda: notices.withdraw(_KEY), Qt.ConnectionType.SingleShotConnection)
