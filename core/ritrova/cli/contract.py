"""The JSON that programs read: documented in docs/json.md, and kept.

Output is plain ASCII. A path whose bytes are not UTF-8 keeps them as `\\udc80` to `\\udcff` escapes, the way
Python's `os.fsdecode` writes them.
"""

import json
from collections.abc import Mapping
from os import fsdecode
from typing import Any

import typer

from ritrova.photo import Failure, Hit, IndexReport

Object = dict[str, Any]


def emit(thing: Mapping[str, Any]) -> None:
    """Print one object on one line."""
    typer.echo(json.dumps(thing, ensure_ascii=True, allow_nan=False))


def index_object(report: IndexReport) -> Object:
    return {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "missing": report.missing,
        "returned": report.returned,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "photos_per_second": round(report.photos_per_second, 2),
        "seconds": round(report.seconds, 3),
    }


def hit_object(query: str, hit: Hit) -> Object:
    return {
        "query": query,
        "rank": hit.rank,
        "path": fsdecode(hit.path),
        "score": round(float(hit.score), 6),
        "strength": None if hit.strength is None else round(float(hit.strength), 4),
        "taken_at": hit.taken_at,
        "width": hit.width,
        "height": hit.height,
    }


def failure_object(failure: Failure) -> Object:
    return {"path": fsdecode(failure.path), "reason": failure.reason, "kind": failure.kind.value}
