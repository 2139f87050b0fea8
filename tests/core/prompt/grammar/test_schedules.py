"""Editing, alternation, AND and comments: figures of AUTOMATIC1111, and its rules once more at
their simplest."""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompt.grammar.comments import without_comments
from core.prompt.grammar.conjunction import split_conjunction
from core.prompt.grammar.plan import plan_prompts
from core.prompt.grammar.rows import rows_of
from core.prompt.grammar.script import parse_script
from core.values.program import Program

DATA = json.loads((Path(__file__).parent / "data" / "prompt_schedules.json").read_text())
NUMBER = re.compile(r"\s*([+-]?(?:\d+\.\d*|\d+|\.\d+)(?:[eE][+-]?\d+)?)\s*", re.ASCII)
# what the web UI's own documentation and the comments of its parser promise
LANDSCAPE = (
    "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75]"
    "[ in foreground::0.6][ in background:0.25] [shoddy:masterful:0.5]"
)
DOCUMENTED = {
    (LANDSCAPE, 100): {
        25: "fantasy landscape with a mountain and an oak in foreground shoddy",
        50: "fantasy landscape with a lake and an oak in foreground in background shoddy",
        60: "fantasy landscape with a lake and an oak in foreground in background masterful",
        75: "fantasy landscape with a lake and an oak in background masterful",
        100: "fantasy landscape with a lake and a christmas tree in background masterful",
    },
    ("a [b : c : 1] d", 10): {1: "a b  d", 10: "a  c  d"},
    ("a[b:[c:d:2]:1]e", 10): {1: "abe", 2: "ace", 10: "ade"},
    ("a [[[b]]:2]", 10): {2: "a ", 10: "a [[b]]"},
    ("[(a:2):3]", 10): {3: "", 10: "(a:2)"},
    ("((a][:b:c [d:3]", 10): {3: "((a][:b:c ", 10: "((a][:b:c d"},
    ("[cow|horse] in a field", 3): {
        1: "cow in a field",
        2: "horse in a field",
        3: "cow in a field",
    },
}


def schedule(text: str, steps: int, first: int | None = None) -> list[tuple[int, str]]:
    return [(row.until, row.text) for row in rows_of(parse_script(text), steps, first)]


def test_it_says_what_automatic1111_says() -> None:
    for case in DATA["editing"]:
        assert schedule(case["prompt"], case["steps"]) == [
            tuple(row) for row in case["schedule"]
        ], case["prompt"]
    for case in DATA["conjunction"]:
        for exact in (False, True):
            parts = split_conjunction(case["prompt"], exact=exact)
            assert [[part.text, part.weight] for part in parts] == case["parts"]
            assert all(case["prompt"][part.start : part.end] == part.text for part in parts)
    for (text, steps), rows in DOCUMENTED.items():
        assert dict(schedule(text, steps)) == rows


def simply(text: str, steps: int) -> list[tuple[int, str]]:  # noqa: C901 - the rules in turn
    """The published grammar, asked of each stretch of the text: slow, and nothing like the tree."""
    if re.fullmatch(r"(?:\\.|[^\\])*", text) is None:
        return [(steps, text)]
    signs = re.findall(r"\\.|[^\\]", text)
    ends: set[int] = {steps}

    @cache
    def prompt(i: int, j: int) -> bool:
        """prompt: (emphasized | scheduled | alternate | plain)*"""
        if i == j:
            return True
        if signs[i] not in set("()[]:|"):
            return prompt(i + 1, j)
        return any(group(i, k) and prompt(k, j) for k in range(i + 2, j + 1))

    def inside(i: int, j: int, mark: str) -> list[list[tuple[int, int]]]:
        """All ways to part a stretch at such a mark into prompts."""
        found = [[(i, j)]] if prompt(i, j) else []
        for k in range(i, j):
            if signs[k] == mark and prompt(i, k):
                found += [[(i, k), *rest] for rest in inside(k + 1, j, mark)]
        return found

    @cache
    def group(i: int, j: int) -> str:
        if signs[i] + signs[j - 1] == "()":
            ways = inside(i + 1, j - 1, ":")
            return "weight" if any(len(way) <= 2 for way in ways) else ""
        if signs[i] + signs[j - 1] != "[]":
            return ""
        if prompt(i + 1, j - 1):
            return "weight"
        if inside(i + 1, j - 1, "|"):
            return "turns"
        return "edit" if edit(i, j) else ""

    def edit(i: int, j: int) -> tuple[list[tuple[int, int]], str] | None:
        for k in range(i + 1, j):
            number = NUMBER.fullmatch("".join(signs[k + 1 : j - 1])) if signs[k] == ":" else None
            ways = [way for way in inside(i + 1, k, ":") if len(way) <= 2] if number else []
            if number and ways:
                return ways[0], number[1]
        return None

    def when(number: str) -> int:
        value = float(number) * steps if "." in number else float(number)
        return int(max(min(value, steps), -9))

    def text_of(i: int, j: int, step: int) -> str:
        said = ""
        while i < j:
            end = next((k for k in range(i + 2, j + 1) if group(i, k)), i + 1)
            kind = group(i, end) if end > i + 1 else ""
            if kind == "turns":
                options = inside(i + 1, end - 1, "|")[0]
                ends.update(range(1, steps + 1))
                chosen = [text_of(a, b, step) for a, b in options]
                said += chosen[(step - 1) % len(chosen)]
            elif kind == "edit" and (found := edit(i, end)):
                places, number = found
                if when(number) >= 1:
                    ends.add(when(number))
                texts = ["", *(text_of(a, b, step) for a, b in places)][-2:]
                said += texts[0] if step <= when(number) else texts[1]
            elif kind:
                said += signs[i] + text_of(i + 1, end - 1, step) + signs[end - 1]
            else:
                said += signs[i]
            i = end
        return said

    def is_sound(i: int, j: int) -> bool:
        """start: (prompt | stray signs but no bar)*"""
        while i < j:
            end = next((k for k in range(i + 2, j + 1) if group(i, k)), i + 1)
            if end == i + 1 and signs[i] == "|":
                return False
            i = end
        return True

    if not is_sound(0, len(signs)):
        return [(steps, text)]
    text_of(0, len(signs), 1)
    return [(end, text_of(0, len(signs), end)) for end in sorted(ends)]


