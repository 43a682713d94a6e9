"""One function says which index answers, and why."""

import pytest

from ritrova.index.choose import choose, graph_bytes
from ritrova.settings import IndexSettings
from ritrova.text import Message, msg

SETTINGS = IndexSettings(exact_up_to=50_000)
GB = 10**9


@pytest.mark.parametrize(
    ("count", "dimension", "free", "filtered", "unavailable", "kind", "why"),
    [
        (0, 256, 8 * GB, False, None, "exact", "0 photos"),
        (50_000, 256, 8 * GB, False, None, "exact", "50,000 photos"),
        (50_001, 256, 8 * GB, False, None, "hnsw", "50,001 photos"),
        (500_000, 256, 8 * GB, True, None, "exact", "conditions"),
        (500_000, 256, 8 * GB, False, msg("no compiler"), "exact", "no compiler"),
        (500_000, 1152, 2 * GB, False, None, "exact", "2,000 MB are free"),
        (500_000, 1152, 4 * GB, False, None, "hnsw", "500,000 photos"),
    ],
)
def test_chooses_and_says_why(
    count: int, dimension: int, free: int, filtered: bool, unavailable: Message | None, kind: str, why: str
) -> None:
    choice = choose(
        SETTINGS, count=count, dimension=dimension, free_bytes=free, filtered=filtered, unavailable=unavailable
    )
    assert choice.kind == kind
    assert why in str(choice.why)


def test_an_unfinished_graph_is_not_built_while_a_person_waits() -> None:
    def kind(missing: int) -> str:
        return choose(
            SETTINGS,
            count=500_000,
            dimension=256,
            free_bytes=8 * GB,
            filtered=False,
            unavailable=None,
            missing=missing,
        ).kind

    assert (kind(0), kind(100), kind(500_000)) == ("hnsw", "hnsw", "exact")


def test_says_what_a_large_model_costs() -> None:
    assert graph_bytes(500_000, 1152, m=16) == pytest.approx(2.4 * GB, rel=0.03)
    assert graph_bytes(500_000, 256, m=16) <= 1.3 * 500_000 * 256 * 4
