"""What the settings are called in the window, and in which groups they stand. Their explanations are the schema's own.

A setting that is named nowhere here is still shown, among the advanced ones, under its own name.
"""

from dataclasses import dataclass

from ritrova.text import Message, msg

Key = tuple[str, str]
"""Section and field."""


@dataclass(frozen=True, slots=True)
class Group:
    title: Message
    keys: tuple[Key, ...]


WHEN = Group(
    msg("When to index"),
    (
        ("indexing", "automatic"),
        ("indexing", "only_on_mains"),
        ("indexing", "only_at_night"),
        ("indexing", "night_from"),
        ("indexing", "night_to"),
        ("indexing", "considerate"),
    ),
)

GROUPS: tuple[Group, ...] = (
    Group(msg("Computing"), (("encoding", "device"), ("encoding", "threads"))),
    WHEN,
    Group(
        msg("Room on the disk"),
        (("thumbnails", "large_limit_mb"), ("thumbnails", "previews_limit_mb")),
    ),
    Group(msg("Files"), (("folders", "ignored_names"), ("sidecars", "write"))),
    Group(msg("Backups"), (("backups", "automatic"), ("backups", "keep"))),
)

ELSEWHERE: frozenset[Key] = frozenset({("encoding", "model"), ("indexing", "paused")})
"""Shown on pages of their own: the model, and the pause."""

HOURS: frozenset[Key] = frozenset({("indexing", "night_from"), ("indexing", "night_to")})
"""Whole numbers that are hours of the day. Their names say all."""

NEEDS: dict[Key, Key] = dict.fromkeys(HOURS, ("indexing", "only_at_night"))
"""Settings that mean something only while another one is on."""

TITLES: dict[Key, Message] = {
    ("encoding", "device"): msg("Where the model runs"),
    ("encoding", "threads"): msg("Processor threads"),
    ("encoding", "batch_size"): msg("Photos a batch"),
    ("indexing", "automatic"): msg("By itself"),
    ("indexing", "only_on_mains"): msg("Only on mains power"),
    ("indexing", "only_at_night"): msg("Only at night"),
    ("indexing", "night_from"): msg("Night begins at"),
    ("indexing", "night_to"): msg("Night ends at"),
    ("indexing", "considerate"): msg("Give way to other programs"),
    ("backups", "automatic"): msg("Make backups"),
    ("backups", "keep"): msg("Backups kept"),
    ("decoding", "workers"): msg("Processes that read photos"),
    ("decoding", "timeout_s"): msg("Seconds for one photo"),
    ("decoding", "memory_mb"): msg("Memory for one photo (MB)"),
    ("decoding", "max_megapixels"): msg("Largest photo (megapixels)"),
    ("decoding", "max_file_mb"): msg("Largest file (MB)"),
    ("index", "exact_up_to"): msg("Exact search up to"),
    ("index", "m"): msg("HNSW: links a node"),
    ("index", "ef_construction"): msg("HNSW: width while building"),
    ("index", "ef_search"): msg("HNSW: width while searching"),
    ("index", "rebuild_deleted_share"): msg("HNSW: share deleted before it is rebuilt"),
    ("thumbnails", "large_limit_mb"): msg("Large thumbnails (MB)"),
    ("thumbnails", "previews_limit_mb"): msg("Previews (MB)"),
    ("folders", "ignored_names"): msg("Names that are passed over"),
    ("sidecars", "write"): msg("Write sidecars (XMP)"),
}

OPTIONS: dict[str, Message] = {
    "auto": msg("Automatic"),
    "cuda": msg("NVIDIA or AMD graphics card"),
    "mps": msg("Apple graphics"),
    "xpu": msg("Intel graphics card"),
    "cpu": msg("Processor"),
}
"""What the values of choices are called."""


def title_of(key: Key) -> Message:
    return TITLES.get(key) or msg("{name}", name=key[1].replace("_", " "))
