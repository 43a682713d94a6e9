"""`ritrova models`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ritrova.cli.contract import emit, model_object
from ritrova.cli.options import FILE, FOLDER, HUB_ID, NAME, Command, Json, argument, option
from ritrova.cli.session import Session, session_of
from ritrova.cli.shown import printable, shown
from ritrova.cli.table import Column, show_table
from ritrova.paths import bundled_models
from ritrova.text import msg

if TYPE_CHECKING:
    from ritrova.encoding.models import ModelInfo, Models

Name = Annotated[str, argument(NAME, msg("The model's name, as `ritrova models list` shows it."))]
NewName = Annotated[str | None, option("--name", metavar=NAME, help=msg("Call the model so. Default: its own name."))]


def list_models(ctx: typer.Context, json: Json = False) -> None:
    session = session_of(ctx)
    used = _model_in_use(session)
    models = _models(session)
    found = models.list()
    for name in models.names():
        if name not in {model.name for model in found}:
            session.notice(msg("The model {name} cannot be used; why: ritrova models verify {name}", name=name))
    if json:
        for model in found:
            emit(model_object(model, in_use=model.name == used))
        return
    columns = (
        Column(""),
        Column(session.text(msg("Model")), fold=True),
        Column(session.text(msg("Version"))),
        Column(session.text(msg("Size")), "right"),
        Column(session.text(msg("Licence"))),
        Column(""),
    )
    show_table(
        columns,
        [
            (
                "*" if model.name == used else "",
                model.name,
                printable(model.version),
                f"{session.number(model.size / 1_000_000)} MB",
                printable(model.licence),
                session.text(msg("ships with Ritrova") if model.bundled else msg("imported")),
            )
            for model in found
        ],
    )


def use(ctx: typer.Context, name: Name, json: Json = False) -> None:
    session = session_of(ctx)
    with session.writing() as library:
        library.use_model(name)
    if json:
        emit({"model": name})
    else:
        session.say(msg("Ritrova now uses {name}. Let it see the photos: ritrova index", name=name))


def import_model(
    ctx: typer.Context,
    folder: Annotated[Path, argument(FOLDER, msg("The folder with config.json and model.safetensors."))],
    name: NewName = None,
    json: Json = False,
) -> None:
    session = session_of(ctx)
    _tell_imported(session, _import(session, folder.expanduser(), name), json)


def download(
    ctx: typer.Context,
    hub_id: Annotated[str, argument(HUB_ID, msg("OWNER/NAME on the Hugging Face hub."))],
    name: NewName = None,
    json: Json = False,
) -> None:
    from ritrova.encoding import bundle, fetch

    session = session_of(ctx)
    fetch.check_id(hub_id)
    bundle.check_name(name or hub_id.rpartition("/")[2])
    session.notice(msg("Downloading {hub_id} from the internet, because you asked for it.", hub_id=hub_id))
    with tempfile.TemporaryDirectory(prefix="ritrova-download-") as aside:
        folder = fetch.download(hub_id, Path(aside) / "model")
        found = _import(session, folder, name or hub_id.rpartition("/")[2])
    _tell_imported(session, found, json)


def verify(
    ctx: typer.Context,
    name: Annotated[str | None, argument(NAME, msg("One model. Default: all of them."))] = None,
    json: Json = False,
) -> None:
    session = session_of(ctx)
    models = _models(session)
    for each in [name] if name else models.names():
        found = models.verify(each)
        if json:
            emit({"name": found.name, "ok": True, "fingerprint": found.fingerprint})
        else:
            session.say(msg("{name}: every file is the one it was made with.", name=found.name))


def convert(
    ctx: typer.Context,
    file: Annotated[Path, argument(FILE, msg("A pytorch_model.bin, or the folder that holds it."))],
    json: Json = False,
) -> None:
    from ritrova.encoding.convert import convert as to_safetensors

    session = session_of(ctx)
    written = to_safetensors(file.expanduser())
    if json:
        emit({"path": str(written)})
    else:
        session.say(msg("Written: {path}", path=shown(str(written))))
        session.say(msg("Now import its folder: ritrova models import FOLDER"))


def remove(ctx: typer.Context, name: Name, json: Json = False) -> None:
    session = session_of(ctx)
    with session.writing() as library:
        library.remove_model(name)
    if json:
        emit({"model": name})
    else:
        session.say(msg("The model {name} is removed.", name=name))


def _models(session: Session) -> Models:
    """The models, also where there is no library yet."""
    from ritrova.encoding.models import Models

    return Models(bundled_models(), session.paths.models)


def _model_in_use(session: Session) -> str:
    from ritrova import settings

    return settings.load(session.paths.settings).encoding.model


def _import(session: Session, folder: Path, name: str | None) -> ModelInfo:
    from ritrova.images.samples import sample_photos

    with session.writing() as library:
        return library.models.import_folder(folder, name, samples=sample_photos)


def _tell_imported(session: Session, model: ModelInfo, json: bool) -> None:
    if json:
        emit(model_object(model, in_use=model.name == _model_in_use(session)))
    else:
        session.say(msg("Imported: {name}. To use it: ritrova models use {name}", name=model.name))


COMMANDS: tuple[Command, ...] = (
    Command("list", list_models, msg("List the models; the one in use has a star.")),
    Command("use", use, msg("Search and index with another model from now on.")),
    Command("import", import_model, msg("Add a model from a folder, offline.")),
    Command("download", download, msg("Add a model from the Hugging Face hub: the only command that goes online.")),
    Command("verify", verify, msg("Check the files of the models against their SHA-256 sums.")),
    Command("convert", convert, msg("Make safetensors weights from a pytorch_model.bin.")),
    Command("remove", remove, msg("Delete an imported model.")),
)
