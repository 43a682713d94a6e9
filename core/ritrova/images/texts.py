"""Text that came in a file, made fit to be kept."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MOST_KEYWORDS = 500


def clean(text: str, longest: int = 10_000) -> str | None:
    """Without control characters, surrogates and outer blanks, cut to `longest`; None when nothing is left."""
    return _CONTROLS.sub("", text[: 2 * longest].replace("\r\n", "\n")).strip()[:longest].rstrip() or None


def keywords(words: list[str]) -> tuple[str, ...]:
    """Clean, each once, in their order."""
    cleaned = (clean(word, 200) for word in words[:_MOST_KEYWORDS])
    return tuple(dict.fromkeys(word for word in cleaned if word))


def guessed(data: bytes) -> str:
    """UTF-8 where it is UTF-8, else Latin-1: what programs write where a standard says ASCII."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def rating(value: float | None) -> int | None:
    """Stars, 0 to 5. XMP's -1 (rejected) is not a number of stars."""
    return round(value) if value is not None and 0 <= value <= 5 else None
