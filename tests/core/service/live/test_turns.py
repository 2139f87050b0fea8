"""Turns of live pictures: the newest wins, at most one waits, and somebody who never rests sees
something all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.service.live import turns
from core.service.live.order import LiveOrder, TooSlow
from core.service.live.turns import LiveEnd, LiveThen, LiveTurns
from core.system.errors import Cancelled, EngineCrashed, KnownError
from core.values.events import Event, Tick
from tests.core.service.live.painted import order


class Maker:
    """Stands for the one with an engine: says two words a picture, between which `meanwhile` is
    done."""

    def __init__(self, meanwhile: Callable[[], object], fault: KnownError | None = None) -> None:
        self.meanwhile = meanwhile
        self.fault = fault
        self.made: list[LiveOrder] = []

    def make(self, asked: LiveOrder, on_event: Callable[[Event], None]) -> LiveOrder:
        """The order itself in place of a picture."""
        on_event(Tick())
        self.meanwhile()
        on_event(Tick())
        if self.fault is not None:
            raise self.fault
        self.made.append(asked)
        return asked


class Told:
    """What the window hears: which order, and how."""

    def __init__(self) -> None:
        self.words: list[tuple[LiveOrder, str]] = []

    def __call__(self, then: LiveThen, end: LiveEnd) -> None:
        fault = "" if end.fault is None else type(end.fault).__name__
        self.words.append((end.order, "begun" if end.begun else fault or "made"))


def silent(event: Event) -> None:
    pass


def nobody(end: LiveEnd) -> None:
    pass


def a_turn(at: LiveTurns, maker: Maker, told: Told) -> None:
    at.make_next(maker, silent, told)  # type: ignore[arg-type]


def test_the_one_being_made_gives_way_to_the_newest_of_those_that_came() -> None:
    woken: list[None] = []
    at = LiveTurns(lambda: woken.append(None))
    first, *others = (order(number) for number in range(4))

    def come() -> None:
        while others:
            at.put(last := others.pop(0), nobody)
            newest.append(last)

    newest: list[LiveOrder] = []
    maker, told = Maker(come), Told()
    at.put(first, nobody)
    a_turn(at, maker, told)
    assert at.waits() and not maker.made and told.words == [(first, "begun")]
    a_turn(at, maker, told)
    assert maker.made == newest[-1:] and len(newest) == 3 and len(woken) == 4
    assert told.words[1:] == [(newest[-1], "begun"), (newest[-1], "made")]
    a_turn(at, maker, told)
    assert not at.waits() and len(told.words) == 3


def test_who_waits_for_long_is_answered_though_newer_ones_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = LiveTurns(lambda: None)
    first, second = order(1), order(2)
    maker, told = Maker(lambda: at.put(second, nobody)), Told()
    at.put(first, nobody)
    monkeypatch.setattr(turns, "MOST_UNANSWERED", -1.0)
    a_turn(at, maker, told)
    assert maker.made == [first] and at.waits()


def test_quick_pictures_come_to_their_end_and_slow_ones_give_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = LiveTurns(lambda: None)
    told = Told()
    at.put(order(1), nobody)
    a_turn(at, Maker(lambda: None), told)
    for quick, made in ((60.0, True), (-1.0, False)):
        monkeypatch.setattr(turns, "QUICK", quick)
        at.put(seen := order(2), nobody)
        maker = Maker(lambda: at.put(order(3), nobody))
        a_turn(at, maker, told)
        assert (maker.made == [seen]) is made and at.waits()


def test_what_is_switched_off_is_not_told_and_holds_nothing() -> None:
    at = LiveTurns(lambda: None)
    maker, told = Maker(at.stop), Told()
    at.put(order(1), nobody)
    assert at.hold_left() is not None
    a_turn(at, maker, told)
    assert not maker.made and at.hold_left() is None
    assert [word for _, word in told.words] == ["begun"]
    at.put(order(2), nobody)
    at.stop()
    assert not at.waits()


@pytest.mark.parametrize("fault", [TooSlow("It would take 9 s."), EngineCrashed("It ended.")])
def test_what_cannot_be_made_holds_the_queue_no_longer(fault: KnownError) -> None:
    at = LiveTurns(lambda: None)
    maker, told = Maker(lambda: None, fault), Told()
    at.put(asked := order(1), nobody)
    a_turn(at, maker, told)
    assert told.words[1:] == [(asked, type(fault).__name__)] and at.hold_left() is None


def test_the_end_of_the_thread_ends_a_picture_unheard_and_a_queue_may_go_on_meanwhile() -> None:
    at = LiveTurns(lambda: None)
    maker, told = Maker(lambda: None), Told()
    at.put(order(1), nobody)

    def ending(event: Event) -> None:
        raise Cancelled

    at.make_next(maker, ending, told)  # type: ignore[arg-type]
    assert len(told.words) == 1 and not at.waits()
    at.put(order(2), nobody)
    assert at.hold_left() is not None
    at.rest()
    assert at.hold_left() is None and at.waits(), "the queue goes on"
    at.hold(0.0)
    at.put(order(2), nobody)
    assert at.hold_left() is None
