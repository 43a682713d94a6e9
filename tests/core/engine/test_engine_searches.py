"""Searching by requests, as the window does: sentences, photos, refinements, completions, filters. A fake encoder."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image

from ritrova.engine.curation_requests import SetKeywords
from ritrova.engine.events import ModelReady
from ritrova.engine.query import PhotoRef, Query
from ritrova.engine.replies import Changed, Completions, Done, FacetsOf, Folders, Results
from ritrova.engine.requests import AddFolder, Apply, Complete, Facets, ForgetSearches, ListFolders, Remember, Search
from ritrova.photo import Filters

Window: TypeAlias = Any  # of conftest.py


def test_a_sentence_finds_photos_and_nothing_lists_them_all(shared: Window) -> None:
    assert shared.wait_for(ModelReady).device == "cpu"
    results, [columns] = shared.search("verde")
    assert (results.total, results.searchable, len(columns)) == (3, 3, 3)
    assert shared.found("verde")[0] == "verde.jpg"
    assert columns.strengths[0] is not None
    results, [columns] = shared.search("")
    assert columns.strengths == (None, None, None)
    assert sorted(zip(columns.widths, columns.heights, strict=True)) == [(32, 48), (48, 32), (48, 32)]
    assert shared.found(Query(text="verde", filters=Filters(orientation="portrait"))) == ["blu.jpg"]


def test_what_is_probably_not_there_is_said_where_words_alone_were_asked_for(shared: Window) -> None:
    def absent(query: Query | str) -> bool:
        results: Results = shared.search(query)[0]
        return results.absent

    _, [columns] = shared.search("verde")
    assert not absent("verde")
    assert absent("montagna innevata")
    assert absent(Query(text="rosso", filters=Filters(orientation="portrait"))), "the red photo is no portrait"
    assert not absent(Query(text="montagna", more=(columns.hash(0),)))
    assert not absent("")


def test_photos_words_and_refinements_combine(shared: Window, tmp_path: Path) -> None:
    outside = tmp_path / "fuori.png"
    Image.new("RGB", (20, 20), (30, 50, 200)).save(outside)
    assert shared.found(Query(photos=(PhotoRef(path=os.fsencode(outside)),)))[0] == "blu.jpg"
    _, [columns] = shared.search("rosso")
    red = columns.hash(0)
    assert "rosso.jpg" not in shared.found(Query(photos=(PhotoRef(content=red),)))
    assert shared.found(Query(text="verde", more=(red, red)))[:2] == ["verde.jpg", "rosso.jpg"]
    assert shared.found(Query(text="rosso verde", less=(red,)))[0] == "verde.jpg"
    refusal = shared.refused(Search(spec=Query(photos=(PhotoRef(path=b"/no/such.jpg"),))))
    assert refusal.error.whose == "usage"


def test_own_searches_and_keywords_complete_what_is_typed(shared: Window) -> None:
    shared.ask(Remember(text="un  cane nella neve"), Done)
    _, [columns] = shared.search("")
    given = shared.ask(SetKeywords(files=columns.files, add=("nevicata",)), Changed)
    completions = shared.ask(Complete(prefix="Ne"), Completions)
    assert [(each.text, each.source) for each in completions.found] == [
        ("un cane nella neve", "history"),
        ("nevicata", "keyword"),
    ]
    assert shared.ask(Complete(prefix="gatto ne"), Completions).found[0].text == "gatto nevicata"
    shared.ask(Apply(steps=given.undo), Changed)
    shared.ask(ForgetSearches(), Done)
    assert shared.ask(Complete(prefix="Ne"), Completions).found == ()


def test_where_nothing_is_typed_the_newest_searches_are_offered_until_they_are_forgotten(shared: Window) -> None:
    def offered() -> list[str]:
        return [each.text for each in shared.ask(Complete(prefix="", most=2), Completions).found]

    assert offered() == []
    for text in ("il mare", "la neve", "il bosco"):
        shared.ask(Remember(text=text), Done)
    assert offered() == ["il bosco", "la neve"]
    shared.ask(ForgetSearches(text="la neve"), Done)
    assert offered() == ["il bosco", "il mare"]
    shared.ask(ForgetSearches(), Done)
    assert offered() == []


def test_filters_can_choose_from_what_is_there(shared: Window) -> None:
    facets = shared.ask(Facets(), FacetsOf)
    [watched] = shared.ask(ListFolders(), Folders).folders
    assert [(each.path, each.count, each.depth) for each in facets.folders] == [
        (watched.path, 3, 0),
        (watched.path + b"/mare", 1, 1),
    ]
    assert [(each.value, each.count) for each in facets.formats] == [("jpeg", 3)]


def test_no_graph_is_built_for_a_window_which_compares_all_photos(
    open_window: Any, root: Path, folder: Path, make_photo: Callable[..., Path]
) -> None:
    settings = json.loads((root / "settings.json").read_text())
    (root / "settings.json").write_text(json.dumps({**settings, "index": {"exact_up_to": 0}}))
    make_photo("a.jpg", "rosso")
    window: Window = open_window()
    window.ask(AddFolder(path=os.fsencode(folder)), Folders)
    window.wait_until_indexed(added=1)
    assert window.found("rosso") == ["a.jpg"]
    window.close()
    kept = [path.name for path in (root / "index").rglob("*.*")]
    assert kept
    assert not [name for name in kept if name.startswith("graph")]
