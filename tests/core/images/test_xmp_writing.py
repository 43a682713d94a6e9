"""Stars, favourites and keywords go into packets of other programs, and nothing else in those changes."""

import time
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova.images import texts
from ritrova.images.xmp import LONGEST, says
from ritrova.images.xmp_places import NotUnderstood
from ritrova.images.xmp_writing import EMPTY, FAVOURITE, Edit, edited, is_favourite, rejected

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RATING, SUBJECT = "{http://ns.adobe.com/xap/1.0/}Rating", "{http://purl.org/dc/elements/1.1/}subject"
LISTS = {"{http://www.digikam.org/ns/1.0/}TagsList", "{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject"}
TODAY = date(2026, 11, 25)

DARKTABLE = """\
<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
   exif:DateTimeOriginal="2024:07:01 18:30:05.000"
   xmp:Rating="-1"
   xmpMM:DerivedFrom="DSC_1.NEF"
   darktable:xmp_version="5"
   darktable:history_end="2">
   <darktable:history>
    <rdf:Seq>
     <rdf:li
      darktable:num="0"
      darktable:operation="exposure"
      darktable:params="gz02eJxjYIAAruc&#10;xmp:Rating=&quot;3&quot; />"
      darktable:multi_name=""/>
    </rdf:Seq>
   </darktable:history>
   <darktable:colorlabels>
    <rdf:Seq>
     <rdf:li>2</rdf:li>
    </rdf:Seq>
   </darktable:colorlabels>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>mare</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>darktable|exported</rdf:li>
     <rdf:li>luoghi|mare</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""

LIGHTROOM = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000 1.000000, 0000/00/00-00:00:00        ">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:crd='http://ns.adobe.com/camera-raw-defaults/1.0/'
   xmp:Rating='3'
   xmp:Label="Rosso > verde"
   crs:Version="15.0"
   crs:Exposure2012="+0.45"
   crs:HasSettings="True">
   <!-- a person's note, with <dc:subject/> in it -->
   <crs:ToneCurvePV2012>
    <rdf:Seq>
     <rdf:li>0, 0</rdf:li>
     <rdf:li>255, 255</rdf:li>
    </rdf:Seq>
   </crs:ToneCurvePV2012>
   <crs:Look>
    <rdf:Description crs:Name="Adobe Color" xmp:Rating="5">
     <crs:Group><rdf:Alt><rdf:li xml:lang="x-default">Profiles</rdf:li></rdf:Alt></crs:Group>
    </rdf:Description>
   </crs:Look>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""

DIGIKAM = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <r:Description r:about="" xmlns:digiKam="http://www.digikam.org/ns/1.0/" digiKam:PickLabel="3">
   <digiKam:TagsList><r:Seq><r:li>mare</r:li><r:li>luoghi/Genova</r:li></r:Seq></digiKam:TagsList>
  </r:Description>
  <r:Description r:about="" xmlns:xap="http://ns.adobe.com/xap/1.0/">
   <xap:Rating>2</xap:Rating>
  </r:Description>
  <r:Description r:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="urn:taken" dc:subject="mare"
  xmp:Thing="1"/>
 </r:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""

SAMPLES = {"darktable": DARKTABLE, "lightroom": LIGHTROOM, "digikam": DIGIKAM, "nothing yet": EMPTY.decode()}


def words(packet: bytes) -> tuple[str, ...]:
    return says(packet, TODAY).keywords


def foreign(packet: bytes) -> str:
    """The packet without what is ours and the lists of words, in XML's canonical form, blanks around elements aside."""
    root = ElementTree.fromstring(packet.strip())
    for top in root.iter(f"{RDF}RDF"):
        for description in top:
            for name in (RATING, FAVOURITE):
                description.attrib.pop(name, None)
            description.attrib.pop(SUBJECT, None)
            for child in list(description):
                if child.tag in {RATING, FAVOURITE, SUBJECT, *LISTS}:
                    description.remove(child)
    return ElementTree.canonicalize(ElementTree.tostring(root), strip_text=True)


@pytest.mark.parametrize("sample", SAMPLES)
def test_stars_favourite_and_keywords_are_written_and_the_rest_stays(sample: str) -> None:
    packet = SAMPLES[sample].encode()
    new = edited(packet, Edit(stars=True, rating=4, favourite=True, add=("città & <mare>",)))
    assert new is not None
    assert says(new, TODAY).rating == 4
    assert is_favourite(new)
    assert words(new) == (*words(packet), "città & <mare>")
    assert foreign(new) == foreign(packet)
    assert edited(new, Edit(stars=True, rating=4, favourite=True, add=("città & <mare>",))) is None


def test_bytes_around_a_changed_value_stay_as_they_are() -> None:
    new = edited(LIGHTROOM.encode(), Edit(stars=True, rating=5))
    assert new == LIGHTROOM.replace("xmp:Rating='3'", 'xmp:Rating="5"').encode()
    new = edited(DARKTABLE.encode(), Edit(add=("estate",)))
    li = "     <rdf:li>{}</rdf:li>\n"
    expected = DARKTABLE.replace(li.format("mare"), li.format("mare") + li.format("estate"))
    expected = expected.replace(li.format("luoghi|mare"), li.format("luoghi|mare") + li.format("estate"))
    assert new == expected.encode()
    assert edited(new, Edit(remove=("estate",))) == DARKTABLE.encode()


