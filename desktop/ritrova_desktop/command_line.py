"""What `ritrova-desktop` can be told when it is started, in the person's language."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from ritrova.text import Catalogue, Message, msg

Render = Callable[[Message], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    library: Path | None = None
    demo: bool = False
    language: Literal["it", "en", "system"] | None = None
    theme: Literal["light", "dark", "system"] | None = None
    screenshots: Path | None = None
    hidden: bool = False  # in the tray, as at login
    files: tuple[str, ...] = ()  # absolute


class _Parser(argparse.ArgumentParser):
    """Says what argparse would say in English in the catalogue's language."""

    def __init__(self, words: Render) -> None:
        super().__init__(
            prog="ritrova-desktop",
            add_help=False,
            formatter_class=_Formatter,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self._words = words
        self.description = words(msg("Finds the photos on your own disks by Italian sentences, offline."))
        self._positionals.title = words(msg("Files"))
        self._optionals.title = words(msg("Options"))
        self.usage = words(msg("ritrova-desktop [OPTIONS] [PHOTOS...]"))

    def understood(self, arguments: Sequence[str]) -> argparse.Namespace:
        """What was given; ends the process where it makes no sense."""
        try:
            given, unknown = self.parse_known_args(arguments)
        except argparse.ArgumentError as error:
            self._refuse(msg("The option {name} is not used like this.", name=error.argument_name or ""))
        if unknown:
            self._refuse(msg("There is no option {name}.", name=unknown[0]))
        return given

    def _refuse(self, why: Message) -> NoReturn:
        help_ = msg("See ritrova-desktop --help.")
        self.exit(2, f"{self._words(why)}\n{self._words(help_)}\n")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: str | None, actions: object, groups: object, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, prefix or "")  # type: ignore[arg-type]


def parse(arguments: Sequence[str], catalogue: Catalogue) -> Options:
    """The options. Ends the process after `--help`, `--version`, and where they make no sense."""
    words = catalogue.render
    parser = _Parser(words)
    add = parser.add_argument
    add("--library", type=Path, metavar=words(msg("FOLDER")),
        help=words(msg("Folder of the library. Default: RITROVA_LIBRARY, or your data folder.")))  # fmt: skip
    add("--demo", action="store_true", help=words(msg("Open a library of sample photos, to look around.")))
    add("--language", choices=("it", "en", "system"), help=words(msg("Language of the window, this time.")))
    add("--theme", choices=("light", "dark", "system"), help=words(msg("Theme of the window, this time.")))
    add("--hidden", action="store_true", help=words(msg("Start in the tray, where there is one.")))
    add("--screenshots", type=Path, metavar=words(msg("FOLDER")),
        help=words(msg("Write pictures of the pages into a folder, and end.")))  # fmt: skip
    add("--version", action="store_true", help=words(msg("Show the version.")))
    add("--help", "-h", action="help", help=words(msg("Show this help.")))
    add("files", nargs="*", metavar=words(msg("PHOTOS")), help=words(msg("Photos to search by.")))
    given = parser.understood(arguments)
    if given.version:
        _show_version()
    return Options(
        library=given.library,
        demo=given.demo,
        language=given.language,
        theme=given.theme,
        screenshots=given.screenshots,
        hidden=given.hidden,
        files=tuple(str(Path(file).absolute()) for file in given.files),
    )


def _show_version() -> NoReturn:
    from importlib.metadata import version

    print(f"ritrova {version('ritrova')}")
    sys.exit(0)
