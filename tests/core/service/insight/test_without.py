"""What is said of a picture without some of its words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli.main import run
from core.service.insight.without.forms import forms_apart
from core.service.insight.without.judging import (
    Apart,
    Effect,
    JudgedWord,
    Results,
    Verdict,
    ranked,
)
from core.service.insight.without.trials import (
    Change,
    Trial,
    job_of,
    meaningless,
    seeds_of,
    trials_of,
    ways_of,
)
from core.service.insight.without.words import all_words, named_words, prompts_of
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SEED
from core.values.job import Job, ModelRef
from core.values.picture import Pixels
from core.values.request import Request
from core.values.resolved_request import resolve


def job(prompt: str, negative: str = "", **more: object) -> Job:
    request = resolve(Request(prompt, negative, seed=7, width=64, height=64, **more))  # type: ignore[arg-type]
    return Job(request, ModelRef("a", "a", "starter", ""))


def test_words_are_named_and_counted() -> None:
    prompts = prompts_of(job("a red fox, a red cat", "fog"))
    assert [word.name for word in all_words(prompts)] == [
        *["a", "red", "fox", "a", "red", "cat", "fog"]
    ]
    assert [word.time for word in all_words(prompts)] == [1, 1, 0, 2, 2, 0, 0]
    (red,) = named_words(prompts, ("red",))
    assert (len(red.places), red.time, red.is_negative) == (2, 0, False)
    (second,) = named_words(prompts, ("red#2",))
    assert second in all_words(prompts) and second.places[0].start == 13
    both = named_words(prompts, ("Red Fox", "negative:fog", "red fox"))
    assert [word.name for word in both] == ["red fox", "fog", "red fox"][:2]
    assert named_words(prompts, ("*",)) == all_words(prompts)
    for wrong, said in (
        ("dog", 'no word "dog" in the prompt'),
        ("red#3", "2 times, and not 3"),
        ("fox#2", "once, and not 2"),
        ("negative:fox", "negative prompt"),
        ("fox a", "no word"),
        ("", "no word"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            named_words(prompts, (wrong,))


def test_changes_that_mean_nothing_change_a_comma_and_a_word() -> None:
    for text, comma, filler in (
        ("a fox, on snow", "a fox on snow", "a fox, zorvik on snow"),
        ("a fox on snow", "a fox, on snow", "a fox zorvik on snow"),
        ("(fox:1.2)", "(fox,:1.2)", "(zorvik fox:1.2)"),
        ("[fox:cat:0.5] zorvik", "[fox:cat:0.5] zorvik,", "[fox:blentum cat:0.5] zorvik"),
    ):
        prompts = prompts_of(job("", text))
        assert meaningless(prompts, Change.COMMA, is_negative=True) == comma
        assert meaningless(prompts, Change.FILLER, is_negative=True) == filler


def test_each_trial_is_one_change_at_one_seed() -> None:
    own = replace(job("a red fox", "fog", template="a {red|blue} fox"), mode="sliced")
    prompts = prompts_of(own)
    fox, fog = named_words(prompts, ("fox", "negative:fog"))
    trials = [*trials_of(own, (fox, fog), seeds_of(own))]
    assert len(trials) == len(set(trials)) == 3 * (1 + 2 * 2 + 2 * 2)
    for trial in trials:
        made = job_of(own, prompts, trial)
        request = made.request
        assert (request.seed, made.mode) == (trial.seed, "sliced")
        is_same = (request.prompt, request.negative_prompt) == ("a red fox", "fog")
        assert is_same == (trial.change in (Change.NONE, Change.BLANKED))
        blanks = trial.word.places if trial.word is not None else ()
        assert made.blanks == (blanks if trial.change is Change.BLANKED else ())
        assert (request.template == own.request.template) == is_same
        assert (request.prompt == "a red fox") == (trial.is_negative or is_same)
    last = replace(own, request=replace(own.request, seed=MAX_SEED))
    assert seeds_of(last) == (MAX_SEED, 0, 1)
    assert ways_of(replace(own, model=ModelRef("f", "f", "flux", ""))) == (Change.DELETED,)


def test_a_word_counts_where_it_goes_beyond_what_means_nothing() -> None:
    own = job("a red fox")
    words = all_words(prompts_of(own))
    seeds = seeds_of(own)
    results = Results(seeds)
    nothing = {Change.COMMA: 0.02, Change.FILLER: 0.15}
    by_word = {"a": (0.24, 0.9), "red": (0.26, 0.3), "fox": (0.9, 0.8)}
    forms = {"a": 0.005, "red": 0.01, "fox": 0.5}
    for trial in trials_of(own, words, seeds):
        if trial.change is Change.NONE:
            continue
        assert all(results.judged(word, ways_of(own)) is None for word in words[2:])
        if trial.word is None:
            apart = Apart(nothing[trial.change], 1.0, 0.001)
        else:
            ways = by_word[trial.word.name]
            by = 0.1 * (trial.seed - 8)  # over the seeds
            visible = ways[trial.change is Change.DELETED] + by
            apart = Apart(visible, 5.0, forms[trial.word.name])
        results.note(trial, apart)
    judged = [results.judged(word, ways_of(own)) for word in words]
    found = ranked(one for one in judged if one is not None)
    said = [(one.word.name, one.verdict) for one in found]
    assert said == [("fox", Verdict.EFFECT), ("red", Verdict.EFFECT), ("a", Verdict.NONE)]
    fox, red, a = found
    assert a.limit == pytest.approx(0.25) and a.visible == pytest.approx(0.24)
    assert not a.tells_little and (red.difference, red.limit_of_difference) == (5.0, 3.0)
    hardly = replace(red, baseline=((Change.COMMA, Effect((Apart(0.1, 3.5, 0.0),))),))
    assert hardly.visible > hardly.limit and hardly.verdict is Verdict.NONE
    assert red.spread == pytest.approx((0.16, 0.36)) and fox.forms == 0.5
    assert results.has(Trial(8, Change.COMMA)) and not results.has(Trial(8))


def test_no_effect_says_little_where_anything_changes_all() -> None:
    (word,) = all_words(prompts_of(job("fox")))
    all_else = Effect((Apart(0.95, 60.0, 0.3),))
    weak = Effect((Apart(0.96, 60.0, 0.2),))
    one = JudgedWord(word, (7,), ((Change.DELETED, weak),), ((Change.COMMA, all_else),))
    assert (one.verdict, one.tells_little) == (Verdict.NONE, True)
    assert one.limit == pytest.approx(0.975) and one.limit_of_forms == pytest.approx(0.35)
    strong = replace(one, ways=((Change.DELETED, Effect((Apart(0.96, 60.0, 0.7),))),))
    assert strong.verdict is Verdict.EFFECT, "by its forms"


def drawn(*boxes: tuple[int, int, int, int], ground: int = 60, size: int = 128) -> Pixels:
    rows = np.full((size, size, 3), ground, np.uint8)
    for x, y, side, level in boxes:
        rows[y : y + side, x : x + side] = level
    return Pixels(size, size, rows.tobytes())


def test_forms_are_where_edges_are_whatever_the_colours() -> None:
    box = drawn((30, 30, 40, 200))
    assert forms_apart(box, box) == 0
    assert forms_apart(box, drawn((30, 30, 40, 20), ground=180)) < 0.25
    assert forms_apart(box, drawn((80, 80, 40, 200))) > 0.9
    assert 0.1 < forms_apart(box, drawn((30, 30, 40, 200), (90, 90, 30, 200))) < 0.6
    assert forms_apart(box, drawn()) == forms_apart(drawn(), box) == 1
    assert forms_apart(drawn(), drawn(ground=90)) == 0
    half, third = (
        Pixels(64, 4096, bytes(192 * at) + b"\xc8" * 192 * (4096 - at)) for at in (2048, 1365)
    )
    assert forms_apart(half, half) == 0 and forms_apart(half, third) > 0.5, "a strip"
    small = drawn((10, 10, 30, 200), size=50)
    assert forms_apart(small, drawn((10, 10, 30, 150), size=50)) < 0.1


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    def say(*arguments: str) -> dict[str, object]:
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return say


@pytest.mark.usefixtures("engine_here")
def test_explain_says_what_words_do(
    tmp_path: Path,
    said: Callable[..., dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    made = tmp_path / "one.png"
    small = ("--size", "64x64", "--steps", "2", "--seed", "4", "--guidance", "4")
    said("generate", "a red house", *small, "--out", str(made))
    found = said("explain", str(made), "--without", "house", "--out", str(tmp_path / "out"))
    rows = found["without"]
    assert isinstance(rows, list)
    (row,) = rows
    assert (row["word"], row["rank"], row["seeds"]) == ("house", 1, [4, 5, 6])
    assert row["verdict"] in ("effect", "no effect") and row["places"] == [[6, 11]]
    assert row["ways"].keys() == {"blanked", "deleted"}
    assert row["baseline"]["filler"]["text"] == "a zorvik red house"
    for effect in (*row["ways"].values(), *row["baseline"].values()):
        low, high = effect["spread"]
        assert 0 <= low <= effect["visible"] <= high <= 1 and len(effect["at_seeds"]) == 3
    assert row["effect"] == min(way["visible"] for way in row["ways"].values()) > 0
    with Image.open(row["ways"]["blanked"]["at_seeds"][2]["picture"]) as image:
        assert image.size == (64, 64)
    gallery = tmp_path / "data" / "pictures"
    assert not gallery.exists() or not any(gallery.rglob("*.png"))
    assert run(["explain", str(made), "--without", "cat"]) == 2
    shown = capsys.readouterr()
    assert 'no word "cat"' in shown.err and len(shown.err.strip().splitlines()) == 1
