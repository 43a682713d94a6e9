"""Typer's own words in the person's language.

Typer writes its help and its errors in English, most of it fixed in its code. The two classes here take the
commands' texts as message keys and render them; `usage_message` recognises Typer's errors by their text and
leaves alone what it does not know.
"""

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from ritrova.text import Catalogue, Message, msg

_VALUE = r"Invalid value for '(?P<name>.*?)'.*?: (?:Value error, )?"
_ERRORS: tuple[tuple[str, Message], ...] = (
    (r"No such option: (?P<name>\S+)(?: \(Possible options: .*\))?", msg("There is no option {name}.")),
    (r"No such command '(?P<name>.*?)'\.(?s:.*)", msg("There is no command “{name}”.")),
    (r"Missing command\.?", msg("A command is missing.")),
    (r"Missing (?:argument|option) '?(?P<name>[^']*?)'?\.(?s:.*)", msg("{name} is missing.")),
    (r"Got unexpected extra arguments? ?(?:\(s\) )?\((?P<name>.*)\)", msg("This is too much: {name}")),
    (r"Option '(?P<name>.*)' requires an argument\.?", msg("{name} wants a value.")),
    (r"Option '(?P<name>.*)' does not take a value\.?", msg("{name} takes no value.")),
    (_VALUE + r"Input should be a valid integer.*", msg("{name} wants a whole number.")),
    (_VALUE + r"Input should be greater than or equal to (?P<least>\d+)", msg("{name} must be at least {least}.")),
    (_VALUE + r"Input should be less than or equal to (?P<most>\d+)", msg("{name} must be at most {most}.")),
    (_VALUE + r"'.*' is not one of (?P<choices>.*?)\.?", msg("{name} can be {choices}.")),
)


def usage_message(english: str) -> Message:
    """Typer's error text as a message of ours; itself where it is not recognised."""
    for pattern, message in _ERRORS:
        found = re.fullmatch(pattern, english)
        if found:
            return Message(message.key, dict(found.groupdict()))
    return Message("{text}", {"text": english})


class _InLanguage:
    """Renders a command's texts. Mixed into Typer's classes, whose signatures it passes through."""

    catalogue: Catalogue
    params: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        command: Any = self
        command.help = self._rendered(command.help)
        command.options_metavar = self._rendered(msg("[OPTIONS]").key)
        command.subcommand_metavar = self._rendered(msg("COMMAND [ARGS]...").key)
        for param in self.params:
            param.help = self._rendered(param.help)
            param.metavar = self._rendered(param.metavar)

    def _rendered(self, key: str | None) -> str | None:
        return self.catalogue.render(Message(key)) if key else key

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = self._rendered(msg("Show this help.").key)
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, pieces, prefix=self.catalogue.render(msg("Usage:")) + " ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        command: Any = self
        arguments = [(p.metavar or p.name, p.help or "") for p in self.params if p.param_type_name == "argument"]
        records = [p.get_help_record(ctx) for p in command.get_params(ctx) if p.param_type_name == "option"]
        commands = [
            (name, child.get_short_help_str(limit=200)) for name, child in getattr(command, "commands", {}).items()
        ]
        for title, rows in (
            (msg("Arguments"), arguments),
            (msg("Commands"), commands),
            (msg("Options"), [record for record in records if record]),
        ):
            if rows:
                with formatter.section(self.catalogue.render(title)):
                    formatter.write_dl(rows)


def command_class(in_language: Catalogue) -> type[TyperCommand]:
    """The class of the commands that speak the catalogue's language."""

    class Worded(_InLanguage, TyperCommand):
        catalogue = in_language

    return Worded


def group_class(in_language: Catalogue) -> type[TyperGroup]:
    """The class of the groups of commands that speak the catalogue's language."""

    class WordedGroup(_InLanguage, TyperGroup):
        catalogue = in_language

    return WordedGroup