def test_a_photo_that_was_rejected_stays_so_until_it_gets_stars() -> None:
    packet = DARKTABLE.encode()
    assert rejected(packet)
    for edit in (Edit(favourite=True), Edit(add=("sole",)), Edit(stars=True, rating=None), Edit(stars=True, rating=-1)):
        assert rejected(edited(packet, edit) or packet)
    starred = edited(packet, Edit(stars=True, rating=1))
    assert starred is not None
    assert not rejected(starred)
    assert edited(starred, Edit(stars=True, rating=-1)) == packet


def test_stars_of_something_in_the_packet_are_not_the_photos() -> None:
    assert says(LIGHTROOM.replace("xmp:Rating='3'", "").encode(), TODAY).rating is None


def test_a_long_packet_is_changed_at_once() -> None:
    many = "".join(f"\n     <rdf:li>{n}</rdf:li>" for n in range(100_000))
    packet = DARKTABLE.replace("\n     <rdf:li>mare</rdf:li>", many).encode()
    begun = time.monotonic()
    assert rejected(edited(packet, Edit(favourite=True)) or b"")
    assert time.monotonic() - begun < 10


def test_hierarchies_of_other_programs_are_left_alone() -> None:
    new = edited(DARKTABLE.encode(), Edit(remove=("mare",)))
    assert new is not None
    assert words(new) == ()
    assert b"luoghi|mare" in new
    new = edited(DIGIKAM.encode(), Edit(add=("Genova", "sole"), remove=("mare",)))
    assert new is not None
    assert words(new) == ("Genova", "sole")
    assert b"<r:li>luoghi/Genova</r:li><r:li>sole</r:li></r:Seq>" in new


def test_a_packet_without_keywords_begins_with_those_of_the_photo() -> None:
    packet = LIGHTROOM.encode()
    new = edited(packet, Edit(add=("sole",), remove=("neve",), own=("mare", "neve")))
    assert new is not None
    assert words(new) == ("mare", "sole")
    assert edited(packet, Edit(remove=("neve",), own=())) is None


def test_letters_that_an_encoding_lacks_are_written_by_number() -> None:
    packet = LIGHTROOM.replace("<x:xmpmeta", '<?xml version="1.0" encoding="iso-8859-1"?>\n<x:xmpmeta', 1).encode(
        "latin-1"
    )
    new = edited(packet, Edit(add=("città", "日本")))
    assert new is not None
    assert words(new) == ("città", "日本")
    with_mark = b"\xef\xbb\xbf" + DIGIKAM.encode() + b"\0" * 100
    new = edited(with_mark, Edit(stars=True, rating=None))
    assert new is not None
    assert says(new, TODAY).rating is None
    assert foreign(new) == foreign(with_mark.strip(b"\0"))


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"not XML",
        DARKTABLE.encode()[:-20],
        b"<a/>",
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
        b'<!DOCTYPE r [<!ENTITY a "b">]>' + LIGHTROOM.encode(),
        LIGHTROOM.encode("utf-16"),
        ('<?xml version="1.0" encoding="UTF-16"?>' + LIGHTROOM).encode("utf-16"),
        ('<?xml version="1.0" encoding="nowhere"?>' + LIGHTROOM).encode(),
        LIGHTROOM.encode() + b"\xff\xfe<more/>",
        LIGHTROOM.encode() + b" " * LONGEST,
    ],
    ids=lambda packet: repr(packet[:30]),
)
def test_what_is_not_understood_is_refused(packet: bytes) -> None:
    with pytest.raises(NotUnderstood):
        edited(packet, Edit(stars=True, rating=3))


text = st.text("aè& <>\"'\n\r\0\x0b\ud800\U0001f305", min_size=1, max_size=6)
word = st.sampled_from(["mare", "luoghi", "a&b", "]]>", "è", "日本"]) | text
edits = st.builds(
    Edit,
    stars=st.booleans(),
    rating=st.none() | st.integers(0, 5),
    favourite=st.none() | st.booleans(),
    add=st.lists(word, max_size=3).map(tuple),
    remove=st.lists(st.sampled_from(["mare", "a&b", "è"]), max_size=2).map(tuple),
)


@given(st.sampled_from(sorted(SAMPLES)), st.lists(edits, max_size=5))
def test_any_changes_one_after_the_other_are_read_back(sample: str, changes: list[Edit]) -> None:
    packet = SAMPLES[sample].encode()
    rating, favourite, keywords = says(packet, TODAY).rating, False, list(words(packet))
    kept = foreign(packet)
    for edit in changes:
        packet = edited(packet, edit) or packet
        rating = edit.rating if edit.stars else rating
        favourite = favourite if edit.favourite is None else edit.favourite
        given = [each for each in texts.keywords(list(edit.add)) if each not in edit.remove]  # as XML can hold them
        keywords = [each for each in keywords if each not in edit.remove]
        keywords += [each for each in given if each not in keywords]
    assert says(packet, TODAY).rating == rating
    assert is_favourite(packet) == favourite
    assert sorted(words(packet)) == sorted(keywords)
    assert foreign(packet) == kept
    for hierarchy in (b"luoghi|mare", b"luoghi/Genova", b"darktable|exported"):
        assert packet.count(hierarchy) == SAMPLES[sample].encode().count(hierarchy)
