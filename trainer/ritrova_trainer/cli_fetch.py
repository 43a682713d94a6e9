"""`ritrova-train fetch`: pretrained towers from the Hugging Face hub. No other command of the trainer goes online."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ritrova.cli.options import FOLDER, Command, argument, option
from ritrova.encoding import bundle, fetch
from ritrova.encoding.convert import convert
from ritrova.errors import UsageError
from ritrova.text import msg
from ritrova_trainer.cli_evaluate import in_language

PICKLED = "pytorch_model.bin"


def fetch_tower(
    hub_id: str, backbones: Path, *, may_convert: bool = False, downloader: fetch.Downloader | None = None
) -> Path:
    """Bring `hub_id` (OWNER/NAME) to `backbones`/OWNER/NAME, where recipes look for it; return that folder.

    The folder appears when all of it is there. `may_convert`: where the hub has no safetensors, its
    `pytorch_model.bin` is brought and converted. Raises UsageError where the folder exists or the id is none,
    ModelError for a folder that cannot be used, and what `fetch.download` raises.
    """
    fetch.check_id(hub_id)
    target = backbones / hub_id
    if target.exists():
        raise UsageError(msg("{hub_id} is here already.", hub_id=hub_id), None, str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=backbones) as aside:
        folder = fetch.download(hub_id, Path(aside) / "model", downloader)
        if may_convert and not any(folder.glob("*.safetensors")):
            fetch.download(hub_id, folder, downloader, patterns=(PICKLED,))
            convert(folder)
            (folder / PICKLED).unlink()
        bundle.refuse_unsafe(folder)
        folder.replace(target)
    return target


def run(
    ctx: typer.Context,
    towers: Annotated[list[str], argument(msg("OWNER/NAME..."), msg("Pretrained towers on the Hugging Face hub."))],
    backbones: Annotated[Path, option("--backbones", metavar=FOLDER, help=msg("Folder that they are put into."))],
    may_convert: Annotated[
        bool,
        option("--convert", help=msg("Where there is no safetensors file, convert pytorch_model.bin (tensors alone).")),
    ] = False,
) -> None:
    catalogue, notice = in_language(ctx)
    for hub_id in towers:
        fetch.check_id(hub_id)
    for hub_id in towers:
        notice(msg("Downloading {hub_id} from the internet, because you asked for it.", hub_id=hub_id))
        typer.echo(
            catalogue.render(msg("Written: {path}", path=str(fetch_tower(hub_id, backbones, may_convert=may_convert))))
        )


COMMANDS: tuple[Command, ...] = (
    Command("fetch", run, msg("Bring pretrained towers from the Hugging Face hub: the only command that goes online.")),
)
