"""The `ritrova-train` command. Results go to standard output, the rest beside it."""

import faulthandler
import sys
from collections.abc import Sequence

import typer

from ritrova.cli.errors import Reporter
from ritrova.cli.words import command_class, group_class
from ritrova.errors import EnvironmentFault
from ritrova.text import Catalogue, language_of, msg

_EXTRA = frozenset({"accelerate", "matplotlib", "tensorboardX", "tomli_w"})  # what `ritrova[train]` brings


def build_app(catalogue: Catalogue) -> typer.Typer:
    """The whole command line in the catalogue's language. Raises EnvironmentFault where a part is not installed."""
    try:
        from ritrova_trainer import cli_data, cli_evaluate, cli_export, cli_fetch, cli_join, cli_run
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise EnvironmentFault(
            msg("Training needs {name}, which is not installed.", name=error.name),
            msg("Install it with its fellows: pip install 'ritrova[train]'"),
        ) from error
    app = typer.Typer(
        cls=group_class(catalogue),
        help=msg("Trains, measures and publishes the models of Ritrova.").key,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for command in (
        *cli_run.COMMANDS,
        *cli_join.COMMANDS,
        *cli_evaluate.COMMANDS,
        *cli_export.COMMANDS,
        *cli_fetch.COMMANDS,
    ):
        app.command(command.name, cls=command_class(catalogue), help=command.help.key)(command.run)
    data = typer.Typer(
        cls=group_class(catalogue),
        help=msg("Captioned images, before they are trained on.").key,
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in cli_data.COMMANDS:
        data.command(command.name, cls=command_class(catalogue), help=command.help.key)(command.run)
    app.add_typer(data, name="data")
    return app


def main(arguments: Sequence[str], catalogue: Catalogue) -> int:
    """Run one command. Returns its exit code; whatever goes wrong has been told."""
    try:
        app = build_app(catalogue)
        code = app(args=list(arguments), prog_name="ritrova-train", standalone_mode=False, obj=catalogue)
    except (Exception, KeyboardInterrupt) as error:
        return Reporter(catalogue).report(error)
    return int(code or 0)


def run() -> None:
    """The `ritrova-train` executable."""
    faulthandler.enable()
    sys.exit(main(sys.argv[1:], Catalogue(language_of())))
