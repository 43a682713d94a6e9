"""Where each photo lies: lines of equal height that fill the width, every photo in its own shape. No Qt, no photos.

layout = Justified(width=900, height=176)
layout.extend(ratios, days)      more photos; only the last line is laid out anew
layout.tiles(top, bottom)        what is seen between two heights
layout.tile_at(x, y)             which photo a point is on

All is in whole pixels. Half a million photos are laid out in some hundredths of a second, by array operations; finding
something again is a binary search.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLATTEST, TALLEST = 8.0, 0.25
"""Shapes (width over height) beyond these are cut to them, so that a panorama does not flatten its line."""

STRETCH = 1.25
"""A last line is stretched to the full width if it grows by no more than this."""

HIGHEST = 2.0
"""No line is higher than so many times the height that was asked for, even if it does not fill the width then."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tile:
    index: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Heading:
    """Above the photos `first` to `last` of one day."""

    y: int
    height: int
    first: int
    last: int


class Justified:
    """`height` is that of a line before it is fitted to the width. With `heading`, each new day gets so much room."""

    def __init__(self, *, width: int, height: int, gap: int = 8, margin: int = 16, heading: int = 0) -> None:
        self.width = max(1, width - 2 * margin)
        self.line_height = height
        self.gap, self.margin, self.heading = gap, margin, heading
        self._before = 0 if heading else margin  # a heading has air of its own
        self._sums: Floats = np.zeros(1)  # [i] is the sum of the shapes of the photos before i
        self._days = np.zeros(0, np.int32)
        self._starts: Ints = np.zeros(0, np.int64)
        self._tops: Ints = np.zeros(0, np.int64)
        self._heights: Floats = np.zeros(0)
        self._headed = np.zeros(0, np.bool_)

    def __len__(self) -> int:
        return len(self._sums) - 1

    @property
    def lines(self) -> int:
        return len(self._starts)

    @property
    def bottom(self) -> int:
        """The height of all, margins included."""
        if not self.lines:
            return 0
        return int(self._tops[-1]) + self._pixels(self.lines - 1) + self.margin

    def extend(self, ratios: NDArray[np.float32], days: NDArray[np.int32]) -> None:
        """Add photos after the last."""
        if not len(ratios):
            return
        shapes = np.clip(ratios.astype(np.float64), TALLEST, FLATTEST)
        kept = max(0, self.lines - 1)
        first = int(self._starts[kept]) if self.lines else 0
        self._sums = np.concatenate([self._sums, self._sums[-1] + np.cumsum(shapes)])
        self._days = np.concatenate([self._days, days])
        starts, heights, headed = self._break(first)
        pixels = np.maximum(1, np.rint(heights)).astype(np.int64)
        above = np.where(headed, self.heading, 0)
        begin = int(self._tops[kept - 1]) + self._pixels(kept - 1) + self.gap if kept else self._before
        tops = begin + np.cumsum(above) + np.concatenate([[0], np.cumsum(pixels[:-1] + self.gap)])
        self._starts = np.concatenate([self._starts[:kept], starts])
        self._tops = np.concatenate([self._tops[:kept], tops.astype(np.int64)])
        self._heights = np.concatenate([self._heights[:kept], heights])
        self._headed = np.concatenate([self._headed[:kept], headed])

    def _break(self, first: int) -> tuple[Ints, Floats, NDArray[np.bool_]]:
        """Break the photos from `first` on into lines. For each photo it is worked out where a line that began with
        it would end; then the lines are those that follow from one another."""
        sums = self._sums[first:] - self._sums[first]
        count = len(sums) - 1
        here = np.arange(count)
        natural = sums * self.line_height + self.gap * np.arange(count + 1)
        over = np.searchsorted(natural, natural[:-1] + self.width + self.gap, "left")  # the first end that is too wide
        limit = self._section_ends(first, count)
        full = over <= limit
        wide = np.minimum(over, count)
        narrow = np.maximum(wide - 1, here + 1)
        better = self._fill(sums, here, wide) * self._fill(sums, here, narrow) < self.line_height**2
        ends = np.where(full, np.where(better, narrow, wide), limit)
        starts = _chain(ends)
        fill = self._fill(sums, starts, ends[starts])
        ragged = ~full[starts] & (fill > STRETCH * self.line_height)
        heights = np.where(ragged, self.line_height, np.minimum(fill, HIGHEST * self.line_height))
        headed = np.zeros(len(starts), np.bool_)
        if self.heading:
            begins = first + starts
            headed = (begins == 0) | (self._days[begins] != self._days[begins - 1])
        return starts + first, heights, headed

    def _section_ends(self, first: int, count: int) -> Ints:
        """For each photo, where its day ends; without headings, where all end."""
        if not self.heading:
            return np.full(count, count)
        days = self._days[first:]
        ends = np.append(np.flatnonzero(days[1:] != days[:-1]) + 1, count)
        return ends[np.searchsorted(ends, np.arange(count), "right")]

    def _fill(self, sums: Floats, starts: Ints, ends: Ints) -> Floats:
        """The height at which the photos from `starts` to `ends` are just as wide as there is room."""
        room = np.maximum(self.width - self.gap * (ends - starts - 1), 1)
        return np.asarray(room / (sums[ends] - sums[starts]), np.float64)

    # Finding

    def tiles(self, top: int, bottom: int) -> list[Tile]:
        """The photos of all lines that touch the heights from `top` to `bottom`."""
        return [tile for line in self._lines_between(top, bottom) for tile in self._line(line)]

    def headings(self, top: int, bottom: int) -> list[Heading]:
        if not self.heading or not self.lines:
            return []
        found = []
        for line in self._lines_between(top, bottom + self.heading):
            if self._headed[line]:
                after = line + 1 + int(np.argmax(np.append(self._headed[line + 1 :], True)))
                last = int(self._starts[after]) if after < self.lines else len(self)
                y = int(self._tops[line]) - self.heading
                found.append(Heading(y, self.heading, int(self._starts[line]), last - 1))
        return found

    def tile(self, index: int) -> Tile:
        """Where a photo lies. Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        line = self.line_of(index)
        return self._line(line)[index - int(self._starts[line])]

    def tile_at(self, x: int, y: int) -> int | None:
        """The photo that a point is on."""
        line = self._line_at(y)
        if line is None:
            return None
        return next((one.index for one in self._line(line) if _holds(one, x, y)), None)

    def line_of(self, index: int) -> int:
        return int(np.searchsorted(self._starts, index, "right")) - 1

    def nearest(self, x: int, y: int) -> int | None:
        """The photo nearest to a point, sideways within the nearest line."""
        if not self.lines:
            return None
        line = min(max(int(np.searchsorted(self._tops, y, "right")) - 1, 0), self.lines - 1)
        return min(self._line(line), key=lambda one: abs(one.x + one.width // 2 - x)).index

    def beside(self, index: int, lines: int) -> int:
        """The photo so many lines below (above, if negative) that is nearest sideways; `index` itself at the ends."""
        line = self.line_of(index) + lines
        if not 0 <= line < self.lines:
            return index
        tile = self.tile(index)
        centre = tile.x + tile.width // 2
        return min(self._line(line), key=lambda one: abs(one.x + one.width // 2 - centre)).index

    def runs_in(self, x: int, y: int, width: int, height: int) -> list[tuple[int, int]]:
        """The photos that a rectangle touches, as runs of neighbours: first and last."""
        runs: list[tuple[int, int]] = []
        for line in self._lines_between(y, y + height):
            hit = [one.index for one in self._line(line) if one.x < x + width and x < one.x + one.width]
            if hit and runs and runs[-1][1] == hit[0] - 1:
                runs[-1] = (runs[-1][0], hit[-1])
            elif hit:
                runs.append((hit[0], hit[-1]))
        return runs

    def _lines_between(self, top: int, bottom: int) -> range:
        if not self.lines:
            return range(0)
        first = max(0, int(np.searchsorted(self._tops, top, "right")) - 1)
        last = int(np.searchsorted(self._tops, bottom, "left"))
        return range(first, last)

    def _line_at(self, y: int) -> int | None:
        line = int(np.searchsorted(self._tops, y, "right")) - 1
        return line if line >= 0 and y < int(self._tops[line]) + self._pixels(line) else None

    def _line(self, line: int) -> list[Tile]:
        start = int(self._starts[line])
        end = int(self._starts[line + 1]) if line + 1 < self.lines else len(self)
        height = float(self._heights[line])
        gaps = self.gap * np.arange(end - start)
        edges = (self._sums[start : end + 1] - self._sums[start]) * height
        lefts = np.rint(edges[:-1] + gaps).astype(np.int64).tolist()
        rights = np.rint(edges[1:] + gaps).astype(np.int64).tolist()
        top, pixels = int(self._tops[line]), self._pixels(line)
        return [
            Tile(start + at, self.margin + left, top, max(1, right - left), pixels)
            for at, (left, right) in enumerate(zip(lefts, rights, strict=True))
        ]

    def _pixels(self, line: int) -> int:
        return max(1, round(float(self._heights[line])))


def _chain(ends: Ints) -> Ints:
    """The starts of the lines: the first photo, where its line ends, where that one's ends, and so on."""
    following = ends.tolist()
    starts, at = [], 0
    while at < len(following):
        starts.append(at)
        at = following[at]
    return np.array(starts, np.int64)


def _holds(tile: Tile, x: int, y: int) -> bool:
    return tile.x <= x < tile.x + tile.width and tile.y <= y < tile.y + tile.height
