"""`ritrova models`."""

from ritrova.cli.options import Command

COMMANDS: tuple[Command, ...] = ()
