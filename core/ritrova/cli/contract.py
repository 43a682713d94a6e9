"""The JSON that programs read: documented in docs/json.md, and kept.

Output is plain ASCII. A path whose bytes are not UTF-8 keeps them as `\\udc80` to `\\udcff` escapes, the way
Python's `os.fsdecode` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os import fsdecode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ritrova.photo import Failure, Hit, IndexReport

if TYPE_CHECKING:
    from ritrova.backup.archive import Contents
    from ritrova.backup.restoring import Restored
    from ritrova.checking import Finding
    from ritrova.encoding.models import ModelInfo
    from ritrova.status import Status
    from ritrova.watched import FolderInfo

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


def folder_object(folder: FolderInfo) -> Object:
    return {
        "path": fsdecode(folder.path),
        "photos": folder.photos,
        "missing": folder.missing,
        "failed": folder.failed,
        "online": folder.online,
        "presence": folder.presence.value,
        "volume": folder.volume,
    }


def status_object(library: Path, status: Status) -> Object:
    return {
        "library": str(library),
        "photos": status.photos,
        "searchable": status.searchable,
        "missing": status.missing,
        "failed": status.failed,
        "model": status.model,
        "index": status.index,
        "index_reason": str(status.index_reason),
        "database_bytes": status.database_bytes,
        "index_bytes": status.index_bytes,
        "schema": status.schema,
        "models": [
            {
                "name": model.name,
                "fingerprint": model.fingerprint,
                "dimension": model.dimension,
                "photos": model.embeddings,
            }
            for model in status.models
        ],
    }


def model_object(model: ModelInfo, *, in_use: bool) -> Object:
    return {
        "name": model.name,
        "version": model.version,
        "in_use": in_use,
        "bundled": model.bundled,
        "path": str(model.path),
        "dimension": model.dimension,
        "fingerprint": model.fingerprint,
        "licence": model.licence,
        "size_bytes": model.size,
        "figures": model.figures,
    }


def backup_object(file: Path, contents: Contents) -> Object:
    return {
        "path": str(file),
        "made_at": contents.made_at.isoformat(),
        "schema": contents.schema_version,
        "photos": contents.photos,
        "bytes": file.stat().st_size,
    }


def restore_object(library: Path, restored: Restored) -> Object:
    return {
        "library": str(library),
        "made_at": restored.contents.made_at.isoformat(),
        "photos": restored.contents.photos,
        "kept": None if restored.kept is None else str(restored.kept),
    }


def check_object(findings: Iterable[Finding]) -> Object:
    found = [{"name": each.name, "state": each.state, "found": str(each.found)} for each in findings]
    return {"sound": all(each["state"] != "wrong" for each in found), "parts": found}
