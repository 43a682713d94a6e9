"""The layout of the grid: every photo once, none over another, lines that fill the width."""

from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritrova_desktop.views.justified import FLATTEST, HIGHEST, STRETCH, TALLEST, Justified, Tile

shapes = st.lists(st.floats(0.05, 30), max_size=60)
widths, heights = st.integers(200, 2000), st.integers(48, 512)


def laid_out(ratios: list[float], days: list[int], **options: int) -> Justified:
    layout = Justified(**options)
    layout.extend(np.array(ratios, np.float32), np.array(days, np.int32))
    return layout


def lines_of(tiles: list[Tile]) -> list[list[Tile]]:
    return [list(line) for _, line in groupby(tiles, key=lambda tile: tile.y)]


@given(shapes, widths, heights)
def test_every_photo_is_shown_once_and_none_lies_over_another(ratios: list[float], width: int, height: int) -> None:
    layout = laid_out(ratios, [0] * len(ratios), width=width, height=height)
    tiles = layout.tiles(0, max(1, layout.bottom))
    assert [tile.index for tile in tiles] == list(range(len(ratios)))
    for line in lines_of(tiles):
        assert all(one.x + one.width <= other.x for one, other in pairwise(line))
    for above, below in pairwise(lines_of(tiles)):
        assert above[0].y + above[0].height + layout.gap == below[0].y


@given(shapes, widths, heights)
def test_lines_fill_the_width_and_photos_keep_their_shape(ratios: list[float], width: int, height: int) -> None:
    layout = laid_out(ratios, [0] * len(ratios), width=width, height=height)
    lines = lines_of(layout.tiles(0, max(1, layout.bottom)))
    right = width - layout.margin
    for at, line in enumerate(lines):
        reached = line[-1].x + line[-1].width
        assert reached <= right
        if at < len(lines) - 1:
            assert reached == right or line[0].height == round(HIGHEST * height)
        else:
            assert reached == right or line[0].height in (height, round(HIGHEST * height))
        assert line[0].height <= round(HIGHEST * height)
        for tile in line:
            shape = min(max(ratios[tile.index], TALLEST), FLATTEST)
            assert abs(tile.width - shape * tile.height) <= 1 + shape / 2


@given(shapes, st.data(), widths, heights)
def test_in_parts_it_is_laid_out_as_at_once(ratios: list[float], data: st.DataObject, width: int, height: int) -> None:
    days = sorted(data.draw(st.lists(st.integers(0, 5), min_size=len(ratios), max_size=len(ratios))))
    options = {"width": width, "height": height, "heading": data.draw(st.sampled_from([0, 40]))}
    whole = laid_out(ratios, days, **options)
    cut = data.draw(st.integers(0, len(ratios)))
    parts = laid_out(ratios[:cut], days[:cut], **options)
    parts.extend(np.array(ratios[cut:], np.float32), np.array(days[cut:], np.int32))
    assert parts.bottom == whole.bottom
    end = max(1, whole.bottom)
    assert parts.tiles(0, end) == whole.tiles(0, end)
    assert parts.headings(0, end) == whole.headings(0, end)


@given(shapes.filter(bool), st.data())
def test_a_new_day_begins_a_line_below_its_heading(ratios: list[float], data: st.DataObject) -> None:
    days = sorted(data.draw(st.lists(st.integers(0, 4), min_size=len(ratios), max_size=len(ratios))))
    layout = laid_out(ratios, days, width=900, height=120, heading=40)
    headings = layout.headings(0, layout.bottom)
    assert [days[one.first] for one in headings] == sorted(set(days))
    assert [(one.first, one.last) for one in headings] == [
        (days.index(day), len(days) - 1 - days[::-1].index(day)) for day in sorted(set(days))
    ]
    for heading in headings:
        assert layout.tile(heading.first).y == heading.y + heading.height
        assert layout.tile_at(layout.margin + 1, heading.y + 1) is None


@given(shapes.filter(bool), widths, st.data())
def test_a_point_on_a_photo_finds_it(ratios: list[float], width: int, data: st.DataObject) -> None:
    layout = laid_out(ratios, [0] * len(ratios), width=width, height=100)
    index = data.draw(st.integers(0, len(ratios) - 1))
    tile = layout.tile(index)
    assert layout.tile_at(tile.x, tile.y) == index
    assert layout.tile_at(tile.x + tile.width - 1, tile.y + tile.height - 1) == index
    assert layout.nearest(tile.x + tile.width // 2, tile.y) == index
    assert layout.tile_at(tile.x, layout.bottom + 1) is None
    assert (index, index) in layout.runs_in(tile.x, tile.y, 1, 1)
    whole = layout.runs_in(0, 0, width, layout.bottom)
    assert whole == [(0, len(ratios) - 1)]


@given(shapes.filter(bool), st.data())
def test_up_and_down_are_a_way_and_back_by_lines(ratios: list[float], data: st.DataObject) -> None:
    layout = laid_out(ratios, [0] * len(ratios), width=700, height=100)
    index = data.draw(st.integers(0, len(ratios) - 1))
    below = layout.beside(index, 1)
    if below != index:
        assert layout.line_of(below) == layout.line_of(index) + 1
        assert layout.line_of(layout.beside(below, -1)) == layout.line_of(index)
    else:
        assert layout.line_of(index) == layout.lines - 1


def test_a_last_line_that_is_nearly_full_fills_the_width() -> None:
    layout = laid_out([1.0] * 9, [0] * 9, width=1032, height=104, gap=8)  # nine are 1000 wide as they are
    (line,) = lines_of(layout.tiles(0, layout.bottom))
    assert line[-1].x + line[-1].width == 1032 - 16
    assert line[0].height <= STRETCH * 104


def test_nothing_is_laid_out_of_nothing() -> None:
    layout = laid_out([], [], width=800, height=100)
    assert (layout.bottom, layout.tiles(0, 100), layout.tile_at(1, 1), layout.nearest(1, 1)) == (0, [], None, None)
    with pytest.raises(IndexError):
        layout.tile(0)
