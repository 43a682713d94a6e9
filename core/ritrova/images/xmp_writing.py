"""Changing the stars, the favourite and the keywords of an XMP packet; every other byte of it stays as it is.

The packet is not written anew from a tree: what other programs keep in it (edits, their history, their own way of
laying it out) would come out altered. Its places are found by a parser, and only ours are replaced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from xml.sax.saxutils import escape

from ritrova.images import texts
from ritrova.images.xmp import RATING, SUBJECT, rating_of
from ritrova.images.xmp_places import RDF, Item, NotUnderstood, Packet, Property

FAVOURITE = "{http://www.fstopapp.com/xmp/}favorite"
"""The one name that means a favourite and nothing else: F-Stop writes it, PhotoPrism reads it.

Colour labels (`xmp:Label`) and digiKam's and Lightroom's flags belong to how a person works there.
"""

_LISTS = (
    SUBJECT,
    # Where these are, digiKam and darktable do not look at dc:subject. Hierarchies in them are left alone.
    "{http://www.digikam.org/ns/1.0/}TagsList",
    "{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject",
)
_PREFIXES = {
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.fstopapp.com/xmp/": "fstop",
    RDF: "rdf",
}
EMPTY = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Ritrova">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""/>
 </rdf:RDF>
</x:xmpmeta>
"""
"""A packet that says nothing yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a packet is to say. What is not named stays as it is."""

    stars: bool = False  # whether `rating` is meant
    rating: int | None = None  # -1 to 5; None: none, where there is a number of stars
    favourite: bool | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    own: tuple[str, ...] = ()  # keywords that a packet without any begins with: those in the photo itself


def edited(packet: bytes, edit: Edit) -> bytes | None:
    """The packet as it is to be; None where it is so already. Raises NotUnderstood."""
    changed = _edited(packet, edit)
    if changed is not None and _edited(changed, edit) is not None:
        raise NotUnderstood("the change did not hold")
    return changed


def is_favourite(packet: bytes) -> bool:
    """Raises NotUnderstood."""
    return _truth(next(Packet.of(packet).properties(FAVOURITE), None))


def rejected(packet: bytes) -> bool:
    """Whether another program has marked the photo as one to be thrown away (-1 stars). Raises NotUnderstood."""
    found = next(Packet.of(packet).properties(RATING), None)
    return found is not None and found.value.strip() == "-1"


def _edited(packet: bytes, edit: Edit) -> bytes | None:
    editor = _Editor(Packet.of(packet))
    if edit.stars:
        editor.rate(edit.rating)
    if edit.favourite is not None:
        editor.favour(edit.favourite)
    if edit.add or edit.remove:
        remove = _cleaned(edit.remove)
        editor.describe([word for word in _cleaned(edit.add) if word not in remove], remove, _cleaned(edit.own))
    return editor.result()


