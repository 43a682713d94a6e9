"""Which language a caption is in, as far as its function words and its script tell.

Only clear cases are decided: a caption is foreign where it has at least two function words of another language,
and more of them than of Italian, or where most of its letters are not Latin. Words that two languages share count
for both, and words in capitals within the caption for none: "Las Vegas" is a name. A caption without function
words, like a person's short query, is never foreign.

The lists leave out what is a common word of another kind in Italian, as "mais", "pelo", "cerca" or "para".
"""

from collections.abc import Mapping
from types import MappingProxyType

from ritrova_trainer.data.text import words

LEAST = 2  # function words of another language
_LAST_LATIN = "\u024f"  # end of the block Latin Extended-B


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


ITALIAN = _set(
    "a ad ai agli al all alla alle allo anche c che chi ci col come con da dai dagli dal dall dalla dalle dallo d"
    " degli dei del dell della delle dello di dietro dopo dove due e è ed fra gli ha hanno i il in l la le lo ma"
    " mentre nei negli nel nell nella nelle nello non o per più prima quando questa questo quest se si sono sopra sotto"
    " su sua sue sui sugli sul sull sulla sulle sullo suo suoi tra tre un una uno verso vicino"
)
_OTHERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _set(
            "a an and are as at behind by for from front has have her his in into is it its near next of off on onto"
            " or out over she some that the their there they this through to two under was were while who with"
        ),
        "fr": _set(
            "à au aux avec c ce cette chez d dans de derrière des deux devant du elle en est et il ils l la le les"
            " leur n ou par pas plus pour près qu que qui s sa se ses son sont sous sur un une vers"
        ),
        "es": _set(
            "a al como con de del desde detrás donde dos e el ella en entre es está están esta este frente ha"
            " han hay la las lo los mientras muy o pero por que se sin sobre son su sus un una unas unos y"
        ),
        "pt": _set(
            "a ao aos as à com como da das de do dois dos duas e é ela ele em entre está estão foi na nas no"
            " nos o os ou perto por que se sem seu sob sobre sua são um uma"
        ),
        "de": _set(
            "am an auf aus bei das dem den der des die ein eine einem einen einer es für hat hinter im in ist mit"
            " nach neben nicht oder sich sie sind über um und unter vom von vor während wird zu zum zur zwei"
        ),
    }
)


def is_foreign(caption: str) -> bool:
    """Whether the caption is clearly not Italian."""
    if not _mostly_latin(caption):
        return True
    found = [word.lower() for place, word in enumerate(words(caption)) if place == 0 or not _is_capitalised(word)]
    most = max(sum(word in known for word in found) for known in _OTHERS.values())
    return most >= LEAST and most > sum(word in ITALIAN for word in found)


def _is_capitalised(word: str) -> bool:
    return len(word) > 1 and word.istitle()


def _mostly_latin(caption: str) -> bool:
    letters = [letter for letter in caption if letter.isalpha()]
    return 2 * sum(letter <= _LAST_LATIN for letter in letters) >= len(letters)
