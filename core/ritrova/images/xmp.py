"""What XMP says, inside a photo or in an `.xmp` file beside it."""

from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree

from ritrova.images import moments, texts
from ritrova.photo import Metadata

LONGEST = 4 * 10**6
"""Bytes of a packet; one with a long editing history has some 10**5."""
PADDING = b"\0 \r\n\t"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
RATING = f"{_XMP}Rating"
SUBJECT = f"{_DC}subject"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DATES = (f"{_EXIF}DateTimeOriginal", f"{_PHOTOSHOP}DateCreated", f"{_XMP}CreateDate")


class _WithoutDoctype(ElementTree.TreeBuilder):
    """XMP has no document type. Without one there are no entities: nothing to expand, nothing to fetch."""

    def doctype(self, *_: str) -> None:
        raise ValueError("XMP with a document type")


def says(packet: bytes, today: date) -> Metadata:
    """Title, description, keywords, rating and date of a packet; nothing where it cannot be understood."""
    properties = _Properties(packet)
    dates = (moments.from_iso(properties.text(name), today) for name in _DATES)
    taken = next((moment for moment in dates if moment), None)
    return Metadata(
        taken_at=taken.at if taken else None,
        taken_offset=taken.offset if taken else None,
        taken_source="xmp" if taken else None,
        title=texts.clean(properties.text(f"{_DC}title")),
        description=texts.clean(properties.text(f"{_DC}description")),
        keywords=texts.keywords(properties.texts(SUBJECT)),
        rating=rating_of(properties.text(RATING)),
    )


class _Properties:
    """The properties of a packet's descriptions, each written as an attribute or as an element."""

    def __init__(self, packet: bytes) -> None:
        self._descriptions = list(_descriptions(packet))

    def text(self, name: str) -> str:
        """The value; of alternatives by language the default one; empty where there is none."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> list[str]:
        """The values of a list, the default language's first; one value is a list of one."""
        for description in self._descriptions:
            if name in description.attrib:
                return [description.attrib[name]]
            element = description.find(name)
            if element is None:
                continue
            items = sorted(element.iter(f"{_RDF}li"), key=lambda item: item.get(_LANGUAGE) != "x-default")
            return [item.text or "" for item in items] if items else [element.text or ""]
        return []


def _descriptions(packet: bytes) -> Iterator[ElementTree.Element]:
    packet = packet.strip(PADDING)
    if not packet or len(packet) > LONGEST:
        return
    parser = ElementTree.XMLParser(target=_WithoutDoctype())
    try:
        parser.feed(packet)
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError):  # not XML, a document type, an unknown encoding
        return
    for top in root.iter(f"{_RDF}RDF"):
        yield from top.iterfind(f"{_RDF}Description")  # those deeper down speak of other things than the photo


def rating_of(text: str) -> int | None:
    """The stars that a value of `xmp:Rating` means."""
    try:
        return texts.rating(float(text))
    except ValueError:
        return None