class _Editor:
    """Gathers replacements of a packet's bytes: start, end, what comes there."""

    def __init__(self, packet: Packet) -> None:
        self._packet = packet
        self._home = packet.descriptions[0]
        self._replaced: list[tuple[int, int, bytes]] = []
        self._declared: dict[str, str] = {}
        self._attributes: list[str] = []
        self._elements: list[str] = []

    def rate(self, rating: int | None) -> None:
        found = next(self._packet.properties(RATING), None)
        if rating == -1:
            same = found is not None and found.value.strip() == "-1"
        else:  # a rejected photo (-1) has no number of stars that could be taken away
            same = rating_of(found.value if found else "") == rating
        if not same:
            self._set(RATING, None if rating is None else str(rating))

    def favour(self, favourite: bool) -> None:
        if _truth(next(self._packet.properties(FAVOURITE), None)) != favourite:
            self._set(FAVOURITE, "1" if favourite else None)

    def describe(self, add: list[str], remove: list[str], own: list[str]) -> None:
        begin_with = [word for word in dict.fromkeys([*own, *add]) if word not in remove]
        for name in _LISTS:
            first = True
            for one in self._packet.properties(name):
                gone = [item for item in one.items if texts.clean(item.text, 200) in remove]
                there = set(_flat(one))
                new = [word for word in add if first and word not in there]
                if name == SUBJECT and len(gone) == len(one.items) and first:
                    new = begin_with
                self._change_list(one, gone, new)
                first = False
            if name == SUBJECT and first and begin_with:
                self._elements.append(self._bag(begin_with))

    def result(self) -> bytes | None:
        if self._attributes or self._elements:
            self._replaced.append(self._extended_home())
        if not self._replaced:
            return None
        body, at = self._packet.body, len(self._packet.body)
        parts: list[bytes] = []
        for start, end, new in sorted(self._replaced, reverse=True):
            parts += [body[end:at], new]
            at = start
        parts.append(body[:at])
        return b"".join(reversed(parts)) + b"\n"

    def _set(self, name: str, value: str | None) -> None:
        """Once, where it stands already, else as an attribute of the first description."""
        for one in self._packet.properties(name):
            if value is not None and one.inner:
                text = escape(value) if one.element else f'"{escape(value)}"'
                self._replaced.append((*one.inner, self._bytes(text)))
                value = None
            else:
                self._replaced.append((*one.whole, b""))
        if value is not None:
            self._attributes.append(f'{self._name(name)}="{escape(value)}"')

    def _change_list(self, one: Property, gone: list[Item], new: list[str]) -> None:
        if not gone and not new:
            return
        if len(gone) == len(one.items) and not new:
            self._replaced.append((*one.whole, b""))
        elif one.container is not None:
            self._replaced += [(*item.whole, b"") for item in gone]
            li, at = one.container
            blanks = b""
            if one.items:
                (start, at), body = one.items[-1].whole, self._packet.body
                blanks = body[start : body.index(b"<", start)]
            items = [blanks + self._bytes(f"<{li}>{escape(word)}</{li}>") for word in new]
            self._replaced.append((at, at, b"".join(items)))
        elif one.name == SUBJECT:  # a list written as one value
            self._replaced.append((*one.whole, b""))
            self._elements.append(self._bag([*(item.text for item in one.items if item not in gone), *new]))

    def _bag(self, words: list[str]) -> str:
        qname, rdf = self._name(SUBJECT), self._prefix(RDF)
        items = "".join(f"\n     <{rdf}:li>{escape(word)}</{rdf}:li>" for word in words)
        return f"\n   <{qname}>\n    <{rdf}:Bag>{items}\n    </{rdf}:Bag>\n   </{qname}>"

    def _extended_home(self) -> tuple[int, int, bytes]:
        """The end of the first description's tag, with what is new in it."""
        home = self._home
        declared = [f'xmlns:{prefix}="{uri}"' for uri, prefix in self._declared.items()]
        added = "".join(f"\n    {each}" for each in [*declared, *self._attributes])
        if not home.closes_itself:
            return home.tag_end - 1, home.tag_end, self._bytes(f"{added}>{''.join(self._elements)}")
        if not self._elements:
            return home.tag_end - 2, home.tag_end, self._bytes(f"{added}/>")
        inside = "".join(self._elements)
        return home.tag_end - 2, home.tag_end, self._bytes(f"{added}>{inside}\n  </{home.qname}>")

    def _name(self, name: str) -> str:
        uri, _, local = name[1:].partition("}")
        return f"{self._prefix(uri)}:{local}"

    def _prefix(self, uri: str) -> str:
        """A prefix that means this namespace in the first description, declared there where there is none."""
        prefixes = self._home.prefixes | self._declared
        if uri not in prefixes:
            wanted, taken = _PREFIXES[uri], prefixes.values()
            names = (f"{wanted}{number or ''}" for number in count())
            self._declared[uri] = next(name for name in names if name not in taken)
        return (prefixes | self._declared)[uri]

    def _bytes(self, text: str) -> bytes:
        return text.encode(self._packet.encoding, "xmlcharrefreplace")


def _flat(one: Property) -> Iterator[str | None]:
    """The words of a list; of a hierarchy (`places/sea`, `places|sea`) its last step."""
    for item in one.items:
        word = item.text if one.name == SUBJECT else item.text.replace("|", "/").rpartition("/")[2]
        yield texts.clean(word, 200)


def _cleaned(words: tuple[str, ...]) -> list[str]:
    """As they are read again: XML has no place for control characters."""
    return list(texts.keywords(list(words)))


def _truth(found: Property | None) -> bool:
    return found is not None and found.value.strip().lower() in ("1", "true")
