"""The form's request: each kind of change, its step, and what an undo brings back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.models.files.families import FAMILIES
from core.service.starting.usual_values import OF_DOCUMENT
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from desktop.state.draft import Draft, DraftState
from tests.desktop.driving import Clock

STARTER, SD15, SDXL = FAMILIES["starter"], FAMILIES["sd15"], FAMILIES["sdxl"]


@pytest.fixture
def draft() -> Draft:
    return Draft(STARTER)


def steps(draft: Draft) -> list[str]:
    """The names of all steps that can be taken back, the last one first."""
    history = draft.history
    return [step.text for step in reversed(history._steps[: history._index])]


def heard(draft: Draft) -> list[frozenset[str]]:
    said: list[frozenset[str]] = []
    draft.changed.connect(said.append)
    return said


CHANGES: list[tuple[str, Callable[[Draft], object]]] = [
    ("Steps", lambda draft: draft.set(steps=33)),
    ("Size", lambda draft: draft.set(width=384, height=128)),
    ("Guidance", lambda draft: draft.set(guidance=2.5)),
    ("Noise from", lambda draft: draft.set(noise=Noise(source="philox"))),
    ("Guided part", lambda draft: draft.set(guidance_from=0.1, guidance_until=0.8)),
    ("Hires scale", lambda draft: draft.put("hires.scale", 1.5)),
    ("Start picture", lambda draft: draft.set(start=StartPicture(source="a" * 64))),
    ("LoRAs", lambda draft: draft.set(loras=(Lora("glow"),))),
    ("Weight of glow", lambda draft: draft.set_as("Weight of glow", None, prompt="<lora:glow:2>")),
    ("Typing", lambda draft: draft.write("prompt", "a", "typing")),
    ("Paste", lambda draft: draft.write("negative_prompt", "b" * 200, "paste")),
    ("Random seed", lambda draft: draft.set_random_seed(False)),
    ("Seed", lambda draft: draft.pin_seed(77)),
    ("Reuse all", lambda draft: draft.take_over(Request(prompt="a boat", seed=5, steps=9))),
    ("Reuse seed", lambda draft: draft.take_over(Request(seed=5), "seed")),
    (
        "Reuse prompt",
        lambda draft: draft.take_over(Request(prompt="x"), "prompt", "negative_prompt"),
    ),
    ("Take recipe", lambda draft: draft.take_over(Request(steps=9), "steps")),
    ("Model", lambda draft: draft.use_family("other", SDXL)),
    ("Model's defaults", lambda draft: draft.use_family("starter", replace(STARTER, steps=3))),
]


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[name for name, _ in CHANGES])
def test_each_change_is_one_step_back_and_forth(
    draft: Draft, name: str, change: Callable[[Draft], object]
) -> None:
    draft.set(count=3)
    before = draft.stored(), draft.random_seed, draft.family
    change(draft)
    after = draft.stored(), draft.random_seed, draft.family
    assert after != before and steps(draft) == [name, "Count"]
    said = heard(draft)
    assert draft.undo() and (draft.stored(), draft.random_seed, draft.family) == before
    assert said and draft.stored().count == 3
    assert draft.redo() and (draft.stored(), draft.random_seed, draft.family) == after
    assert not draft.redo()
    draft.undo()
    draft.undo()
    assert not draft.undo() and draft.stored() == Draft(STARTER).stored()


def test_what_changes_nothing_is_no_step_and_says_nothing(draft: Draft) -> None:
    said = heard(draft)
    draft.set(steps=draft.stored().steps)
    draft.write("prompt", "", "typing")
    draft.set_random_seed(True)
    draft.reset()
    assert steps(draft) == [] and said == [] and not draft.undo() and not draft.redo()


def test_the_names_of_changed_fields_are_said_and_no_others(draft: Draft) -> None:
    said = heard(draft)
    draft.set(width=384, height=draft.stored().height)
    draft.pin_seed(0)
    draft.set_random_seed(True)
    draft.undo()
    assert said == [
        frozenset({"width"}),
        frozenset({"seed"}),
        frozenset({"seed"}),
        frozenset({"seed"}),
    ]


def test_a_step_within_a_step_belongs_to_the_outer_one(draft: Draft) -> None:
    with draft.one_step("Outer"):
        draft.set(steps=5)
        with draft.one_step("Inner"):
            draft.set(guidance=2.0)
        draft.set_random_seed(False)
        draft.write("prompt", "a house", "typing")
    draft.set(steps=6)
    assert steps(draft) == ["Steps", "Outer"]
    draft.undo()
    draft.undo()
    assert draft.stored() == Draft(STARTER).stored() and draft.random_seed
    draft.redo()
    request = draft.stored()
    assert (request.steps, request.guidance, request.prompt) == (5, 2.0, "a house")


def test_a_step_that_fails_half_way_can_be_taken_back(draft: Draft) -> None:
    with pytest.raises(OSError), draft.one_step("Half"):
        draft.set(steps=5)
        raise OSError
    draft.set(guidance=2.0)
    assert steps(draft) == ["Guidance", "Half"]
    draft.undo()
    draft.undo()
    assert draft.stored().steps == STARTER.steps


def test_the_same_field_changed_at_once_goes_on_and_after_a_pause_begins_anew(
    draft: Draft,
) -> None:
    clock = Clock(draft)
    for value in (10, 11, 12):
        draft.set(steps=value)
        clock.now += 0.5
    assert steps(draft) == ["Steps"]
    clock.now += 9
    draft.set(steps=13)
    draft.set(guidance=3.0)
    draft.set(steps=14)
    assert steps(draft) == ["Steps", "Guidance", "Steps", "Steps"]
    draft.undo()
    draft.set(steps=15)
    draft.redo()
    assert steps(draft) == ["Steps", "Guidance", "Steps", "Steps"]
    assert draft.stored().steps == 15, "a new step ends what could be made again"
    draft.undo()
    assert draft.stored().steps == 13


def test_a_text_that_is_set_whole_is_a_step_of_its_own(draft: Draft) -> None:
    Clock(draft)
    draft.set(prompt="one")
    draft.set(prompt="two")
    assert steps(draft) == ["Prompt", "Prompt"]


def test_the_die_hides_the_seed_and_shows_what_was_made(draft: Draft) -> None:
    assert draft.request.seed is None and draft.stored().seed is None
    said = heard(draft)
    draft.note_seed(41)
    assert said == [frozenset({"seed"})] and steps(draft) == []
    assert draft.request.seed is None and draft.stored().seed == 41 == draft.last_seed
    draft.set_random_seed(False)
    assert draft.request.seed == 41, "the seed shown is pinned"
    draft.note_seed(99)
    assert draft.request.seed == 41 and draft.last_seed == 99
    draft.undo()
    assert draft.random_seed and draft.request.seed is None


def test_a_seed_is_pinned_also_where_none_was_shown(draft: Draft) -> None:
    draft.set_random_seed(False)
    assert draft.request.seed == 0
    other = Draft(STARTER)
    other.last_seed = 7
    other.set_random_seed(False)
    assert other.request.seed == 7
    other.pin_seed(8)
    assert other.request.seed == 8 and steps(other) == ["Seed", "Random seed"]


def test_seeds_typed_one_after_the_other_are_one_step(draft: Draft) -> None:
    Clock(draft)
    for seed in (1, 12, 123):
        draft.pin_seed(seed)
    assert steps(draft) == ["Seed"] and draft.request.seed == 123
    draft.undo()
    assert draft.random_seed


PICTURE = Request(
    prompt="a boat",
    negative_prompt="fog",
    model="other",
    seed=5,
    steps=9,
    count=1,
    loras=(Lora("glow", 0.5), Lora("ink")),
)


def test_a_picture_is_taken_over_but_its_model(draft: Draft) -> None:
    draft.set(count=4, model="mine", prompt="mine")
    draft.take_over(PICTURE)
    taken = draft.stored()
    assert (taken.model, taken.count, taken.seed, taken.steps) == ("mine", 1, 5, 9)
    assert taken.prompt == "a boat <lora:glow:0.5><lora:ink:1>" and taken.loras == ()
    assert taken.negative_prompt == "fog" and not draft.random_seed


def test_single_fields_are_taken_over_and_the_rest_stays(draft: Draft) -> None:
    draft.set(count=4, prompt="mine")
    draft.take_over(PICTURE, "prompt", "negative_prompt")
    assert draft.stored().prompt == "a boat" and draft.stored().count == 4 and draft.random_seed
    draft.take_over(PICTURE, "seed")
    assert draft.request.seed == 5 and draft.stored().count == 1
    assert draft.stored().steps == STARTER.steps and draft.stored().prompt == "a boat"
    draft.take_over(PICTURE, "loras")
    assert draft.stored().prompt == "a boat <lora:glow:0.5><lora:ink:1>"
    draft.take_over(replace(PICTURE, seed=None, steps=3), "seed", "steps", step="From a file")
    assert steps(draft)[0] == "From a file"
    assert not draft.random_seed and draft.stored().count == 1


def test_another_family_brings_its_defaults_where_nothing_else_was_chosen(draft: Draft) -> None:
    draft.set(guidance=9.5)
    spoilt = draft.use_family("large", SDXL)
    now = draft.stored()
    assert (now.width, now.height) == SDXL.sizes[0] and now.steps == SDXL.steps
    assert now.guidance == 9.5 and now.model == "large" and draft.family is SDXL
    assert spoilt == (), "defaults are no choice that was lost"
    draft.undo()
    assert draft.stored().guidance == 9.5 and draft.family is STARTER


def test_what_follows_from_the_last_step_is_a_step_where_nothing_can_be_made_again(
    draft: Draft,
) -> None:
    fast = replace(STARTER, steps=6)
    draft.set(prompt="<lora:fast:1>")
    draft.use_family("starter", fast, follows=True)
    assert steps(draft) == ["Model's defaults", "Prompt"] and draft.stored().steps == 6
    draft.undo()
    assert draft.stored().prompt == "<lora:fast:1>" and draft.stored().steps == STARTER.steps
    draft.use_family("starter", fast, follows=True)
    assert steps(draft) == ["Prompt"], "where something can, it belongs to the last one"
    draft.undo()
    assert draft.stored() == Draft(STARTER).stored()


def test_what_would_spoil_its_pictures_is_replaced_and_named(draft: Draft) -> None:
    draft.set(width=8 * 300, height=64)
    assert draft.use_family("small", STARTER) == ("width", "height")
    assert (draft.stored().width, draft.stored().height) == STARTER.sizes[0]
    draft.set(guidance=9.5)
    distilled = replace(STARTER, guidance=1.0)
    assert draft.use_family("fast", distilled) == ("guidance",)
    assert draft.stored().guidance == 1.0
    draft.set(guidance=0.5)
    assert draft.use_family("fast", distilled) == (), "weak guidance spoils nothing"
    assert draft.stored().guidance == 0.5


def test_reset_goes_back_to_the_models_defaults_and_leaves_texts_and_seed(draft: Draft) -> None:
    draft.set(prompt="a house", negative_prompt="fog")
    draft.pin_seed(5)
    draft.set(steps=5, guidance=2.0, count=4, clip_skip=2, vae="x", eta=0.5)
    assert draft.differs() and draft.differs("steps") and draft.differs("width", "eta")
    assert not draft.differs("width", "height", "sampler")
    draft.reset("guidance")
    assert steps(draft)[0] == "Reset Guidance" and not draft.differs("guidance")
    assert draft.differs("steps")
    draft.reset()
    assert not draft.differs() and steps(draft)[0] == "Reset parameters"
    now = draft.stored()
    assert (now.prompt, now.negative_prompt, now.seed) == ("a house", "fog", 5)
    draft.undo()
    assert draft.stored().steps == 5 and draft.stored().vae == "x"


def test_defaults_are_those_of_the_family(draft: Draft) -> None:
    draft.use_family("other", SD15)
    assert not draft.differs()
    draft.set(steps=STARTER.steps + 7)
    draft.use_family("", STARTER)
    assert draft.differs("steps") and not draft.differs("width", "sampler")


def test_the_last_session_is_no_step(draft: Draft) -> None:
    draft.set(steps=5)
    said = heard(draft)
    request = Request(prompt="before", model="m", seed=3, width=512, height=512)
    draft.restore(request, False, SD15)
    assert (draft.stored(), draft.random_seed, draft.family) == (request, False, SD15)
    assert not draft.undo() and {"seed", "model", "prompt"} <= said[-1]
    draft.restore(request, True, SD15)
    assert draft.request.seed is None and draft.stored().seed == 3


def test_a_model_that_comes_back_is_said_after_the_change(draft: Draft) -> None:
    back: list[tuple[str, str]] = []
    draft.model_back.connect(lambda model: back.append((model, draft.stored().model)))
    told: list[str] = []
    draft.step_undone.connect(told.append)
    draft.use_family("other", SDXL)
    draft.set(steps=4)
    assert back == []
    draft.undo()
    assert back == [] and told == ["Undone: Steps"], "the model did not change"
    draft.undo()
    draft.redo()
    assert back == [("starter", "starter"), ("other", "other")] and told[1:] == [
        "Undone: Model",
        "Redone: Model",
    ]


def test_what_editors_say_during_an_undo_is_no_step(draft: Draft) -> None:
    draft.set(steps=5)

    def answer(names: frozenset[str]) -> None:
        draft.write("prompt", f"{draft.stored().steps} steps", "typing")

    draft.changed.connect(answer)
    draft.undo()
    assert steps(draft) == [] and draft.stored().prompt == f"{STARTER.steps} steps"
    assert draft.redo() and draft.stored().steps == 5


def test_a_notices_undo_acts_while_its_step_is_the_last(draft: Draft) -> None:
    done: list[str] = []
    draft.take_over(PICTURE)
    undo = draft.undoer(lambda: done.append("then"))
    moved: list[bool] = []
    draft.history.stepped.connect(lambda: moved.append(undo.possible()))
    draft.set(steps=3)
    assert not undo.possible() and not undo() and done == [] and draft.stored().steps == 3
    draft.undo()
    assert undo.possible() and undo() and done == ["then"] and draft.stored().prompt == ""
    assert moved[0] is False and moved[1] is True, "told when it became idle, and when it can again"
    nothing = Draft(STARTER).undoer()
    assert not nothing.possible() and not nothing()


def test_parts_of_a_parameter_are_changed_and_taken_back_alone(draft: Draft) -> None:
    draft.put("hires.scale", 1.5)
    draft.put("hires.strength", 0.4)
    draft.put("start.strength", 0.3)
    assert steps(draft) == ["Denoising strength", "Hires strength", "Hires scale"]
    assert draft.differs("hires.scale") and not draft.differs("hires.steps")
    draft.reset("hires.scale")
    assert steps(draft)[0] == "Reset Hires scale" and draft.value("hires.strength") == 0.4
    draft.reset()
    assert draft.value("hires.strength") == 0.7 and draft.value("start.strength") == 0.3
    assert not draft.differs(), "a start picture is what a picture is made of"


def test_a_strength_that_nobody_chose_follows_the_mask_and_the_model(draft: Draft) -> None:
    draft.put("start.mask_blur", 8.0)
    draft.note_masked(True)
    assert draft.value("start.strength") == 1 and not draft.differs("start.strength")
    assert steps(draft) == ["Mask blur"], "what follows is no step"
    draft.undo()
    assert draft.value("start.mask_blur") == 4 and draft.value("start.strength") == 1
    draft.note_masked(False)
    assert draft.value("start.strength") == 0.75
    draft.use_family("edits", replace(STARTER, instructs=True))
    assert draft.value("start.strength") == 1
    draft.set(compatibility="a1111")
    assert draft.value("start.strength") == 0.75 and not draft.differs("start.strength")
    draft.undo()
    draft.undo()
    assert draft.value("start.strength") == 0.75 and steps(draft) == []


def test_a_strength_that_was_chosen_or_came_with_a_recipe_stays(draft: Draft) -> None:
    draft.put("start.strength", 0.6)
    draft.note_masked(True)
    assert draft.value("start.strength") == 0.6 and draft.differs("start.strength")
    draft.reset("start.strength")
    assert draft.value("start.strength") == 1
    draft.note_masked(False)
    recipe = StartPicture(source="a" * 64, mask="b" * 64, strength=0.75)
    draft.take_over(Request(start=recipe))
    assert draft.stored().start == recipe and draft.differs("start.strength")


def test_a_size_that_follows_a_document_is_neither_chosen_nor_reset() -> None:
    draft = Draft(STARTER, follows=OF_DOCUMENT)
    draft.note_size(384, 128)
    assert not draft.differs()
    small = replace(SD15, max_size=256)
    assert draft.use_family("small", small) == ()
    draft.set(steps=small.steps + 1)
    draft.reset()
    assert (draft.stored().width, draft.stored().height) == (384, 128)


def test_a_form_that_is_put_away_knows_what_was_usual(draft: Draft) -> None:
    draft.note_masked(True)
    masked = draft.kept()
    draft.bring(DraftState(replace(draft.stored(), start=StartPicture()), True, STARTER))
    draft.put("start.strength", 1.0)
    draft.note_masked(False)
    assert draft.value("start.strength") == 1, "chosen, where nothing is masked"
    draft.bring(masked)
    draft.note_masked(False)
    assert draft.value("start.strength") == 0.75


def test_a_parent_comes_only_with_a_picture_to_start_from(draft: Draft) -> None:
    draft.take_over(Request(prompt="again", parent="b" * 64))
    assert draft.stored().parent == ""
    draft.take_over(Request(start=StartPicture(source="a" * 64), parent="b" * 64))
    assert draft.stored().parent == "b" * 64
