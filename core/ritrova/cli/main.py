"""The composition root of the command line, and its entry point."""

import faulthandler
import os
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from ritrova.cli import doctor, engine, folders, index, keeping, models, search, state
from ritrova.cli.errors import Reporter
from ritrova.cli.options import FOLDER, Command, option
from ritrova.cli.session import Session
from ritrova.cli.words import command_class, group_class
from ritrova.errors import UsageError
from ritrova.paths import LibraryPaths, default_library
from ritrova.text import Catalogue, language_of, msg

COMMANDS: tuple[Command, ...] = (
    *folders.COMMANDS,
    *index.COMMANDS,
    *search.COMMANDS,
    *state.COMMANDS,
    *keeping.COMMANDS,
    *doctor.COMMANDS,
    *engine.COMMANDS,
)


def build_app(catalogue: Catalogue, commands: Iterable[Command] = COMMANDS) -> typer.Typer:
    """The whole command line in the catalogue's language."""
    reporter = Reporter(catalogue)
    app = typer.Typer(
        cls=_reporting(group_class(catalogue), reporter),
        help=msg("Finds the photos on your own disks by Italian sentences, offline.").key,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )

    @app.callback()
    def start(
        ctx: typer.Context,
        library: Annotated[
            str | None,  # not a Path: an empty one would be this folder
            option(
                "--library",
                metavar=FOLDER,
                help=msg("Folder of the library. Default: RITROVA_LIBRARY, or your data folder."),
            ),
        ] = None,
        debug: Annotated[bool, option("--debug", help=msg("Show the details of an error."))] = False,
        _version: Annotated[
            bool, option("--version", help=msg("Show the version."), is_eager=True, callback=_show_version)
        ] = False,
    ) -> None:
        if library is not None and not library.strip():
            raise UsageError(msg("--library names no folder."), msg("Give the folder of the library, or leave it out."))
        root = Path(library).expanduser() if library else default_library()
        reporter.debug = debug
        reporter.logs = LibraryPaths(root).logs
        ctx.obj = Session(catalogue, root.absolute(), debug)

    _add(app, commands, catalogue)
    _add(group := _models_group(catalogue), models.COMMANDS, catalogue)
    app.add_typer(group, name="models")
    return app


def run() -> None:
    """The `ritrova` executable."""
    if sys.stderr is not None:  # it is closed where a service starts us so
        faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows its code; it is no reason to stop.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        build_app(Catalogue(language_of()))(prog_name="ritrova")
    finally:
        _give_up_on(sys.stdout)


def _give_up_on(stream: TextIO | None) -> None:
    """Python tries once more to write what a full disk refused, and ends with a code of its own: let it succeed."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _models_group(catalogue: Catalogue) -> typer.Typer:
    return typer.Typer(
        cls=group_class(catalogue),
        help=msg("The models that understand photos and sentences.").key,
        no_args_is_help=True,
        rich_markup_mode=None,
    )


def _add(app: typer.Typer, commands: Iterable[Command], catalogue: Catalogue) -> None:
    for command in commands:
        app.command(command.name, cls=command_class(catalogue), help=command.help.key, hidden=command.hidden)(
            command.run
        )


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ritrova {version('ritrova')}")
        raise typer.Exit


def _reporting(group: type[typer.core.TyperGroup], reporter: Reporter) -> type[typer.core.TyperGroup]:
    """The outermost group: whatever happens below becomes an exit code, and a text where something went wrong."""

    class Root(group):  # type: ignore[misc, valid-type]
        def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
            try:
                code = super().main(*args, standalone_mode=False, **extra)
            except (Exception, KeyboardInterrupt) as error:
                code = reporter.report(error)
            if standalone_mode:
                sys.exit(code)
            return code

    return Root