SIGNS = ["[", "]", "[", "]", ":", "|", "(", ")", ":0.5]", ":2]", ":", "a", " ", "\\", "\\[", "1."]
strings = st.lists(st.sampled_from(SIGNS), max_size=14).map("".join)


@given(strings, st.integers(1, 5))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_as_the_plain_rules_say(text: str, steps: int) -> None:
    assert schedule(text, steps) == simply(text, steps)
    script = parse_script(text)
    assert all(0 <= found.start < found.end <= len(text) for found in script.problems)
    assert all(found.message.endswith(".") for found in script.problems)


# whatever else may stand in a prompt, and numbers of which some are none
OTHERS = [
    *("\u3000", "\n", "\r\n", "\u00a0", "\u2028", "\t", "٣", "é", "{", "}", "#", "'", '"', "\\\n"),
    *("BREAK", "AND", "<lora:x:1>", "\\(", "\\)", "\\:", "[a:b", "[:", "|b]", "::3]", ":٣]"),
    *(":.5]", ":5.]", ":.]", ":1e1]", ":1e400]", ":-0.5]", ":+0.5]", ":1_0]", ":inf]", ": 0.25 ]"),
]


def test_four_thousand_texts_are_read_as_the_plain_rules_say() -> None:
    chance = random.Random(26)
    for _ in range(4_000):
        pieces = chance.choices(chance.choice((SIGNS, SIGNS + OTHERS)), k=chance.randint(1, 10))
        text, steps = "".join(pieces), chance.randint(1, 6)
        assert schedule(text, steps) == simply(text, steps), text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a [b", (2, 3)),
        ("a b)", (3, 4)),
        ("[a|b:0.5]", (0, 9)),
        ("[a:b:soon]", (0, 10)),
        ("a | b", (2, 3)),
        ("a\\", (1, 2)),
    ],
)
def test_what_is_no_change_is_words_and_says_where(text: str, place: tuple[int, int]) -> None:
    assert schedule(text, 4) == [(4, text)]
    found = [(problem.start, problem.end) for problem in parse_script(text).problems]
    assert place in found


def test_long_and_deep_texts_take_one_pass() -> None:
    deep = 20_000
    text = "[" * deep + "a" + ":0.5]" * deep
    assert schedule(text, 4) == [(2, ""), (4, "a")]
    for broken in ("[" * deep, "[a|" * deep, "(" * deep + ")" * deep, "]" * deep, "|" * deep):
        assert schedule(broken, 4) == [(4, broken)]
        assert len(parse_script(broken).problems) <= 100


def test_the_second_pass_counts_on_from_the_first() -> None:
    text = "[a:b:0.5] [c:d:1.5] [e:f:15]"
    assert schedule(text, 10) == [(5, "a c e"), (10, "b c e")]
    assert schedule(text, 10, 10) == [(5, "b c e"), (10, "b d f")]


def test_a_plan_is_plain_only_where_both_texts_are_their_own_words() -> None:
    def plan(prompt: str, negative: str = "", program: Program = Program.CALOTYPE) -> bool:
        return plan_prompts(prompt, negative, program, 10).is_plain

    assert plan("a (cat:1.2) [small], 16:9 ", "blurry AND grey")
    assert not plan("a [b:c:0]") and not plan("a", "[b:3]") and not plan("a AND b")
    assert not plan("a :1.5") and plan("a:1.5") and not plan("a:1.5", program=Program.A1111)
    assert plan("a [b:c:3] AND [d|e]", "[b:3]", Program.COMFYUI)
    parts = plan_prompts("a [b:c:5] :0.5 AND d", "", Program.A1111, 10).positive
    assert [(part.texts, part.weight) for part in parts] == [(("a b", "a c"), 0.5), ((" d",), 1.0)]


def test_comments_are_no_words() -> None:
    text = "a cat # or a dog\n# on a mat\nby night #1 #ff8800"
    assert without_comments(text) == "a cat\nby night #1 #ff8800"
    assert without_comments(text, exact=True) == "a cat \nby night \n"
    assert without_comments("#") == "" and without_comments("a #") == "a"
