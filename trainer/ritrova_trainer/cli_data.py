"""`ritrova-train data`: a look over captioned images before they are trained on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ritrova.cli.contract import emit
from ritrova.cli.options import FILE, FOLDER, NAME, NUMBER, Command, Json, argument, option
from ritrova.cli.shown import printable
from ritrova.cli.table import Column, show_table
from ritrova.errors import FailureKind
from ritrova.images.limits import DecodeLimits
from ritrova.text import Catalogue, Message, msg
from ritrova_trainer.data.check import Findings, Inspector, check
from ritrova_trainer.data.cleaning import CleaningRules, Filter
from ritrova_trainer.data.faults import FaultKind, Faults
from ritrova_trainer.data.formats import Format, detected, open_pairs
from ritrova_trainer.data.proper_nouns import best_tagger
from ritrova_trainer.data.split import SplitRule, split_record

NOTICE_EVERY = 1000  # images
_SHARES = (0.0, 0.5, 0.95, 1.0)

FILTERS: Mapping[Filter, Message] = {
    Filter.EMPTY: msg("empty"),
    Filter.TOO_SHORT: msg("too short"),
    Filter.TOO_LONG: msg("too long"),
    Filter.DUPLICATE: msg("said twice of one image"),
    Filter.WRONG_LANGUAGE: msg("not Italian"),
    Filter.PROPER_NOUNS: msg("little but proper nouns"),
}
FAULTS: Mapping[FaultKind, Message] = {
    FaultKind.NOT_TEXT: msg("not UTF-8"),
    FaultKind.NOT_JSON: msg("not whole JSON"),
    FaultKind.WRONG_FIELDS: msg("a field is missing or wrong"),
    FaultKind.NO_CAPTION: msg("an image without caption"),
    FaultKind.NO_IMAGE: msg("captions without image"),
    FaultKind.DUPLICATE_ID: msg("an image for the second time"),
    FaultKind.CUT_SHORT: msg("a file that ends too early"),
}
FAILURES: Mapping[FailureKind, Message] = {
    FailureKind.CORRUPT: msg("damaged"),
    FailureKind.UNSUPPORTED: msg("not a picture, or of an unknown kind"),
    FailureKind.TOO_LARGE: msg("too large"),
    FailureKind.UNREADABLE: msg("the system does not let us read it"),
    FailureKind.TIMEOUT: msg("the decoder took too long"),
    FailureKind.CRASHED: msg("the decoder crashed"),
}


def check_data(
    ctx: typer.Context,
    file: Annotated[Path, argument(FILE, msg("The data: a file, or a folder of images or of .tar shards."))],
    form: Annotated[
        Format | None, option("--format", metavar=NAME, help=msg("The data's format. Default: as the file shows it."))
    ] = None,
    photos: Annotated[
        Path | None, option("--photos", metavar=FOLDER, help=msg("Where the photos lie. Default: beside the captions."))
    ] = None,
    source: Annotated[
        str | None, option("--source", metavar=NAME, help=msg("Name of the collection. Default: the format's."))
    ] = None,
    decode: Annotated[
        int | None,
        option("--decode", metavar=NUMBER, min=0, help=msg("Decode so many images, drawn at random. Default: all.")),
    ] = None,
    seed: Annotated[
        int, option("--seed", metavar=NUMBER, min=0, help=msg("Of the split and of what is drawn. Default: 0."))
    ] = 0,
    json: Json = False,
) -> None:
    catalogue = ctx.find_object(Catalogue)
    assert catalogue is not None

    def watch(looked: int) -> None:
        if looked % NOTICE_EVERY == 0:
            typer.echo(catalogue.render(msg("{n} images decoded", n=looked)), err=True)

    form, faults, split = form or detected(file), Faults(), SplitRule(seed=seed)
    with Inspector(DecodeLimits()) as inspector:
        found = check(
            open_pairs(file, faults.add, form=form, images=photos, source=source),
            rules=CleaningRules(),
            split=split,
            tagger=best_tagger(),
            inspector=inspector,
            look_at=decode,
            watch=watch,
        )
    if json:
        emit(_as_json(form, faults, split, found))
        return
    rows = [[catalogue.render(message), value] for message, value in _rows(form, faults, found)]
    show_table((Column(catalogue.render(msg("data")), fold=True), Column("", "right")), rows)
    titles = (msg("image"), msg("captions"))
    show_table(
        [Column(catalogue.render(title), fold=True) for title in titles],
        [[printable(pair.image.key), printable(" / ".join(pair.captions))] for pair in found.examples],
    )
    for kind in faults.examples:
        for fault in faults.examples[kind]:
            typer.echo(printable(catalogue.render(fault.message)), err=True)


COMMANDS: tuple[Command, ...] = (
    Command("check", check_data, msg("Look over captioned images: what is there, what is broken, what is left out.")),
)


def _rows(form: Format, faults: Faults, found: Findings) -> Iterator[tuple[Message, str]]:
    """What is shown, line by line: a description and a number, or a name."""
    images, cleaning = found.images, found.cleaning
    least, middle, many, most = (found.length_at(share) for share in _SHARES)
    yield msg("format"), form.value
    yield msg("pairs (an image with its captions)"), str(found.pairs)
    yield msg("captions"), str(found.captions)
    yield msg("words a caption: least, median, 95 %, most"), f"{least}, {middle}, {many}, {most}"
    for kind, count in faults.counts.items():
        yield msg("passed over: {why}", why=FAULTS[kind]), str(count)
    yield msg("images found"), str(found.present)
    yield msg("images missing"), str(found.pairs - found.present)
    yield msg("images decoded"), str(images.looked)
    yield msg("images broken"), str(images.broken)
    for failure, count in images.failed.items():
        yield msg("broken: {why}", why=FAILURES[failure]), str(count)
    for name in Filter:
        yield msg("captions left out: {why}", why=FILTERS[name]), str(cleaning.removed[name])
    yield msg("captions that are left"), str(cleaning.kept)
    yield msg("pairs that are left"), str(cleaning.pairs_kept)
    yield msg("proper nouns found by"), cleaning.tagger
    for source in sorted(found.train | found.validation):
        yield (
            msg("{source}: for training, for validation", source=source),
            f"{found.train[source]}, {found.validation[source]}",
        )


def _as_json(form: Format, faults: Faults, split: SplitRule, found: Findings) -> dict[str, Any]:
    images = found.images
    least, middle, many, most = (found.length_at(share) for share in _SHARES)
    return {
        "format": form.value,
        "pairs": found.pairs,
        "captions": found.captions,
        "caption_words": {"least": least, "median": middle, "percentile_95": many, "most": most},
        "passed_over": {
            kind.value: {"count": count, "first": [str(fault.message) for fault in faults.examples[kind]]}
            for kind, count in faults.counts.items()
        },
        "images": {
            "found": found.present,
            "missing": found.pairs - found.present,
            "decoded": images.looked,
            "broken": images.broken,
            "failures": {kind.value: count for kind, count in images.failed.items()},
            "first": [{"image": key, "reason": reason} for key, reason in images.examples],
        },
        "cleaning": found.cleaning.as_json(),
        "split": split_record(split, found.train, found.validation),
        "examples": [
            {"image": pair.image.key, "captions": list(pair.captions), "source": pair.source} for pair in found.examples
        ],
    }
