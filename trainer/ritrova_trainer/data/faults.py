"""What is wrong with data: a file that is of no use is an error, a record that is of no use is counted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from ritrova.errors import EnvironmentFault
from ritrova.text import Message, msg

EXAMPLES = 5  # faults of a kind that are kept in full


class DataError(EnvironmentFault):
    """A data file is missing, or is not what its format asks for."""


class FaultKind(StrEnum):
    """Why a record was passed over."""

    NOT_TEXT = "not_text"  # not UTF-8
    NOT_JSON = "not_json"
    WRONG_FIELDS = "wrong_fields"  # a field is missing or of another type
    NO_CAPTION = "no_caption"  # an image of which nothing is said
    NO_IMAGE = "no_image"  # captions that belong to no image
    DUPLICATE_ID = "duplicate_id"  # an image that was there before
    CUT_SHORT = "cut_short"  # the file ends too early; what came before is used


@dataclass(frozen=True, slots=True)
class Fault:
    """One record that cannot be used."""

    kind: FaultKind
    where: Message  # in the file, as the start of a sentence
    reason: Message

    @property
    def message(self) -> Message:
        return msg("{where} cannot be used: {reason}", where=self.where, reason=self.reason)


Report = Callable[[Fault], None]
"""Is told of each record that a reader passes over."""


@dataclass(slots=True)
class Faults:
    """Counts faults and keeps the first of each kind. `Faults().add` is a `Report`."""

    counts: Counter[FaultKind] = field(default_factory=Counter)
    examples: dict[FaultKind, list[Fault]] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        self.counts[fault.kind] += 1
        kept = self.examples.setdefault(fault.kind, [])
        if len(kept) < EXAMPLES:
            kept.append(fault)


def refuse_in(path: Path) -> Report:
    """A `Report` for data that must be whole: raises DataError at the first fault."""

    def refuse(fault: Fault) -> NoReturn:
        raise DataError(fault.message, None, str(path))

    return refuse


def line(number: int) -> Message:
    """The place of a fault in a file of lines."""
    return msg("Line {number}", number=number)


def in_file(path: Path) -> Message:
    """The place of a fault that is a file."""
    return Message("{path}", {"path": path})
