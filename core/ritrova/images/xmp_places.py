"""Where in the bytes of an XMP packet each property stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from ritrova.images.xmp import LONGEST, PADDING

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TOP, _DESCRIPTION, _ITEM = f"{{{RDF}}}RDF", f"{{{RDF}}}Description", f"{{{RDF}}}li"
_CONTAINERS = {f"{{{RDF}}}{kind}" for kind in ("Bag", "Seq", "Alt")}
_TAG = re.compile(rb"""<([^\s/>]+)(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
_SPACE = b" \t\r\n"

Span = tuple[int, int]
"""Start and end, in bytes of the packet's body."""


class NotUnderstood(ValueError):
    """No XMP that could be changed without harm: it is left as it is."""


class Item(NamedTuple):
    """One value of a list."""

    text: str
    whole: Span  # with the blanks before it


@dataclass(slots=True)
class Property:
    """A property of a description, an attribute or an element of it."""

    name: str  # {namespace}local
    element: bool
    whole: Span  # with the blanks before it
    inner: Span | None  # the value: an attribute's with its quotes; None in an element without any
    value: str = ""
    items: list[Item] = field(default_factory=list)  # of a list; one value is a list of one
    container: tuple[str, int] | None = None  # of a list: how its items are called, and where one may be added


@dataclass(slots=True)
class Description:
    """A description at the top of the packet."""

    qname: str
    tag_end: int  # behind the start tag's ">"
    closes_itself: bool
    prefixes: dict[str, str]  # by namespace
    properties: list[Property] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Packet:
    """At least one description."""

    body: bytes  # without padding
    encoding: str
    descriptions: list[Description]

    @classmethod
    def of(cls, packet: bytes) -> "Packet":
        """Raises NotUnderstood: no well-formed XML, a document type (and with it entities), no description."""
        body = packet.strip(PADDING)
        if len(packet) > LONGEST:
            raise NotUnderstood("too long")
        finder = _Finder(body)
        try:
            finder.parser.Parse(body, True)
            if not finder.descriptions:
                raise NotUnderstood("no description")
            "".encode(finder.encoding)
        except (expat.ExpatError, LookupError) as error:
            raise NotUnderstood(str(error)) from error
        return cls(body, finder.encoding, finder.descriptions)

    def properties(self, name: str) -> Iterator[Property]:
        """All that are called so, in their order: the first counts."""
        return (each for description in self.descriptions for each in description.properties if each.name == name)


class _Finder:
    """Listens to a parser, and keeps what it tells of the top of the packet."""

    def __init__(self, body: bytes) -> None:
        self.descriptions: list[Description] = []
        self.encoding = "utf-8"
        self._body = body
        self._open: list[tuple[str, re.Match[bytes]]] = []  # the elements around the place: name, start tag
        self._prefixes: list[tuple[str | None, str]] = []
        self._property: Property | None = None
        self._depth = 0  # of the property
        self._text: list[str] = []
        self.parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartNamespaceDeclHandler = lambda prefix, uri: self._prefixes.append((prefix, uri or ""))
        parser.EndNamespaceDeclHandler = lambda _prefix: self._prefixes.pop()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding or "utf-8"
        if self.encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "ucs")):
            raise NotUnderstood("not a byte a letter")

    def _doctype(self, *_: object) -> None:
        raise NotUnderstood("XMP with a document type")

    def _start(self, name: str, attributes: list[str]) -> None:
        tag = _TAG.match(self._body, self.parser.CurrentByteIndex)
        if tag is None:  # UTF-16 without a declaration
            raise NotUnderstood("not a byte a letter")
        name, parent = _named(name), self._open[-1][0] if self._open else ""
        self._open.append((name, tag))
        self._text.clear()
        if self._property is None and name == _DESCRIPTION and parent == _TOP:
            self.descriptions.append(self._description(tag, attributes))
        elif self._property is None and [each for each, _ in self._open[-3:-1]] == [_TOP, _DESCRIPTION]:
            self._property = Property(name, True, (self._before(tag.start()), 0), None)
            self._depth = len(self._open)

    def _end(self, name: str) -> None:
        _, tag = self._open.pop()
        found, depth = self._property, len(self._open) + 1
        if found is None:
            return
        empty = tag.group().endswith(b"/>")
        inner = tag.end(), tag.end() if empty else self.parser.CurrentByteIndex
        end = tag.end() if empty else self._body.index(b">", inner[1]) + 1
        if depth == self._depth:
            found.whole, found.inner = (found.whole[0], end), None if empty else inner
            if not found.items and found.container is None:
                found.value = "".join(self._text)
                if found.value.strip():
                    found.items.append(Item(found.value, found.whole))
            self.descriptions[-1].properties.append(found)
            self._property = None
        elif depth == self._depth + 1 and _named(name) in _CONTAINERS and not empty:
            prefix = tag.group(1).decode(self.encoding).rpartition(":")[0]
            found.container = f"{prefix}:li" if prefix else "li", inner[1]
        elif depth == self._depth + 2 and _named(name) == _ITEM:
            found.items.append(Item("".join(self._text), (self._before(tag.start()), end)))
        self._text.clear()

    def _description(self, tag: re.Match[bytes], attributes: list[str]) -> Description:
        prefixes = {uri: prefix for prefix, uri in dict(self._prefixes).items() if prefix}
        closes_itself = tag.group().endswith(b"/>")
        found = Description(tag.group(1).decode(self.encoding), tag.end(), closes_itself, prefixes)
        scope = dict(self._prefixes)
        values = {_named(name): value for name, value in zip(attributes[::2], attributes[1::2], strict=True)}
        for place in _ATTRIBUTE.finditer(self._body, tag.end(1), tag.end()):
            prefix, colon, local = place.group(1).decode(self.encoding).rpartition(":")
            name = f"{{{scope.get(prefix)}}}{local}"
            if colon and name in values:
                items = [Item(values[name], place.span())]
                found.properties.append(Property(name, False, place.span(), place.span(2), values[name], items))
        return found

    def _before(self, start: int) -> int:
        """Back over the blanks."""
        while start and self._body[start - 1] in _SPACE:
            start -= 1
        return start


def _named(name: str) -> str:
    """As ElementTree names it."""
    return f"{{{name}" if "}" in name else name
