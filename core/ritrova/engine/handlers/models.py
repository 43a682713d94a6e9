"""The models: listed, imported, let see the photos, chosen."""

import os
from pathlib import Path

from ritrova.encoding import bundle, fake
from ritrova.engine.base import Text
from ritrova.engine.events import ModelReady
from ritrova.engine.indexer import Wanted
from ritrova.engine.replies import Done, ModelsOf, ModelState
from ritrova.engine.requests import ImportModel, IndexModel, RemoveModel, UseModel
from ritrova.engine.state import Ask, Engine
from ritrova.errors import RitrovaError
from ritrova.library import Library
from ritrova.text import msg


def list_models(engine: Engine, _ask: Ask) -> ModelsOf:
    """The damaged ones too, with what is wrong."""
    library = engine.library
    seen = {model.fingerprint: model.embeddings for model in library.store.models()}
    total = len(library.store.hashes())
    states = []
    for name in dict.fromkeys((*library.models.names(), library.settings.encoding.model)):
        in_use = name == library.settings.encoding.model
        try:
            info = library.models.info(name)
        except RitrovaError as error:
            states.append(_broken(name, in_use, total, error))
            continue
        states.append(
            ModelState(
                name=name,
                version=info.version,
                bundled=info.bundled,
                in_use=in_use,
                licence=info.licence,
                languages=info.languages,
                size=info.size,
                dimension=info.dimension,
                seen=seen.get(info.fingerprint, 0),
                total=total,
                figures=info.figures,
            )
        )
    return ModelsOf(models=tuple(states))


def use_model(engine: Engine, ask: Ask) -> ModelsOf:
    body = ask.body
    assert isinstance(body, UseModel)
    switch(engine, body.name)
    return list_models(engine, ask)


def index_model(engine: Engine, ask: Ask) -> Done:
    body = ask.body
    assert isinstance(body, IndexModel)
    engine.library.check_writable()
    engine.library.models.info(body.name)  # an unknown one is refused now
    engine.indexer.ask(Wanted(body.name, body.use))
    return Done()


def import_model(engine: Engine, ask: Ask) -> ModelsOf:
    body = ask.body
    assert isinstance(body, ImportModel)
    engine.library.check_writable()
    from ritrova.images.samples import sample_photos  # late: it loads the decoders

    engine.library.models.import_folder(Path(os.fsdecode(body.path)), body.name, samples=sample_photos)
    engine.outlet.changed("models")
    return list_models(engine, ask)


def remove_model(engine: Engine, ask: Ask) -> ModelsOf:
    body = ask.body
    assert isinstance(body, RemoveModel)
    engine.library.remove_model(body.name)
    engine.outlet.changed("models")
    return list_models(engine, ask)


def switch(engine: Engine, name: str) -> None:
    """Search and index with another model from now on."""
    engine.library.use_model(name)
    engine.indexer.try_again()  # the model before may have been what was wrong
    engine.questions.forget()
    engine.outlet.changed("models", "settings", "photos")
    warm(engine)
    library = engine.library
    if not library.store.all_embedded(library.indexes.source.model_id or 0):
        engine.indexer.ask()


def warm(engine: Engine) -> None:
    """Load what the first search needs: the text side, the photos, their vectors. Then let the model catch up."""
    try:
        library = engine.library
        library.browser.catalogue  # noqa: B018 - reading it loads it
        library.browser.refresh()
        library.encoder.encode_texts(["foto"])
        library.encoder.bank  # noqa: B018
        engine.outlet.event(ModelReady(model=library.settings.encoding.model, device=device_of(library)))
        _catch_up(engine)
    except Exception as error:
        engine.outlet.notice_of(error, "models")


def _catch_up(engine: Engine) -> None:
    """Let the model see what only another one has seen: an update of the program may bring a newer one of its name.

    Following the folders does not, for in them nothing is new.
    """
    library = engine.library
    if library.read_only or not library.settings.indexing.automatic:
        return
    status = library.status()
    if status.searchable < status.photos:
        engine.indexer.ask()


def device_of(library: Library) -> str:
    """Where the model in use runs: cpu, cuda, mps, xpu."""
    if library.settings.encoding.model == fake.NAME:
        return "cpu"
    from ritrova.encoding.device import choose  # late: it imports torch

    return choose(library.settings.encoding.device).type


def _broken(name: str, in_use: bool, total: int, error: RitrovaError) -> ModelState:
    title = error.title if bundle.is_name(name) else msg("There is no model called {name}.", name=name)
    return ModelState(
        name=name,
        version="",
        bundled=False,
        in_use=in_use,
        licence="",
        size=0,
        dimension=0,
        seen=0,
        total=total,
        figures={},
        trouble=Text.of(title),
    )
