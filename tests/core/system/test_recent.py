"""What is kept in memory is what was used last."""

from __future__ import annotations

from core.system.recent import Recent


def test_the_value_longest_unused_goes_first() -> None:
    recent: Recent[str, int | None] = Recent(2)
    recent.keep("a", 1)
    recent.keep("b", None)
    assert recent.get("a") == 1 and "b" in recent and recent.get("b") is None
    assert recent.get("a") == 1
    recent.keep("c", 3)
    assert "b" not in recent and recent.get("a") == 1 and recent.get("c") == 3
    recent.keep("a", 2)
    recent.keep("d", 4)
    assert "c" not in recent and recent.get("a") == 2


def test_fewer_may_be_kept_from_now_on() -> None:
    recent: Recent[int, int] = Recent(5)
    for number in range(5):
        recent.keep(number, number)
    recent.keep_at_most(2)
    assert [number for number in range(5) if number in recent] == [3, 4]
    recent.forget(4)
    recent.forget(9)
    recent.keep(5, 5)
    recent.keep(6, 6)
    assert [number for number in range(9) if number in recent] == [5, 6]
    recent.clear()
    assert 6 not in recent
