"""Filters: what each takes and leaves, and that every caption is kept or counted exactly once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova_trainer.data import CleaningRules, FileImage, Filter, Pair, Tally, clean
from ritrova_trainer.data.language import is_foreign
from ritrova_trainer.data.proper_nouns import CapitalLetters, Spacy, best_tagger

RULES = CleaningRules()


def pair(*captions: str, key: str = "a.jpg") -> Pair:
    return Pair(FileImage(key, Path(key)), captions, "prova")


def cleaned(*captions: str, rules: CleaningRules = RULES) -> tuple[tuple[str, ...], dict[Filter, int]]:
    tally = Tally()
    left = [caption for one in clean([pair(*captions)], rules, CapitalLetters(), tally) for caption in one.captions]
    return tuple(left), dict(tally.removed)


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("", Filter.EMPTY),
        ("\u00a0\t", Filter.EMPTY),
        ("ok", Filter.TOO_SHORT),
        ("12.345 !!", Filter.TOO_SHORT),
        ("mare " * 2000, Filter.TOO_LONG),
        ("  un GATTO  nero ", Filter.DUPLICATE),
        ("a man riding a bike in front of the house", Filter.WRONG_LANGUAGE),
        ("Giuseppe Garibaldi", Filter.PROPER_NOUNS),
    ],
)
def test_each_filter_takes_its_own(caption: str, reason: Filter) -> None:
    assert cleaned("un gatto nero", caption) == (("un gatto nero",), {reason: 1})
    others = CleaningRules(filters=tuple(name for name in Filter if name is not reason))
    left, removed = cleaned("un gatto nero", caption, rules=others)
    assert removed == ({Filter.EMPTY: 1} if reason is Filter.EMPTY else {})  # nobody can train on nothing
    assert left == (("un gatto nero",) if reason is Filter.EMPTY else ("un gatto nero", caption))


def test_a_pair_without_captions_left_is_dropped_and_counted() -> None:
    tally = Tally()
    pairs = [pair("ok", ""), pair("il mare", "il mare", "onde alte", key="b.jpg")]
    (kept,) = clean(pairs, RULES, CapitalLetters(), tally)
    assert (kept.image.key, kept.captions, kept.source) == ("b.jpg", ("il mare", "onde alte"), "prova")
    assert tally.as_json() == {
        "pairs": 2,
        "pairs_kept": 1,
        "captions": 5,
        "captions_kept": 2,
        "removed": {
            "empty": 1,
            "too_short": 1,
            "too_long": 0,
            "duplicate": 1,
            "wrong_language": 0,
            "proper_nouns": 0,
        },
        "tagger": "capital letters",
    }


CAPTIONS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "ok", "un gatto nero", "the cat of the house", "Giuseppe Garibaldi", "mare " * 300]),
)


@given(st.lists(st.lists(CAPTIONS, min_size=1, max_size=4), max_size=6), st.sets(st.sampled_from(Filter)))
def test_every_caption_is_kept_or_counted_once(said: list[list[str]], filters: set[Filter]) -> None:
    pairs = [pair(*captions, key=str(number)) for number, captions in enumerate(said)]
    tally = Tally()
    kept = list(clean(iter(pairs), CleaningRules(filters=tuple(filters)), CapitalLetters(), tally))
    assert tally.pairs == len(pairs)
    assert tally.pairs_kept == len(kept)
    assert tally.captions == sum(map(len, said))
    assert tally.kept == sum(len(one.captions) for one in kept)
    assert tally.captions == tally.kept + tally.removed.total()
    before = {one.image.key: one.captions for one in pairs}
    for one in kept:
        remaining = iter(before[one.image.key])
        assert all(caption in remaining for caption in one.captions)  # in their order
        assert all(caption.strip() for caption in one.captions)
    again = Tally()
    assert list(clean(kept, CleaningRules(filters=tuple(filters)), CapitalLetters(), again)) == kept


def test_more_pairs_than_are_tagged_at_once_keep_their_order() -> None:
    pairs = [pair(f"foto numero {number}" if number % 3 else "ok", key=str(number)) for number in range(700)]
    tally = Tally()
    kept = [one.image.key for one in clean(pairs, RULES, CapitalLetters(), tally)]
    assert kept == [str(number) for number in range(700) if number % 3]
    assert tally.removed == {Filter.TOO_SHORT: 234}


@pytest.mark.parametrize(
    "caption",
    [
        "two dogs are playing with a ball on the beach",
        "UN SKIER SKIING ON A MOUNTAIN WITH TREES BEHIND HIM.",
        "un homme avec un chapeau assis sur une chaise dans la cuisine",
        "Un hombre con una tabla en la playa y los niños",
        "um homem com uma prancha na praia e as crianças",
        "ein Mann mit einem Hut sitzt auf der Bank",
        "собака на пляже",
        "海辺の犬",
    ],
)
def test_another_language_is_seen(caption: str) -> None:
    assert is_foreign(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "due cani giocano con la palla sulla spiaggia",
        "gatto",
        "cane da esposizione a pelo lungo",
        "gruppo a Las Vegas",
        "tramonto a Los Angeles",
        "un hot dog in mano",
        "pick-up in spiaggia",
        "la zebra al pascolo cerca cibo",
        "portiere para la palla",
        "C'È UN UOMO CHE DORME",
        "123",
    ],
)
def test_italian_and_what_is_not_clear_stays(caption: str) -> None:
    assert not is_foreign(caption)


@pytest.mark.parametrize(
    ("caption", "share"),
    [
        ("Giuseppe Garibaldi", 1.0),
        ("Chiesa di San Marco", 0.5),
        ("Il Colosseo", 0.5),
        ("Anna e Marco", 1 / 3),
        ("Gatto", 0.0),
        ("un gatto nero", 0.0),
        ("Una chiesa. Il prete dorme.", 0.0),
        ("VIETATO FUMARE", 0.0),
        ("1960", 0.0),
        ("Torre Eiffel, Parigi 1889", 1.0),
    ],
)
def test_capitals_inside_a_sentence_are_names(caption: str, share: float) -> None:
    assert CapitalLetters().shares([caption]) == [pytest.approx(share)]


class Token:
    def __init__(self, pos: str) -> None:
        self.pos_ = pos


class Pipeline:
    """What is used of a spaCy pipeline: it reads a stream of texts, and its tokens carry a part of speech."""

    def pipe(self, texts: list[str]) -> list[list[Token]]:
        return [[Token("PROPN" if word.isupper() else "NOUN") for word in text.split()] for text in texts]


def test_a_tagger_of_ones_own_decides_and_is_recorded() -> None:
    tally = Tally()
    tagger = Spacy(Pipeline(), "spacy 3 it_core_news_sm 3")
    pairs = [pair("A B C D gatto", "A B gatto", "un Gatto Nero")]
    (kept,) = clean(pairs, CleaningRules(filters=(Filter.PROPER_NOUNS,)), tagger, tally)
    assert kept.captions == ("A B gatto", "un Gatto Nero")
    assert tally.removed == {Filter.PROPER_NOUNS: 1}
    assert tally.tagger == "spacy 3 it_core_news_sm 3"
    assert tagger.shares([""]) == [0.0]


def test_some_tagger_is_always_there() -> None:
    assert best_tagger().shares(["un gatto nero"]) == [0.0]
