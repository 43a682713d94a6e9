"""Models: imported, let loose on the photos, used, removed."""

from collections.abc import Callable

from ritrova.engine.replies import ModelsOf
from ritrova.engine.requests import ImportModel, IndexModel, RemoveModel, UseModel
from ritrova.text import msg
from ritrova_desktop.engine import Engine, OnRefusal
from ritrova_desktop.operations.did import Did, OnDone, ignore


def use_model(engine: Engine, name: str, before: str, done: OnDone = ignore) -> None:
    """Search with another model from now on."""
    did = Did(what=msg("Ritrova searches with {name} now.", name=name), undo=(UseModel(name=before),))
    engine.request(UseModel(name=name), lambda *_: done(did))


def index_model(engine: Engine, name: str, *, use: bool, done: OnDone = ignore) -> None:
    """Let a second model see the photos, beside the one that is used; with `use`, it takes over when it has."""
    detail = msg("It takes over when it has seen them all; until then nothing changes.") if use else None
    did = Did(what=msg("{name} is seeing the photos.", name=name), detail=detail)
    engine.request(IndexModel(name=name, use=use), lambda *_: done(did))


def import_model(
    engine: Engine,
    folder: bytes,
    imported: Callable[[ModelsOf], object],
    refused: OnRefusal | None = None,
) -> None:
    """Copy a model folder in, and try it. Takes a while."""
    engine.request(ImportModel(path=folder), lambda reply, _more: imported(reply), refused)


def remove_model(engine: Engine, name: str, done: OnDone = ignore) -> None:
    """Its files go, and what it saw. It can be imported again."""
    did = Did(what=msg("{name} was removed.", name=name))
    engine.request(RemoveModel(name=name), lambda *_: done(did))
