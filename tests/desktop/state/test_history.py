"""One history for the form's texts and parameters: every change is a step,
in order, back and forth."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.models.files.families import FAMILIES
from core.values.noise import Noise
from core.values.request import Request
from desktop.state import undo
from desktop.state.draft import Draft
from desktop.state.undo import Splice, common_ends, splice
from tests.desktop.driving import Clock


def state(draft: Draft) -> tuple[Request, bool, str]:
    return draft.stored(), draft.random_seed, draft.family.id


@given(st.text("ab \n😀", max_size=30), st.text("ab \n😀", max_size=30))
def test_a_splice_leads_from_one_text_to_the_other_and_back(old: str, new: str) -> None:
    change = splice(old, new)
    assert change.done(old) == new and change.undone(new) == old
    head, tail = common_ends(old, new)
    assert (
        old[:head] == new[:head]
        and (not tail or old[-tail:] == new[-tail:])
        and head + tail <= min(len(old), len(new))
    )
    assert not (change.out and change.put) or (
        change.out[0] != change.put[0] and change.out[-1] != change.put[-1]
    )


_CHANGES = st.one_of(
    st.tuples(st.just("prompt"), st.text("ab ", max_size=90)),
    st.tuples(st.just("steps"), st.integers(1, 90)),
    st.tuples(st.just("guidance"), st.floats(1, 20)),
    st.tuples(st.just("seed"), st.integers(0, 2**40)),
    st.tuples(st.just("noise"), st.sampled_from([Noise(), Noise(source="philox")])),
    st.tuples(st.just("die"), st.booleans()),
    st.tuples(st.just("model"), st.sampled_from(["starter", "sd15", "sdxl"])),
    st.tuples(st.just("reset"), st.none()),
    st.tuples(st.just("reuse"), st.text("xyz ", max_size=90)),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("redo"), st.none()),
    st.tuples(st.just("pause"), st.none()),
    st.tuples(st.just("made"), st.integers(0, 99)),
)


@given(st.lists(_CHANGES, max_size=25))
def test_any_steps_go_all_the_way_back_and_forth(changes: list[tuple[str, Any]]) -> None:
    draft = Draft(FAMILIES["starter"])
    clock, first = Clock(draft), state(draft)
    for what, value in changes:
        do = {
            "die": lambda value: draft.set_random_seed(bool(value)),
            "model": lambda value: draft.use_family(value, FAMILIES[value]),
            "reset": lambda _: draft.reset(),
            "reuse": lambda value: draft.take_over(Request(prompt=value, steps=7, seed=5)),
            "undo": lambda _: draft.undo(),
            "redo": lambda _: draft.redo(),
            "pause": lambda _: setattr(clock, "now", clock.now + 9),
            "made": draft.note_seed,
            "seed": draft.pin_seed,
            "prompt": lambda value: draft.write("prompt", value, "typing"),
        }
        do.get(what, lambda value, what=what: draft.set(**{what: value}))(value)  # type: ignore[call-arg]
    while draft.redo():
        pass
    last = state(draft)
    while draft.undo():
        pass
    begun = state(draft)
    assert begun[1:] == first[1:] and replace(begun[0], seed=None) == replace(first[0], seed=None)
    while draft.redo():
        pass
    again = state(draft)
    assert again[1:] == last[1:] and (again == last or draft.random_seed)


def test_the_seed_that_the_die_pins_comes_back_with_the_step() -> None:
    draft = Draft(FAMILIES["starter"])
    draft.pin_seed(0)
    draft.set_random_seed(True)
    draft.note_seed(17)  # a picture's, shown and no step
    draft.set_random_seed(False)
    while draft.undo():
        pass
    while draft.redo():
        pass
    assert draft.request.seed == 17


def test_what_follows_by_itself_does_not_take_the_way_forward() -> None:
    draft = Draft(FAMILIES["starter"])
    draft.set(prompt="<lora:fast:1>")
    draft.set(guidance=9.0)
    draft.undo()
    draft.use_family("starter", replace(FAMILIES["starter"], steps=6), follows=True)
    assert draft.stored().steps == 6 and draft.redo() and draft.stored().guidance == 9.0
    draft.undo()
    draft.undo()
    assert draft.stored().steps == FAMILIES["starter"].steps and draft.stored().prompt == ""


def test_many_steps_over_a_large_text_stay_small_and_the_oldest_go() -> None:
    draft = Draft(FAMILIES["starter"])
    clock, text = Clock(draft), "word " * 19_000
    draft.write("prompt", text, "paste")
    for at in range(undo.STEPS + 40):
        clock.now += 5
        text += str(at)
        draft.write("prompt", text, "typing")
    steps = draft.history._steps
    assert len(steps) == undo.STEPS and sum(step.weight() for step in steps) < 2_000
    assert isinstance(steps[-1].what["prompt"], Splice)
    for at in range(300):
        draft.write("prompt", str(at % 10) * 90_000, "paste")
    assert sum(step.weight() for step in draft.history._steps) <= undo.KEPT
    assert 1 < len(draft.history) < undo.STEPS
    now = draft.stored().prompt
    while draft.undo():
        pass
    while draft.redo():
        pass
    assert draft.stored().prompt == now


def test_a_history_that_let_go_of_steps_is_collected_with_its_draft() -> None:
    """Qt's own stack had deleted them behind Python's back, which ended the process."""
    draft = Draft(FAMILIES["starter"])
    for steps in range(undo.STEPS + 9):
        draft.history.pause()
        draft.set(steps=steps + 1)
    assert len(draft.history) == undo.STEPS
    del draft
    assert gc.collect() > 0
