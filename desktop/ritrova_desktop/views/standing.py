"""Where the photo that is looked at stands among the results, also once it has left them."""

from ritrova_desktop.models.results import ResultsModel


class Standing:
    """`row` is where it is, or where it was: there the one after it stands now."""

    def __init__(self, results: ResultsModel) -> None:
        self._results = results
        self.row: int | None = None
        self.there = True

    def put(self, row: int | None) -> None:
        """Another photo is looked at, or none."""
        self.row, self.there = row, True

    def find(self, content: bytes) -> None:
        """The results are others."""
        row = self._results.row_of(content)
        self.there = row is not None
        self.row = self.row if row is None else row

    def beside(self, by: int) -> int | None:
        """The row so many photos on or back; None beyond the ends."""
        if self.row is None:
            return None
        count = self._results.rowCount()
        row = (self.row if self.there else min(self.row, count) - (by > 0)) + by
        return row if 0 <= row < count else None
