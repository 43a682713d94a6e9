"""When a burst is over, a file is whole, and a clock has jumped: told by a clock of our own."""

from hypothesis import given
from hypothesis import strategies as st

from ritrova.folders.timing import ClockJumps, Debounce, Look, Settling


def test_a_burst_is_over_when_it_is_quiet_and_at_the_latest_after_a_while() -> None:
    debounce = Debounce(0.5, 2)
    assert debounce.due_at is None
    assert debounce.touch(10)
    assert not debounce.touch(10.3)
    assert debounce.due_at == 10.8
    for now in (10.7, 11.1, 11.5, 11.9):
        debounce.touch(now)
    assert debounce.due_at == 12
    debounce.end()
    assert debounce.due_at is None


@given(st.lists(st.tuples(st.floats(0.01, 3), st.integers(0, 2)), min_size=1, max_size=30))
def test_a_file_is_whole_only_when_it_has_stayed_the_same(steps: list[tuple[float, int]]) -> None:
    """Whenever it is said to rest, all looks of the last half second were alike."""
    settling, now, seen = Settling(0.5), 0.0, []
    for pause, size in steps:
        now += pause
        seen.append((now, size))
        if settling.see(b"a", Look(size, 0, 0.0), now):
            same = [at for at, other in reversed(seen) if other == size]
            assert now - same[-1] >= 0.5 - 1e-6
            assert b"a" not in settling.held
        else:
            assert settling.due_at is not None
            assert settling.due(settling.due_at) == [b"a"]
            assert settling.due_at - now <= Settling.LONGEST_PAUSE_S + 1e-6


def test_a_file_that_was_written_long_ago_or_is_gone_rests_at_once() -> None:
    settling = Settling(0.5)
    assert settling.see(b"a", Look(5, 0, 100.0), 1)
    assert settling.see(b"a", None, 1)
    assert not settling.see(b"a", Look(5, 0, -100.0), 1)  # from the future: the clock says nothing
    assert settling.see(b"a", Look(5, 0, -99.4), 1.6)
    assert settling.due_at is None


def test_sleep_and_a_clock_that_was_set_are_noticed_and_nothing_else_is() -> None:
    clocks = ClockJumps(1000, 10)
    assert not clocks.jumped(1060, 70, 60)
    assert not clocks.jumped(1061, 71, 60)  # woken early, by an event
    assert clocks.jumped(5000, 100, 60)  # slept: the monotonic clock stood still
    assert not clocks.jumped(5060, 160, 60)
    assert clocks.jumped(4000, 170, 60)  # set back
    assert clocks.jumped(8000, 4170, 60)  # slept, where the monotonic clock goes on
